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
The one place where launch is changed: what it would execute is handed to Nevil.

``launch.actions.execute_local`` calls ``async_execute_process`` for every process, whatever
action, handler, timer or function of a launch file wanted it, with everything resolved. That name
is replaced in that module. From launch it needs besides: where the protocol keeps the arguments of
its process events (and in them the action), and the action's settings for respawn and end.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from launch.actions import execute_local
from nevil_bringup.launch.any.check import check_launch
from nevil_bringup.launch.any.check import NotThisLaunch
from nevil_bringup.launch.any.components import load_through
from nevil_bringup.launch.any.lifecycle import note_transitions
from nevil_bringup.launch.any.program import Program
from nevil_bringup.launch.any.robot import robot_of

__all__ = ['install']

_ACTION = '_ExecuteLocal__'
_PROTOCOL = '_ProcessProtocol__'
_NEEDED = ('_shutdown_process', f'{_ACTION}ProcessProtocol', f'{_ACTION}cleanup')


def install() -> None:
    """
    Hand to Nevil what launch executes from now on, in this process.

    :raises NotThisLaunch: launch is not one that Nevil knows
    """
    check_launch()
    missing = [name for name in _NEEDED if not hasattr(execute_local.ExecuteLocal, name)]
    if missing or not hasattr(execute_local, 'async_execute_process'):
        raise NotThisLaunch('this launch differs from its release: it has no '
                            f'{", ".join(missing) or "async_execute_process"}')
    if execute_local.async_execute_process is not _execute:
        execute_local.async_execute_process = _execute
        load_through(lambda context: robot_of(context).containers)
        note_transitions()


async def _execute(
    factory: Callable[..., Any], cmd: list[str], cwd: str | None = None,
    env: dict[str, str] | None = None, shell: bool = False, emulate_tty: bool = False,
    stderr_to_stdout: bool = True,
) -> tuple[Any, Any]:
    """Take the place of ``osrf_pycommon.process_utils.async_execute_process``."""
    protocol = factory()
    details = getattr(protocol, f'{_PROTOCOL}process_event_args')
    context = getattr(protocol, f'{_PROTOCOL}context')
    action = details['action']
    program = Program(
        cmd=tuple(cmd), cwd=cwd, env=env, shell=shell, terminal=emulate_tty,
        respawn=bool(getattr(action, f'{_ACTION}respawn')),
        respawn_delay=float(getattr(action, f'{_ACTION}respawn_delay') or 0.0),
        respawn_max_retries=int(getattr(action, f'{_ACTION}respawn_max_retries')),
        on_exit=getattr(action, f'{_ACTION}on_exit') is not None)
    setattr(action, f'{_ACTION}respawn', False)
    # Neither launch's signals nor its timers: Nevil ends it, in order.
    action._shutdown_process = _leave_to_nevil
    process = await robot_of(context).execute(protocol, details, program)
    if process is None:  # the end had begun before
        getattr(action, f'{_ACTION}cleanup')()
        raise asyncio.CancelledError
    return process, protocol


def _leave_to_nevil(context: Any, *, send_sigint: bool) -> None:
    """Take the place of what ends an action's process."""
