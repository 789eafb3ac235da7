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
from collections.abc import Callable
import logging
from typing import Any
from typing import TYPE_CHECKING

from nevil_bringup.control.server import Client
from nevil_bringup.control.server import RequestRefused
from nevil_bringup.supervisor.evidence import process_state
from nevil_bringup.supervisor.once import OnceATurn
from nevil_bringup.supervisor.processes import Running
from nevil_bringup.supervisor.transitions import Transitions
from nevil_bringup.supervisor.units import HEALTH_UNIT
from nevil_bringup.supervisor.units import namespace_of
from nevil_health.control.base import Event
from nevil_health.control.monitor import Expect
from nevil_health.control.monitor import HeartbeatReading
from nevil_health.control.monitor import LifecycleChanged
from nevil_health.control.monitor import PrometheusAddress
from nevil_health.control.monitor import RunningUnit
from nevil_health.control.monitor import Samples
from nevil_health.core import MonitorAttached
from nevil_health.core import MonitorLost
from nevil_health.core import ReadyConfirmed
from nevil_health.core import SignalFailed
from nevil_health.signals import NodeSample
from nevil_health.signals.silence import no_heartbeat

if TYPE_CHECKING:
    from nevil_bringup.supervisor.supervisor import Supervisor

__all__ = ['HealthLink']

_log = logging.getLogger('supervisor')
# It says every second that it is alive. One that hangs hears nobody, so it is replaced.
_SILENT_S = 10.0
# What is stopped says nothing, however little there is to do.
_STOPPED_S = 2.0
# It looks for the supervisor five times a second.
_ABSENT_S = 2.0
_OWN_LAG_S = 0.5


