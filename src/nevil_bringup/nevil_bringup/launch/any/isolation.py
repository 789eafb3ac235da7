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

"""Containers of their own, of the same kind, for components that the policy beside isolates."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from launch import LaunchDescription
from launch.actions import ExecuteProcess
from launch.events import IncludeLaunchDescription
import launch.logging
from nevil_bringup.launch.any.process import OwnedProcess
from nevil_bringup.launch.any.rules import Rules

__all__ = ['Isolation']

# The container may come from a later part of the launch file, or from a timer.
_WAIT_S = 30.0
_LOOK_S = 0.05


class Isolation:
    """Says into which container a component is loaded, and has launch start that."""

    def __init__(self, context: Any, rules: Rules,
                 process_of: Callable[[str], OwnedProcess | None]) -> None:
        """
        Isolate nothing yet.

        :param process_of: returns the process of a node of the launch, by its full name
        """
        self._context, self._rules, self._process_of = context, rules, process_of

    def container_for(self, target: str, request: Any) -> str:
        """
        Return the container for a component; called from a thread of launch.

        :param target: full name of the one that the launch file names
        """
        if not request.node_name or not self._rules.isolates(
                f'{request.node_namespace.rstrip("/")}/{request.node_name}'):
            return target
        return asyncio.run_coroutine_threadsafe(
            self._start('/' + target.strip('/'), request.node_name),
            self._context.asyncio_loop).result()

    async def _start(self, target: str, component: str) -> str:
        """Have launch execute what it executed for a container, under another node's name."""
        deadline = self._context.asyncio_loop.time() + _WAIT_S
        while (process := self._process_of(target)) is None:
            if self._context.is_shutdown or self._context.asyncio_loop.time() > deadline:
                launch.logging.get_logger('nevil').warning(
                    f'{component} is not isolated: {target} is not started by this launch')
                return target
            await asyncio.sleep(_LOOK_S)
        action, program = process.details['action'], process.program
        node = target.rpartition('/')[2]
        container = ExecuteProcess(
            cmd=[word.replace(f'__node:={node}', f'__node:={node}_{component}')
                 for word in program.cmd],
            name=f'{node}_{component}', cwd=program.cwd, shell=program.shell,
            env=None if program.env is None else dict(program.env), output=action.output,
            emulate_tty=program.terminal, respawn=program.respawn,
            respawn_delay=program.respawn_delay,
            respawn_max_retries=program.respawn_max_retries,
            sigterm_timeout=action.sigterm_timeout, sigkill_timeout=action.sigkill_timeout)
        container.nevil_ros_name = f'{target}_{component}'
        self._context.emit_event_sync(
            IncludeLaunchDescription(LaunchDescription([container])))
        return f'{target}_{component}'
