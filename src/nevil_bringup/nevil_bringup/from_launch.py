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

"""A project of ``.nodes`` files that starts what a launch file starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field
import re
from typing import Any

from nevil_nodes.declarations.discovery import RESERVED
import yaml

__all__ = ['Translation', 'translate']

_PROGRAM = re.compile(r'/lib/([^/]+)/([^/]+)$')
_FLAGS = {'-r': 'remap', '--remap': 'remap', '-p': 'param', '--param': 'param',
          '--params-file': 'file'}


@dataclass
class Translation:
    """
    What becomes of a launch file.

    :param files: of each node, by name
    :param notes: what is not as it was, a sentence each
    """

    files: dict[str, dict[str, str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


@dataclass
class _Arguments:
    """The arguments of ROS in a command line."""

    words: list[str] = field(default_factory=list)
    name: str = ''
    namespace: str = ''
    remappings: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, Any] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)


def translate(recorded: Mapping[str, Any]) -> Translation:
    """
    Return the nodes for what was recorded of a launch file.

    :param recorded: ``processes`` and ``components``, as ``nevil_bringup.launch.any.record`` says
    """
    result = Translation()
    containers: dict[str, str] = {}
    settings: dict[str, dict[str, Any]] = {}
    for process in recorded['processes']:
        made = _node(process, result)
        if made is None:
            continue
        arguments, nodes, files = made
        name = _free_name(arguments.name or nodes['creation']['executable'], result)
        if name != arguments.name:
            was = f"'{arguments.name}'" if arguments.name else 'as the program calls it'
            result.notes.append(f'{name}: its ROS node was named {was}; it is named after its'
                                ' folder now')
        containers.setdefault(f'{arguments.namespace.rstrip("/")}/{arguments.name}', name)
        settings[name], result.files[name] = nodes, files
    for component in recorded['components']:
        owner = containers.get(component['container'])
        if owner is None:
            result.notes.append(f'{component["plugin"]} is not loaded: there is no container'
                                f' {component["container"]} in the project')
        else:
            settings[owner].setdefault('components', []).append(_component(component))
    for name, nodes in settings.items():
        result.files[name]['.nodes'] = yaml.safe_dump(
            {'node_name': name, **nodes}, sort_keys=False, allow_unicode=True)
    return result


def _node(
        process: Mapping[str, Any], result: Translation,
) -> tuple[_Arguments, dict[str, Any], dict[str, str]] | None:
    cmd = process['cmd']
    at = next((at for at, word in enumerate(cmd) if _PROGRAM.search(word)), None)
    if at is None or process['shell']:
        result.notes.append(
            f'left out, since it is not an executable of a package: {" ".join(cmd)}')
        return None
    found = _PROGRAM.search(cmd[at])
    assert found is not None
    arguments = _parse(cmd[at + 1:])
    texts = [process['files'][file] for file in arguments.files if file in process['files']]
    result.notes += [f'{found[2]}: its parameter file {file} is not there'
                     for file in arguments.files if file not in process['files']]
    files = {f'parameters_{number}.yaml': text for number, text in enumerate(texts, start=1)}
    creation = {
        'package': found[1], 'executable': found[2],
        'namespace': arguments.namespace.strip('/'), 'prefix': cmd[:at],
        'arguments': arguments.words, 'parameter_files': list(files),
        'parameters': arguments.parameters, 'remappings': arguments.remappings}
    nodes: dict[str, Any] = {
        'creation': {key: value for key, value in creation.items() if value},
        'runtime': _runtime(process),
        'environment': {key: value.replace('${', '$${')
                        for key, value in process['environment'].items()}}
    return arguments, {key: value for key, value in nodes.items() if value}, files


def _runtime(process: Mapping[str, Any]) -> dict[str, Any]:
    """Return what launch does at an end, in Nevil's words; on_exit says what an end means."""
    if process['respawn']:
        return {'restart_policy': 'always', 'restart_delay': process['respawn_delay']}
    return {'restart_policy': 'never'} if process['on_exit'] else {}


def _parse(words: list[str]) -> _Arguments:
    """Take a command line apart, but for its program; launch_ros puts its own arguments last."""
    marks = [at for at, word in enumerate(words) if word == '--ros-args']
    at = marks[-1] if marks else len(words)
    result, rest = _Arguments(words[:at]), words[at + 1:]
    while rest:
        kind = _FLAGS.get(rest[0], '') if len(rest) > 1 else ''
        value = rest[1] if kind else ''
        old, sign, new = value.partition(':=')
        if kind == 'file':
            result.files.append(value)
        elif kind == 'param' and sign:
            result.parameters[old] = yaml.safe_load(new)
        elif kind == 'remap' and old == '__node':
            result.name = new
        elif kind == 'remap' and old == '__ns':
            result.namespace = new
        elif kind == 'remap' and sign:
            result.remappings.setdefault(old, new)  # the first rule that fits is ROS's
        else:
            taken = 2 if len(rest) > 1 and not rest[1].startswith('-') else 1
            result.words += ['--ros-args', *rest[:taken], '--']
            rest = rest[taken:]
            continue
        rest = rest[2:]
    return result


def _component(component: Mapping[str, Any]) -> dict[str, Any]:
    given = {
        **component, 'namespace': component['namespace'].strip('/'),
        'remappings': dict(rule.split(':=', 1) for rule in component['remappings'])}
    return {key: value for key, value in given.items() if value and key != 'container'}


def _free_name(wanted: str, result: Translation) -> str:
    """Return a name for a node's folder that no other has, like the one that is wanted."""
    name = re.sub(r'\W', '_', wanted, flags=re.ASCII).lstrip('0123456789') or 'node'
    name = f'{name}_node' if name in RESERVED else name
    free, number = name, 1
    while free in result.files:
        number += 1
        free = f'{name}_{number}'
    return free
