# Copyright 2026 Nevil contributors
#
# Licensed under the Apache License, Version 2.0 (the "License");
# you may not use this file except in compliance with the License.
# You may obtain a copy of the License at
#
#     http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS,
# WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
# See the License for the specific language governing permissions and
# limitations under the License.

"""The author's class: imported from a file or a module, with errors that name the place."""

from __future__ import annotations

from collections.abc import Mapping
import importlib
import importlib.util
import inspect
import os
import sys
from types import ModuleType
from typing import Any

from nevil_nodes.node.assignment import Assignment
from nevil_nodes.node.assignment import NodeRun
from nevil_nodes.node.errors import NodeError

__all__ = ['create_node', 'load_class', 'search_folders']


def search_folders(assignment: Assignment) -> list[str]:
    """Return the folders that are searched before all others, the first one first."""
    found = []
    for plan in reversed(assignment.nodes):
        if _is_file(plan):
            found.append(os.path.dirname(os.path.join(assignment.directory, plan.module)))
    return list(dict.fromkeys([assignment.directory, *found]))


def load_class(plan: NodeRun, directory: str, base: type) -> type:
    """
    Import the class of a node.

    :param directory: the project's; it and the node's folder are put on ``sys.path``
    :param base: what the class must be derived from
    :raises NodeError: the file or the class is missing, or is no such class
    """
    module = _import(plan, directory)
    place = getattr(module, '__file__', None) or plan.module
    cls = getattr(module, plan.class_name, None)
    if cls is None:
        here = [name for name, value in vars(module).items()
                if inspect.isclass(value) and issubclass(value, base) and value is not base]
        raise NodeError(
            f'{place}: no class {plan.class_name!r}; '
            + (f'it has {", ".join(here)}: ' if here else '')
            + 'rename it, or name it in creation.class_name')
    if not inspect.isclass(cls) or not issubclass(cls, base):
        raise NodeError(f'{place}: {plan.class_name} is not derived from NevilNode')
    return cls


def create_node(plan: NodeRun, cls: type, params: Mapping[str, Any]) -> Any:
    """
    Create the node.

    :raises NodeError: the constructor does not take ``creation.init_params``, or does not call
        that of NevilNode
    """
    place = inspect.getsourcefile(cls) or plan.module
    if params:
        try:
            inspect.signature(cls).bind(**params)
        except TypeError as error:
            raise NodeError(
                f'{place}: {cls.__name__}.__init__ and creation.init_params of '
                f'{plan.name} disagree: {error}') from None
    node = cls(**params)
    if '_nevil' not in vars(node):
        raise NodeError(
            f'{place}: {cls.__name__}.__init__ does not call super().__init__({plan.name!r}); '
            'add it as the first line')
    if node.node_name != plan.name:
        raise NodeError(
            f'{place}: {cls.__name__} calls itself {node.node_name!r}, its folder and .nodes '
            f'say {plan.name!r}')
    return node


def _import(plan: NodeRun, directory: str) -> ModuleType:
    """Import the module; what its code raises is not caught: the traceback is the answer."""
    if not _is_file(plan):
        _add_path(directory)
        return importlib.import_module(plan.module)
    path = os.path.join(directory, plan.module)
    if not os.path.isfile(path):
        raise NodeError(
            f'{path}: there is no such file; create it, or name another in creation.module_path')
    _add_path(os.path.dirname(path))
    _add_path(directory)
    name = os.path.splitext(os.path.basename(path))[0]
    if name in sys.modules:
        name = f'nevil_project_{plan.name}_{name}'
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise NodeError(f'{path}: not a Python file')
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        sys.modules.pop(name, None)
        raise
    return module


def _is_file(plan: NodeRun) -> bool:
    return plan.module.endswith('.py') or os.sep in plan.module


def _add_path(directory: str) -> None:
    if directory and directory not in sys.path:
        sys.path.insert(0, directory)
