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

"""The health node's end of the control socket: what it shall expect, what it has judged."""

from __future__ import annotations

import asyncio
import logging
from typing import Any
from typing import TYPE_CHECKING

from nevil_bringup.control.server import Client
from nevil_bringup.control.server import RequestRefused
from nevil_bringup.supervisor.units import HEALTH_UNIT
from nevil_health.core import MonitorAttached
from nevil_health.core import MonitorLost
from nevil_health.core import ReadyConfirmed
from nevil_health.core import SignalCleared
from nevil_health.core import SignalFailed
from nevil_health.core import UnitEvent
from nevil_health.core import UnmuteRequested

if TYPE_CHECKING:
    from nevil_bringup.supervisor.supervisor import Supervisor

__all__ = ['HealthLink']

_log = logging.getLogger('supervisor')
# It says every second that it is alive. One that hangs hears nobody, so it is replaced.
_SILENT_S = 10.0
_OWN_LAG_S = 0.5


class HealthLink:
    """Speaks with the one health node that is attached, if any."""

    def __init__(self, supervisor: Supervisor) -> None:
        """Start without a health node."""
        self._supervisor = supervisor
        self._client: Client | None = None
        self._scheduled = False
        self._alive_timer: asyncio.TimerHandle | None = None
        self.samples: dict[str, dict[str, Any]] = {}
        # What was asked for each unit and is under way.
        self.pending: dict[str, str] = {}

    def attach(self, client: Client, pid: int) -> None:
        """
        Accept the health node this supervisor has started, and tell it what to expect.

        :raises RequestRefused: it is another process
        """
        running = self._supervisor.processes.running.get(HEALTH_UNIT)
        if running is None or running.pid != pid:
            raise RequestRefused(f'process {pid} is not the health node of this supervisor')
        self._client = client
        self.alive(client)
        at = self._supervisor.now()
        self._supervisor.robot.feed(MonitorAttached(at=at))
        self._supervisor.feed(ReadyConfirmed(
            at=at, unit=HEALTH_UNIT, generation=running.generation))

    def client_gone(self, client: Client) -> None:
        """Forget the health node when its connection has ended."""
        if client is self._client:
            self._client = None
            self._stop_timer()
            self._supervisor.robot.feed(MonitorLost(at=self._supervisor.now()))
            for unit, label in list(self.pending.items()):
                self._finish(unit, label, 'the health node has ended; its next start does it')

    def alive(self, client: Client) -> None:
        """Take in that the health node's executor turns."""
        if client is self._client:
            self._stop_timer()
            loop = asyncio.get_running_loop()
            due = loop.time() + _SILENT_S
            self._alive_timer = loop.call_at(due, self._silent, client, due)

    def _silent(self, client: Client, due: float) -> None:
        """Let go of a health node that hangs; its next start attaches."""
        if self._supervisor.now() - due > _OWN_LAG_S:
            self.alive(client)  # we were away ourselves: what it said meanwhile is to be read yet
            return
        running = self._supervisor.processes.running.get(HEALTH_UNIT)
        self.client_gone(client)
        client.close()
        if running is not None:
            self._supervisor.feed(SignalFailed(
                at=self._supervisor.now(), unit=HEALTH_UNIT, generation=running.generation,
                signal='heartbeat', cause=f'no heartbeat for {_SILENT_S:.1f} s', hung=True))

    def _stop_timer(self) -> None:
        if self._alive_timer is not None:
            self._alive_timer.cancel()
            self._alive_timer = None

    def expectations_changed(self) -> None:
        """Send the list of what is expected, once for all changes of this turn of the loop."""
        if not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._send_expectations)

    def verdict(self, client: Client, args: dict[str, Any]) -> None:
        """
        Hand a judgement of the health node to the core.

        :raises RequestRefused: it comes from somebody else, or is not understood
        """
        if client is not self._client:
            raise RequestRefused('only the attached health node gives verdicts')
        try:
            kind, unit = str(args['kind']), str(args['unit'])
            generation = int(args['generation'])
            silent_for_s = float(args.get('silent_for_s') or 0.0)
        except (KeyError, TypeError, ValueError) as error:
            raise RequestRefused(f'verdict not understood: {error}') from error
        if unit not in self._supervisor.processes.running:
            return  # ended while the verdict was under way
        view = self._supervisor.robot.core.view_of(unit)
        at = self._supervisor.now()
        event: UnitEvent | None = None
        if kind == 'ready' and view.state == 'starting':
            event = ReadyConfirmed(at=at, unit=unit, generation=generation)
        elif kind == 'late' and view.state == 'ready':
            event = SignalFailed(
                at=at, unit=unit, generation=generation, signal='heartbeat',
                cause=f'no heartbeat for {silent_for_s:.1f} s', hung=True)
        elif kind == 'resumed' and view.state == 'unhealthy':
            event = SignalCleared(
                at=at, unit=unit, generation=generation, signal='heartbeat')
        if event is not None:
            self._supervisor.feed(event)

    def set_muted(self, unit: str, generation: int, *, muted: bool) -> None:
        """Ask for the lifecycle transition that mutes or unmutes a running unit."""
        if self._client is None:
            _log.warning('%s: no health node to %s it; it will be so after its next start',
                         unit, 'mute' if muted else 'unmute')
            return
        label = 'deactivate' if muted else 'activate'
        self.pending[unit] = label
        self._client.send({
            'event': 'transition', 'unit': unit, 'generation': generation,
            'nodes': self._members(unit), 'label': label})
        self.expectations_changed()

    def transitioned(self, client: Client, args: dict[str, Any]) -> None:
        """
        Take in how a transition went; what could not be muted counts as not muted.

        :raises RequestRefused: it comes from somebody else, or is not understood
        """
        if client is not self._client:
            raise RequestRefused('only the attached health node tells of transitions')
        try:
            unit, label = str(args['unit']), str(args['label'])
            problem, generation = str(args['problem']), int(args['generation'])
        except (KeyError, TypeError, ValueError) as error:
            raise RequestRefused(f'transition not understood: {error}') from error
        running = self._supervisor.processes.running.get(unit)
        if self.pending.get(unit) != label:
            return  # the operator wants something else by now
        self._finish(unit, label, problem)
        if (problem and label == 'deactivate' and running and running.generation == generation
                and not self._supervisor.shutting_down):
            self._supervisor.feed(UnmuteRequested(at=self._supervisor.now(), unit=unit))

    def _finish(self, unit: str, label: str, problem: str) -> None:
        del self.pending[unit]
        self._supervisor.server.broadcast({
            'event': 'transitioned', 'nodes': self._members(unit), 'label': label,
            'problem': problem})

    def _members(self, unit: str) -> list[str]:
        return [node for node, of in self._supervisor.unit_of.items() if of == unit]

    def _send_expectations(self) -> None:
        self._scheduled = False
        if self._client is None:
            return
        supervisor = self._supervisor
        units = []
        for process in supervisor.plan.processes:
            running = supervisor.processes.running.get(process.name)
            if running is None:
                continue
            nodes = [supervisor.plan.node(name) for name in process.nodes]
            view = supervisor.robot.core.view_of(process.name)
            units.append({
                'unit': process.name, 'generation': running.generation, 'pid': running.pid,
                'nodes': [node.name for node in nodes], 'kind': nodes[0].kind,
                'muted': view.muted, 'ready': view.state == 'ready',
                'muted_nodes': [node.name for node in nodes
                                if view.muted or (node.status == 'muted' and len(nodes) > 1)]})
        self._client.send({
            'event': 'expect', 'units': units,
            'heartbeat_timeout_s': supervisor.plan.heartbeat_timeout_s,
            'health_check_interval_s': supervisor.plan.health_check_interval_s})
