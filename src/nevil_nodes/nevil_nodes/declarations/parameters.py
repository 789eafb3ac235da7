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

"""The parameters of an executable: what rcl takes on a command line, and how it is written."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
import json
import re
from typing import Any

from nevil_msggen.problem import Problem
from nevil_msggen.shown import shown
from nevil_msggen.source import KeyPath
from nevil_nodes.declarations.node_draft import Node

__all__ = ['flat_parameters', 'parameter_arguments', 'parameter_problems']

_PATHS: tuple[KeyPath, ...] = (('creation', 'init_params'), ('creation', 'parameters'))
_NAME = re.compile(r'[A-Za-z_][A-Za-z0-9_]*(?:[./][A-Za-z_][A-Za-z0-9_]*)*\Z')
# What libyaml does not take as it is; JSON has escaped the rest.
_ESCAPED = re.compile('[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]')
_MAX_BYTES = 128 * 1024 - 1  # MAX_ARG_STRLEN of Linux
# Declared by every node of rclcpp and rclpy itself.
_OF_ROS = ('use_sim_time', 'start_type_description_service')


def parameter_arguments(params: Mapping[str, Any]) -> list[str]:
    """Return the arguments that give an executable its parameters; nested names are dotted."""
    return [part for name, value in _flat(params) for part in ('-p', f'{name}:={_text(value)}')]


def flat_parameters(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return parameters by their full names, those without a value left out."""
    return dict(_flat(params))


def parameter_problems(
        node: Node, paths: Iterable[KeyPath] = _PATHS,
        found: Iterable[Mapping[str, Any]] | None = None) -> list[Problem]:
    """
    Return what rcl would refuse of the parameters of an executable: it would never start.

    :param paths: where they are in its file
    :param found: what stands there, where that is in a list
    """
    problems = []
    given = found if found is not None else [
        node.settings.get(*map(str, path)) for path in paths]
    for path, params in zip(paths, given):
        for name, value in _flat(params):
            wrong = _wrong_name(name) or _wrong_value(name, value)
            if wrong:
                problems.append(node.problem((*path, *name.split('.')), *wrong))
    return problems


def _flat(params: Mapping[str, Any], prefix: str = '') -> Iterator[tuple[str, Any]]:
    for key, value in params.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f'{prefix}{key}.')
        elif value is not None:
            yield f'{prefix}{key}', value


def _text(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return _ESCAPED.sub(lambda match: f'\\u{ord(match.group()):04x}', text)


def _wrong_name(name: str) -> tuple[str, str] | None:
    if _NAME.match(name):
        return None
    better = '.'.join(re.sub(r'\W', '_', part, flags=re.ASCII) for part in re.split('[./]', name))
    better = re.sub(r'(^|\.)(?=[0-9])', r'\1_', better)
    fix = f"rename it, for example '{better}'" if _NAME.match(better) else 'rename it'
    return (f"'{name}' is not a parameter name that ROS accepts on a command line (letters, digits"
            ' and _, none beginning with a digit)', fix)


def _wrong_value(name: str, value: Any) -> tuple[str, str] | None:
    if name in _OF_ROS and not isinstance(value, bool):
        return f'{shown(value)} is not true or false, which ROS needs here', 'write one of them'
    values = value if isinstance(value, list) else [value]
    if not values:
        return 'an empty list has no type, so ROS does not accept it as a parameter', \
            'add a value, or remove the key: the node then uses its default'
    odd = next((item for item in values if isinstance(item, (dict, list)) or item is None), value)
    if odd is not value:
        what = 'nothing' if odd is None else 'a list' if isinstance(odd, list) else 'a mapping'
        return f'holds {what}: a list of parameters of ROS holds numbers, texts or booleans', \
            'write several parameters, or one text that the node parses'
    kinds = {type(item) for item in values}
    if kinds == {int, float}:
        floats = ', '.join(shown(float(item)) for item in values)
        return 'holds whole numbers and others, but a list of ROS has one type', \
            f'write [{floats}]' if len(floats) <= 60 else 'write each with a decimal point'
    if len(kinds) > 1:
        return 'holds values of several types, but a list of ROS has one', \
            'write the same type everywhere, texts in quotes'
    if any(isinstance(item, str) and '\0' in item for item in values):
        return 'holds a NUL character, at which ROS would cut it off', 'remove it'
    if len(f'{name}:={_text(value)}'.encode()) > _MAX_BYTES:
        return 'is longer than one argument of a program may be (128 KiB)', \
            'put it into a file, and the name of the file here'
    return None
