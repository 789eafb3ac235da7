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

"""
What a launch file would start, found without starting it.

The launch file runs as always: conditions are evaluated, functions called, substitutions made.
Only what it would execute is written down instead, and what it would load into containers. What
comes later (timers, handlers of events that only a process can cause) is not known before.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
import json
import logging
from pathlib import Path
import shlex
from typing import Any

from launch import LaunchDescription
from launch import LaunchService
from launch.actions import IncludeLaunchDescription
from launch.actions import OpaqueFunction
from launch.events import Shutdown
from launch.launch_description_sources import AnyLaunchDescriptionSource
import launch.logging
from nevil_bringup.launch.any.author import waits_for_end
from nevil_bringup.launch.any.names import Names
from nevil_bringup.launch.any.names import ros_name
from nevil_bringup.launch.any.program import Program
from nevil_bringup.launch.any.rules import Rules
from nevil_bringup.launch.any.seam import install
from nevil_nodes.declarations.plan import NodePlan
from ros2launch.api.api import parse_launch_arguments
import yaml

__all__ = ['dump_params', 'foresee', 'names_of', 'plan_text', 'policy_text']

# Turns of the loop after the description was visited: each process is executed in one of its own.
_TURNS = 50
# Of rcl_interfaces/msg/ParameterValue, by its type.
_FIELDS = ('', 'bool_value', 'integer_value', 'double_value', 'string_value', 'byte_array_value',
           'bool_array_value', 'integer_array_value', 'double_array_value',
           'string_array_value')


class _Foreseen:
    """Takes the place of the robot."""

    def __init__(self, rules: Rules) -> None:
        self.processes: list[dict[str, Any]] = []
        self._rules = rules
        self._names = Names()
        self._context: Any = None
        self._outer: dict[str, str] = {}
        self.containers = self
        self._components: list[tuple[str, Any]] = []

    def begin(self, context: Any) -> None:
        context.extend_globals({'nevil_any_robot': self})
        self._context = context
        self._outer = dict(context.environment)

    async def execute(self, _protocol: Any, details: dict[str, Any], program: Program) -> None:
        name, action = self._names.take(details), details['action']
        waits = program.on_exit or waits_for_end(self._context, details)
        node = self._rules.apply(NodePlan(
            name=name, process=name, kind='executable', ros_name=ros_name(action),
            restart=self._rules.restart(
                waits=waits, respawn=program.respawn, delay_s=program.respawn_delay,
                max_retries=program.respawn_max_retries)))
        env = program.env or {}
        outer = self._outer
        self.processes.append({
            'name': name, 'ros_name': node.ros_name, 'action': type(action).__name__,
            'argv': list(program.argv), 'cwd': program.cwd, 'shell': program.shell,
            'emulate_tty': program.terminal,
            'environment': {key: value for key, value in env.items() if outer.get(key) != value},
            'removed_environment': sorted(set(outer) - set(env)),
            'parameters': parameters_of(program.argv, node.ros_name),
            'restart': node.restart.policy, 'requires': list(node.requires), 'components': []})

    def load(self, target: str, request: Any) -> None:
        self._components.append(('/' + target.strip('/'), request))

    def finish(self) -> list[dict[str, Any]]:
        """Return the processes in order, with what is loaded into them."""
        for target, request in self._components:
            component = {
                'package': request.package_name, 'plugin': request.plugin_name,
                'name': request.node_name, 'namespace': request.node_namespace,
                'remappings': list(request.remap_rules), 'parameters': _values(request.parameters),
                'extra_arguments': _values(request.extra_arguments)}
            container = next(
                (one for one in self.processes if one['ros_name'] == target), None)
            if container is None:
                container = {'name': target, 'ros_name': target, 'action': '', 'argv': [],
                             'components': [], 'restart': '', 'parameters': {},
                             'environment': {}, 'removed_environment': [], 'cwd': None,
                             'shell': False, 'emulate_tty': False, 'requires': []}
                self.processes.append(container)
            container['components'].append(component)
        return self.processes


def foresee(file: str, arguments: Sequence[str], rules: Rules) -> list[dict[str, Any]]:
    """
    Return what a launch file starts at once, in order.

    :raises RuntimeError: the launch file fails; launch has logged why
    """
    install()
    launch.logging.launch_config.level = logging.WARNING
    found = _Foreseen(rules)
    service = LaunchService(argv=list(arguments), noninteractive=True)
    launch.logging.launch_config.level = logging.WARNING

    async def end(context: Any) -> None:
        for _ in range(_TURNS):
            await asyncio.sleep(0.01)
        context.emit_event_sync(Shutdown(reason='everything is known'))

    service.include_launch_description(LaunchDescription([
        OpaqueFunction(function=lambda context: found.begin(context)),
        IncludeLaunchDescription(
            AnyLaunchDescriptionSource(file), launch_arguments=parse_launch_arguments(
                list(arguments))),
        OpaqueFunction(function=lambda context: context.add_completion_future(
            context.asyncio_loop.create_task(end(context))))]))
    if service.run():
        raise RuntimeError(f'{file} fails; see the output of launch above')
    return found.finish()


def parameters_of(argv: Sequence[str], full_name: str) -> dict[str, Any]:
    """Return the parameters of a node, of all files and words of its command line, last wins."""
    values: dict[str, Any] = {}
    for flag, word in zip(argv, argv[1:]):
        if flag == '--params-file':
            values.update(_of_file(Path(word), full_name))
        elif flag in ('-p', '--param') and ':=' in word:
            name, _, text = word.partition(':=')
            values[name] = yaml.safe_load(text)
    return values


def _of_file(file: Path, full_name: str) -> dict[str, Any]:
    try:
        data = yaml.safe_load(file.read_text(encoding='utf-8'))
    except (OSError, yaml.YAMLError):
        return {}
    found: dict[str, Any] = {}

    def visit(tree: Any, place: str) -> None:
        for key, value in tree.items() if isinstance(tree, dict) else ():
            if key == 'ros__parameters':
                if _fits(place, full_name):
                    found.update(_flat(value or {}))
            else:
                visit(value, f'{place}/{str(key).strip("/")}')
    visit(data, '')
    return found


def _fits(place: str, full_name: str) -> bool:
    """Return whether a section of a parameter file is for a node."""
    wanted, given = place.strip('/').split('/'), full_name.strip('/').split('/')
    if wanted and wanted[0] == '**':
        return len(wanted) == 1 or given[-len(wanted) + 1:] == wanted[1:]
    return len(wanted) == len(given) and all(
        one in ('*', other) for one, other in zip(wanted, given))


def _flat(tree: dict[str, Any], prefix: str = '') -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in tree.items():
        if isinstance(value, dict):
            found.update(_flat(value, f'{prefix}{key}.'))
        else:
            found[f'{prefix}{key}'] = value
    return found


def _values(parameters: Any) -> dict[str, Any]:
    return {one.name: _plain(one.value) for one in parameters}


def _plain(message: Any) -> Any:
    """Return the value of a ``ParameterValue``."""
    field = _FIELDS[message.type]
    if not field:
        return None
    value = getattr(message, field)
    return list(value) if field.endswith('array_value') else value


def plan_text(processes: Sequence[dict[str, Any]]) -> str:
    """Return the plan for a person."""
    lines = []
    for number, one in enumerate(processes, start=1):
        lines.append(f'{number}. {one["name"]}  ({one["action"] or "not of this file"}'
                     + (f', restart {one["restart"]}' if one['restart'] else '') + ')')
        lines.append(f'   {shlex.join(one["argv"])}')
        if one['cwd']:
            lines.append(f'   in {one["cwd"]}')
        lines += [f'   {key}={value}' for key, value in sorted(one['environment'].items())]
        lines += [f'   {key} is removed' for key in one['removed_environment']]
        lines += [f'   {key}: {json.dumps(value, default=str)}'
                  for key, value in sorted(one['parameters'].items())]
        for component in one['components']:
            lines.append(f'   + {component["namespace"].rstrip("/")}/{component["name"]}  '
                         f'{component["package"]} {component["plugin"]}')
            lines += [f'     {rule}' for rule in component['remappings']]
            lines += [f'     {key}: {json.dumps(value, default=str)}'
                      for key, value in sorted(component['parameters'].items())]
    return '\n'.join(lines)


def names_of(processes: Sequence[dict[str, Any]]) -> list[tuple[str, str]]:
    """Return name and full ROS name of each process and of each component."""
    return [(one['name'], one['ros_name']) for one in processes] + [
        (full.strip('/').replace('/', '.'), full) for one in processes
        for part in one['components']
        for full in [f'{part["namespace"].rstrip("/")}/{part["name"]}']]


def dump_params(processes: Sequence[dict[str, Any]], folder: Path) -> list[Path]:
    """Write the parameters of each node to a file that ``--params-file`` takes."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    nodes = [(one['name'], one['ros_name'], one['parameters']) for one in processes]
    for one in processes:
        nodes += [(f'{part["namespace"]}/{part["name"]}'.strip('/').replace('/', '.'),
                   f'{part["namespace"].rstrip("/")}/{part["name"]}', part['parameters'])
                  for part in one['components']]
    for name, full_name, parameters in nodes:
        if parameters:
            path = folder / f'{name}.yaml'
            path.write_text(yaml.safe_dump(
                {full_name or '/**': {'ros__parameters': parameters}}, sort_keys=True))
            written.append(path)
    return written


def policy_text(file: str, processes: Sequence[dict[str, Any]]) -> str:
    """Return a policy file with every process of a launch file and what holds for it."""
    lines = [
        f'# The policy for the processes of {Path(file).name}; nevil launch takes it with',
        '# --policy FILE, or by itself if it is next to the launch file as NAME.nevil.yaml.',
        '# The format is that of a root .nodes. A line behind a # shows the default.',
        'version: "3.0"', 'nodes:', '  global_overrides:']
    for one in processes:
        if one['argv']:
            lines += [f'    {json.dumps(one["name"])}:', '      runtime:',
                      f'        restart_policy: {one["restart"]}',
                      '        # max_restarts: 5', '        # restart_delay: 2.0',
                      '        # criticality: important',
                      '      # dependencies: {requires: []}',
                      '      # resources: {max_memory_mb: 500}']
    return '\n'.join([*lines, ''])