class HealthLink:
    """Speaks with the one health node that is attached, if any."""

    def __init__(self, supervisor: Supervisor) -> None:
        """Start without a health node."""
        self._supervisor = supervisor
        self._client: Client | None = None
        self._alive_timer: asyncio.TimerHandle | None = None
        # To be called when something of what is expected has changed: the whole list is sent.
        self.expectations_changed = OnceATurn(self._send_expectations)
        self.samples: dict[str, NodeSample] = {}
        self.transitions = Transitions(supervisor, self.send)

    def attach(self, client: Client, pid: int) -> None:
        """
        Accept the health node this supervisor has started, and tell it what to expect.

        :raises RequestRefused: it is another process
        """
        running = self._supervisor.processes.running.get(HEALTH_UNIT)
        if running is None or running.pid != pid:
            raise RequestRefused(f'process {pid} is not the health node of this supervisor')
        self._client = client
        self._stop_timer()
        self.alive(client)
        at = self._supervisor.now()
        self._supervisor.robot.feed(MonitorAttached(at=at))
        self._supervisor.judging.monitor(True)
        self._supervisor.feed(ReadyConfirmed(
            at=at, unit=HEALTH_UNIT, generation=running.generation))
        # Once it knows whom to expect.
        asyncio.get_running_loop().call_soon(self.transitions.attached)

    def client_gone(self, client: Client) -> None:
        """Forget the health node when its connection has ended."""
        if client is self._client:
            self._client = None
            self._stop_timer()
            self._supervisor.robot.feed(MonitorLost(at=self._supervisor.now()))
            self._supervisor.judging.monitor(False)
            self.transitions.monitor_lost()
            self._later(_ABSENT_S, self._absent, self._supervisor.processes.running.get(
                HEALTH_UNIT))

    def alive(self, client: Client) -> None:
        """Handle that the health node's executor turns."""
        if client is self._client:
            self._stop_timer()
            self._later(_STOPPED_S, self._look, client)

    def _look(self, client: Client) -> None:
        """Replace one that is stopped; wait longer for one that has much to do."""
        running = self._supervisor.processes.running.get(HEALTH_UNIT)
        if running is not None and process_state(running.pid) == 'T':
            self._replace(client, 'stopped (SIGSTOP)')
        else:
            self._later(_SILENT_S - _STOPPED_S, self._replace, client, no_heartbeat(_SILENT_S))

    def _replace(self, client: Client, cause: str) -> None:
        """Let go of a health node that hangs; its next start attaches."""
        running = self._supervisor.processes.running.get(HEALTH_UNIT)
        self.client_gone(client)
        client.close()
        self._fail(running, cause, hung=True)

    def _absent(self, running: Running | None) -> None:
        """Replace one that lives and does not come back: somebody deactivated it, for one."""
        if self._client is None and self._supervisor.processes.running.get(
                HEALTH_UNIT) == running:
            self._fail(running, 'not attached to the supervisor', hung=False)

    def _fail(self, running: Running | None, cause: str, *, hung: bool) -> None:
        if running is not None:
            self._supervisor.feed(SignalFailed(
                at=self._supervisor.now(), unit=HEALTH_UNIT, generation=running.generation,
                signal='heartbeat', cause=cause, hung=hung))

    def _later(self, delay_s: float, function: Callable[..., None], *args: Any) -> None:
        """Do something unless there is a sign of life; what came while we were away is heard."""
        loop = asyncio.get_running_loop()
        due = loop.time() + delay_s

        def run() -> None:
            if loop.time() - due > _OWN_LAG_S:
                self._later(_OWN_LAG_S, function, *args)
            else:
                function(*args)
        self._alive_timer = loop.call_at(due, run)

    def _stop_timer(self) -> None:
        if self._alive_timer is not None:
            self._alive_timer.cancel()
            self._alive_timer = None

    def heartbeat(self, client: Client, reading: HeartbeatReading) -> None:
        """
        Hand what the heartbeats show to the core.

        :raises RequestRefused: it comes from somebody else
        """
        self._expect_from(client)
        if reading.kind in ('network_silent', 'network_back'):
            self._supervisor.judging.network(reading.kind == 'network_silent')
            return
        unit, generation = reading.unit, reading.generation
        running = self._supervisor.processes.running.get(unit)
        if running is None or running.generation != generation or unit == HEALTH_UNIT:
            return  # ended while the reading was under way
        if reading.kind == 'ready':
            self._supervisor.feed(ReadyConfirmed(
                at=self._supervisor.now(), unit=unit, generation=generation))
        elif reading.kind == 'late':
            self._supervisor.judging.late(
                unit, generation, reading.node, reading.silent_for_s, reading.process_state)
        elif reading.kind == 'resumed':
            self._supervisor.judging.back(unit, generation)

    def sampled(self, client: Client, samples: Samples) -> None:
        """
        Handle samples, of all nodes or of some.

        :raises RequestRefused: they come from somebody else
        """
        self._expect_from(client)
        known = {name: sample for name, sample in samples.nodes.items()
                 if name in self._supervisor.unit_of}
        self.samples.update(known)
        self._supervisor.judging.samples(known, samples.system)

    @property
    def attached(self) -> bool:
        """Tell whether there is a health node to send to."""
        return self._client is not None

    def send(self, event: Event) -> bool:
        """Send an event to the health node; False when there is none."""
        if self._client is None:
            return False
        self._client.send(event)
        return True

    def transitioned(self, client: Client, change: LifecycleChanged) -> None:
        """
        Handle how a transition went.

        :raises RequestRefused: it comes from somebody else
        """
        self._expect_from(client)
        self.transitions.answered(change.unit, change.generation, change.label, change.problem)

    def _expect_from(self, client: Client) -> None:
        if client is not self._client:
            raise RequestRefused('only the attached health node may say this')

    def _send_expectations(self) -> None:
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
            units.append(RunningUnit(
                unit=process.name, generation=running.generation, pid=running.pid,
                nodes=tuple(node.name for node in nodes), kind=nodes[0].kind,
                namespace=namespace_of(process.argv), muted=view.muted,
                addresses={node.name: node.ros_name for node in nodes if node.ros_name},
                managed=not supervisor.plan.foreign,
                ready=view.state in ('ready', 'paused'), held=view.held,
                paused=view.state == 'paused' and self.transitions.inactive(process.name),
                probes={node.name: node.probes for node in nodes if node.probes},
                components=tuple(one for node in nodes for one in node.components),
                heartbeat_timeouts={node.name: node.heartbeat_timeout_s for node in nodes},
                muted_nodes=tuple(node.name for node in nodes if view.muted or (
                    node.status == 'muted' and len(nodes) > 1))))
        plan = supervisor.plan
        self._client.send(Expect(
            units=tuple(units), heartbeat_timeout_s=plan.heartbeat_timeout_s,
            health_check_interval_s=plan.health_check_interval_s, project=plan.project,
            logs=str(supervisor.paths.logs), ros_commands=plan.security.ros_commands,
            prometheus=None if plan.alerts.prometheus_port is None else PrometheusAddress(
                address=plan.alerts.prometheus_address, port=plan.alerts.prometheus_port)))
