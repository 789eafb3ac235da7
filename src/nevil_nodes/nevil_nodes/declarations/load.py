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

"""From a project's folder to its plan, or to everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
import os
from pathlib import Path

from nevil_msggen.model import MessagesFile
from nevil_msggen.parse import read_messages
from nevil_msggen.problem import did_you_mean
from nevil_msggen.problem import has_errors
from nevil_msggen.problem import Problem
from nevil_msggen.types import merge_types
from nevil_msggen.types import TypeTable
from nevil_nodes.declarations.creation import Creation
from nevil_nodes.declarations.dependencies import resolve_dependencies
from nevil_nodes.declarations.discovery import find_nodes
from nevil_nodes.declarations.keystore import keystore_problems
from nevil_nodes.declarations.layers import Origin
from nevil_nodes.declarations.layers import Settings
from nevil_nodes.declarations.middleware import middleware_problems
from nevil_nodes.declarations.naming import is_reference_robot
from nevil_nodes.declarations.naming import name_problem
from nevil_nodes.declarations.naming import valid_name
from nevil_nodes.declarations.node_draft import Node
from nevil_nodes.declarations.node_file import read_node
from nevil_nodes.declarations.plan import Plan
from nevil_nodes.declarations.planning import make_plan
from nevil_nodes.declarations.root import read_root
from nevil_nodes.declarations.root import Root
from nevil_nodes.declarations.topics import topic_plans
from nevil_nodes.declarations.variables import check_versions
from nevil_nodes.declarations.variables import missing_variables
from nevil_nodes.declarations.variables import own_variables
from nevil_nodes.lazy_dataclass import dataclass

__all__ = ['LoadResult', 'load_project']


@dataclass(frozen=True)
class LoadResult:
    """
    A project as it was understood.

    :param plan: None when a problem is an error
    :param problems: in the order of files and lines
    :param settings: the resolved values of the root file (under ``''``) and of each node
    :param types: the message types of the project
    """

    plan: Plan | None
    problems: tuple[Problem, ...]
    settings: Mapping[str, Settings] = field(default_factory=dict)
    types: TypeTable = TypeTable()

    @property
    def origins(self) -> dict[str, dict[str, Origin]]:
        """Return the origin of each value: of the root under ``''``, of a node by its name."""
        return {name: {key: origin for key, _, origin in settings.leaves()}
                for name, settings in self.settings.items()}


def load_project(
        directory: Path, *, environ: Mapping[str, str], logs: Path | None = None,
        keys: bool = True) -> LoadResult:
    """
    Read, check and resolve a project; never raise for what its files hold.

    :param directory: folder with the root ``.nodes``
    :param environ: the environment in which it will be started
    :param logs: where logs go, ``<directory>/logs`` when not given
    :param keys: whether the keys of ``security.keystore`` must be there
    """
    project = directory.resolve()
    if not (project / '.nodes').is_file():
        return LoadResult(None, (Problem(
            file=str(directory), line=0, key='',
            text='there is no .nodes file here, so this is not a project',
            fix='go to the folder of a project, or make one with `nevil init NAME`'),))
    root = read_root(project, environ)
    problems = [*root.problems, *check_versions(root)]
    name = _project_name(project, root, problems)
    nodes = _read_nodes(project, root, problems)
    types, found = _read_messages(project, nodes, f'{name}_msgs', root)
    problems += found
    problems += resolve_dependencies(
        nodes, strict=root.settings.get('launch', 'startup', 'validate_dependencies'))
    plan, found = make_plan(
        project, name, root, nodes, environ=environ, logs=logs or project / 'logs')
    if keys:
        found += keystore_problems(str(project), root, [one.name for one in plan.processes])
    ordered = tuple(sorted({*problems, *found}, key=Problem.sort_key))
    settings = {'': root.settings, **{node.name: node.settings for node in nodes.values()}}
    return LoadResult(None if has_errors(ordered) else plan, ordered, settings, types)


def _project_name(project: Path, root: Root, problems: list[Problem]) -> str:
    given = root.settings.get('name')
    name = str(given) if given else valid_name(project.name)
    wrong = '' if is_reference_robot(project) else name_problem(name)
    if wrong:
        problems.append(Problem(
            file='.nodes', line=root.layer.document.line('name') if given else 0, key='name',
            text=wrong, fix='give the project another name in the root .nodes, for example'
            f' `name: {valid_name(name)}_robot`'))
    return name


def _read_nodes(project: Path, root: Root, problems: list[Problem]) -> dict[str, Node]:
    """Return every node with its settings, class or executable."""
    folders, found = find_nodes(project, root.settings)
    problems += found
    nodes: dict[str, Node] = {}
    for name, folder in folders.items():
        nodes[name], found = read_node(project, name, folder, root)
        problems += found
    problems += _overrides(root, nodes)
    problems += missing_variables(root, nodes)
    problems += own_variables(root, nodes)
    problems += middleware_problems(root, nodes)
    creation = Creation(
        project, root.scope, root.settings.get('security', 'allowed_paths'),
        root.settings.get('system', 'log_level'))
    for node in nodes.values():
        if node.enabled and node.readable:  # or its class may be named where nobody could read
            problems += creation.resolve(node)
    return nodes


def _overrides(root: Root, nodes: Mapping[str, Node]) -> list[Problem]:
    """Warn about names in the root file that are no node's."""
    problems = []
    places: list[tuple[tuple[str | int, ...], str]] = [
        (('nodes', 'global_overrides', name), name)
        for name in root.settings.get('nodes', 'global_overrides') or () if name != 'all']
    for key in ('disabled_nodes', 'muted_nodes', 'dev_only_nodes'):
        path = ('nodes', 'status_overrides', key)
        places += [((*path, index), name)
                   for index, name in enumerate(root.settings.get(*path))]
    for place, name in places:
        if name not in nodes:
            problems.append(Problem(
                file='.nodes', line=root.layer.document.line(*place),
                key='.'.join(part for part in place if isinstance(part, str)),
                text=f"there is no node '{name}'", severity='warning',
                fix=did_you_mean(name, sorted(nodes)) or 'remove the name'))
    return problems


def _callbacks(node: Node, file: MessagesFile) -> list[Problem]:
    """Report a callback that the node's class does not have, as far as that can be seen."""
    if not node.enabled or node.methods is None:
        return []
    return [
        Problem(file=topic.place.file, line=topic.place.line, key=topic.topic,
                text=f"class '{node.class_name}' has no method '{topic.callback}', which its"
                ' callback names',
                fix=did_you_mean(topic.callback, list(node.methods))
                or 'write the method, or name the right one')
        for topic in file.subscribes if topic.callback not in node.methods]


def _read_messages(
        project: Path, nodes: Mapping[str, Node], package: str,
        root: Root) -> tuple[TypeTable, list[Problem]]:
    """Fill in the topics of every node, and return the project's message types."""
    problems: list[Problem] = []
    files = []
    for node in nodes.values():
        path = node.folder / '.messages'
        if not path.exists() and not path.is_symlink():
            continue
        file, wrong = read_messages(path, os.path.relpath(path, project))
        problems += wrong
        files.append(file)
        node.messages = dict(file.data)
    prefixes = [part for part in root.scope.get('AMENT_PREFIX_PATH', '').split(':') if part]
    types, wrong = merge_types(files, prefixes or None)
    for file in files:
        node = nodes[file.node]
        problems += _callbacks(node, file)
        node.publishes = topic_plans(file.publishes, package, types)
        node.subscribes = topic_plans(file.subscribes, package, types)
    return types, [*problems, *wrong]
