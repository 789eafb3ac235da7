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

"""The node actions: resolved by launch as any other, started and kept up by Nevil."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any
from typing import Literal

from launch import LaunchContext
from launch.actions import ExecuteProcess
from launch.event_handlers import OnProcessExit
from launch.events.process import ProcessExited
from launch.events.process import ProcessStarted
from launch.events.process import ProcessStdout
import launch.logging
from launch.utilities import normalize_to_list_of_substitutions
from launch.utilities import perform_substitutions
from launch_ros.actions import Node
from nevil_bringup.launch.robots import robots_of
from nevil_nodes.declarations.plan import NodePlan
from nevil_nodes.declarations.plan import ProcessPlan
from nevil_nodes.declarations.plan import RestartPlan

__all__ = ['NevilNode', 'OwnedNode']

_RESTART = RestartPlan()  # the defaults of .nodes files are those of the action
_FORMAT = '[{this.process_description.final_name}] {line}'
_REFUSED = {
    'respawn': "restart='always' (or 'on_failure', 'unless_stopped')",
    'respawn_delay': 'restart_delay', 'respawn_max_retries': 'max_restarts',
    'cached_output': 'OnProcessIO', 'emulate_tty': '', 'shell': ''}


class _Registration(ExecuteProcess):  # type: ignore[misc]
    """Below ``Node``: what it has resolved is registered instead of executed."""

    def execute(self, context: LaunchContext) -> None:
        """Resolve, and hand over to the robot that the node belongs to."""
        self.prepare(context)
        self.register(context)


class OwnedNode(Node, _Registration):  # type: ignore[misc]
    """A node whose process belongs to Nevil's supervisor."""

    def __init__(
        self, *, on_exit: Any = None, output: Any = 'both', output_format: str = _FORMAT,
        **kwargs: Any,
    ) -> None:
        """
        Take the arguments of ``launch_ros.actions.Node``.

        :raises TypeError: one that says how launch should own the process
        """
        for name, instead in _REFUSED.items():
            if name in kwargs:
                raise TypeError(f'{type(self).__name__} takes no {name}: Nevil owns the process'
                                + (f'; use {instead}' if instead else ''))
        super().__init__(on_exit=on_exit, output=output, **kwargs)
        self._on_exit = on_exit
        self._format = output_format
        self._context: Any = None
        self._loggers: Any = None
        self._ended: asyncio.Future[None] | None = None
        self._pid = 0
        self._returncode: int | None = None

    # -- what launch asks ------------------------------------------------------------------

    @property
    def return_code(self) -> int | None:
        """Return how its last process ended; None before that."""
        return self._returncode

    def get_asyncio_future(self) -> asyncio.Future[None] | None:
        """Return what is done when the robot has ended: Nevil may start the node until then."""
        return self._ended

    def register(self, context: LaunchContext) -> None:
        """
        Make the node, as resolved, part of its robot.

        :raises RuntimeError: it was registered before
        """
        name = self.process_details['name']
        if self._ended is not None:
            raise RuntimeError(f'{name}: an action runs one node once; it was executed before')
        if context.is_shutdown:
            return
        output = self.output
        if not isinstance(output, dict):
            output = perform_substitutions(context, output)
        self._context = context
        self._loggers = (launch.logging.get_logger(name),
                         launch.logging.get_output_loggers(name, output)[0])
        self._ended = context.asyncio_loop.create_future()
        if self._on_exit is not None:
            context.register_event_handler(
                OnProcessExit(target_action=self, on_exit=self._on_exit))
        robots_of(context).add(self)

    # -- news from Nevil -------------------------------------------------------------------

    @property
    def pid(self) -> int:
        """Return the pid of the running process, 0 where there is none."""
        return self._pid

    def details(self) -> dict[str, Any]:
        """Return what launch's events of a process carry."""
        return dict(self.process_details)

    def started(self, pid: int) -> None:
        """Record that a process of it has started."""
        if self._pid == pid:
            return
        self._pid = pid
        self._loggers[0].info(f'process started with pid [{pid}]')
        self._context.emit_event_sync(ProcessStarted(pid=pid, **self.details()))

    def exited(self, pid: int, returncode: int) -> None:
        """Record that its process has ended."""
        self._pid, self._returncode = 0, returncode
        if returncode == 0:
            self._loggers[0].info(f'process has finished cleanly [pid {pid}]')
        else:
            command = ' '.join(part for part in self.details()['cmd'] if part.strip())
            self._loggers[0].error(
                f"process has died [pid {pid}, exit code {returncode}, cmd '{command}'].")
        self._context.emit_event_sync(
            ProcessExited(returncode=returncode, pid=pid, **self.details()))

    def printed(self, lines: list[str]) -> None:
        """Show what it printed."""
        for line in lines:
            self._loggers[1].info(self._format.format(line=line, this=self))
        event = ProcessStdout(
            text='\n'.join([*lines, '']).encode(), pid=self._pid, **self.details())
        if self._context.would_handle_event(event):
            self._context.emit_event_sync(event)

    def finished(self) -> None:
        """Record that nothing starts it any more."""
        if self._ended is not None and not self._ended.done():
            self._ended.set_result(None)


