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
Find out what a launch file starts, without starting it.

``python -m nevil_bringup.launch.any.record OUTPUT FILE [NAME:=VALUE ...]`` writes it to a file as
JSON. launch runs, with its conditions, events and functions; a process is there for it as soon as
it would be executed, and never ends. When nothing new has come for a while, that is all.
"""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
import sys
import time
from typing import Any

from launch import LaunchDescription
from launch import LaunchService
from launch.actions import IncludeLaunchDescription
from launch.actions import OpaqueFunction
from launch.launch_description_sources import AnyLaunchDescriptionSource
from nevil_bringup.launch.any import robot
from nevil_bringup.launch.any.program import Program
from nevil_bringup.launch.any.seam import install
from ros2launch.api.api import parse_launch_arguments

__all__ = ['main']

# A timer of the launch file may act later than everything else; docs/launch.md states the limit.
_QUIET_S = 3.0
_LOOK_S = 0.1
_FIRST_PID = 1 << 23  # beyond those of Linux
# Of rcl_interfaces/ParameterValue, by its type.
_FIELDS = dict(enumerate((
    'bool_value', 'integer_value', 'double_value', 'string_value', 'byte_array_value',
    'bool_array_value', 'integer_array_value', 'double_array_value', 'string_array_value'), 1))


class _Process:
    """Takes the place of a transport: there is nothing to signal."""

    def __init__(self, pid: int) -> None:
        self._pid = pid

    def get_pid(self) -> int:
        """Return a number that no process has."""
        return self._pid

    def get_pipe_transport(self, number: int) -> None:
        """Return nothing: nobody reads its input."""

    def close(self) -> None:
        """Do nothing."""

    def send_signal(self, number: int) -> None:
        """Do nothing."""


class Recorder:
    """Takes the place of the robot: notes what launch would execute and load."""

    def __init__(self, output: Path) -> None:
        """Note nothing yet."""
        self._output = output
        self._processes: list[dict[str, Any]] = []
        self._components: list[dict[str, Any]] = []
        self._changed_at = time.monotonic()
        self.containers = self

    def begin(self, context: Any) -> None:
        """Take the robot's place in a launch."""
        context.extend_globals({robot._KEY: self})
        self._task = context.asyncio_loop.create_task(self._finish())

    async def execute(self, protocol: Any, details: Any, program: Program) -> _Process:
        """Note a process."""
        process = _Process(_FIRST_PID + len(self._processes))
        env = program.env if program.env is not None else os.environ
        self._processes.append({
            'name': details['name'], 'cmd': list(program.cmd), 'shell': program.shell,
            'cwd': program.cwd, 'respawn': program.respawn,
            'respawn_delay': program.respawn_delay, 'on_exit': program.on_exit,
            'environment': {name: value for name, value in env.items()
                            if os.environ.get(name) != value},
            'files': {word: Path(word).read_text(encoding='utf-8')
                      for flag, word in zip(program.cmd, program.cmd[1:])
                      if flag == '--params-file' and os.path.isfile(word)}})
        self._changed_at = time.monotonic()
        protocol.connection_made(process)
        return process

    def load(self, target: str, request: Any) -> None:
        """Note a component."""
        self._components.append({
            'container': '/' + target.strip('/'), 'package': request.package_name,
            'plugin': request.plugin_name, 'name': request.node_name,
            'namespace': request.node_namespace, 'remappings': list(request.remap_rules),
            'parameters': _plain(request.parameters),
            'extra_arguments': _plain(request.extra_arguments)})
        self._changed_at = time.monotonic()

    async def _finish(self) -> None:
        while time.monotonic() - self._changed_at < _QUIET_S:
            await asyncio.sleep(_LOOK_S)
        self._output.write_text(json.dumps({
            'processes': self._processes, 'components': self._components}), encoding='utf-8')
        os._exit(0)  # launch would wait for the end of processes that are none


def main(output: str, file: str, *arguments: str) -> int:
    """Record; return only when launch failed."""
    install()
    recorder = Recorder(Path(output))
    service = LaunchService(argv=list(arguments), noninteractive=True)
    service.include_launch_description(LaunchDescription([
        OpaqueFunction(function=recorder.begin),
        IncludeLaunchDescription(
            AnyLaunchDescriptionSource(file),
            launch_arguments=parse_launch_arguments(list(arguments)))]))
    service.run()
    return 1


def _plain(parameters: Any) -> dict[str, Any]:
    """Return parameters as plain values, without what has none."""
    found = {one.name: getattr(one.value, _FIELDS[one.value.type]) for one in parameters
             if one.value.type in _FIELDS}
    return {name: value if isinstance(value, (bool, int, float, str)) else list(value)
            for name, value in found.items()}


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