class NevilNode(OwnedNode):
    """
    Any ROS 2 executable under Nevil: restart policy, dependencies, ordered stop.

    :param executable: and ``package``, ``name``, ``namespace``, ``parameters``, ``remappings``,
        ``arguments``, ``additional_env``, ``output``, ``on_exit`` ...: as for
        ``launch_ros.actions.Node``; the name is required, it is what Nevil calls the node
    :param restart: always, on_failure, never or unless_stopped
    :param max_restarts: consecutive failures that are answered
    :param restart_delay: seconds, doubled with every failure up to 300
    :param stable_after: seconds after which earlier failures are forgotten
    :param requires: names (or actions) of the nodes of Nevil that must be ready before
    :param conflicts: names (or actions) of those that must not run at the same time
    :param on_failed: ``shutdown`` ends the robot, and the launch, when the node is given up
    :param startup_timeout: seconds until it must be ready
    """

    def __init__(
        self, *, name: Any, restart: Literal[
            'always', 'on_failure', 'never', 'unless_stopped'] = 'on_failure',
        max_restarts: int = _RESTART.max_restarts, restart_delay: float = _RESTART.delay_s,
        stable_after: float = _RESTART.stable_after_s,
        requires: Iterable[Any] = (), conflicts: Iterable[Any] = (),
        on_failed: Literal['continue', 'shutdown'] = 'continue',
        criticality: Literal['critical', 'important', 'optional'] = 'important',
        auto_start: bool = True, startup_timeout: float = 30.0, **kwargs: Any,
    ) -> None:
        """Take the arguments of ``Node`` and those of Nevil."""
        if restart not in ('always', 'on_failure', 'never', 'unless_stopped'):
            raise ValueError(f'restart={restart!r} is not one of always, on_failure, never, '
                             'unless_stopped')
        super().__init__(name=name, exec_name=kwargs.pop('exec_name', name), **kwargs)
        self.plan = None
        self.given_name = normalize_to_list_of_substitutions(name)
        self._requires, self._conflicts = tuple(requires), tuple(conflicts)
        self._rules: dict[str, Any] = {
            'restart': RestartPlan(
                policy=restart, max_restarts=max_restarts, delay_s=float(restart_delay),
                stable_after_s=float(stable_after), on_failed=on_failed),
            'criticality': criticality, 'auto_start': auto_start,
            'startup_timeout_s': float(startup_timeout)}

    @property
    def nevil_name(self) -> str:
        """Return what Nevil calls the node, once it is registered."""
        return str(perform_substitutions(self._context, self.given_name))

    def plans(self, env: dict[str, str], cwd: str) -> tuple[NodePlan, ProcessPlan]:
        """
        Return the node and its process as resolved.

        :param env: variables that differ from the supervisor's
        :param cwd: where it runs by default
        """
        name = self.nevil_name
        timeout_s = float(perform_substitutions(self._context, self.sigterm_timeout))
        node = NodePlan(
            name=name, process=name, kind='executable', shutdown_timeout_s=timeout_s,
            requires=self._names(self._requires), conflicts=self._names(self._conflicts),
            **self._rules)
        details = self.process_details
        return node, ProcessPlan(
            name=name, nodes=(name,), argv=tuple(details['cmd']), env=env,
            cwd=details['cwd'] or cwd, fork=False)

    def _names(self, others: Iterable[Any]) -> tuple[str, ...]:
        def name(other: Any) -> str:
            given = other.given_name if isinstance(other, OwnedNode) else other
            return str(perform_substitutions(
                self._context, normalize_to_list_of_substitutions(given)))
        return tuple(name(other) for other in others)
