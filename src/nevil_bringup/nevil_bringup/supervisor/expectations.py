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

"""Tell the health node which nodes run, and in which states they should be."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from nevil_bringup.supervisor.health_link import HealthLink
from nevil_bringup.supervisor.once import OnceATurn
from nevil_bringup.supervisor.processes import Running
from nevil_bringup.supervisor.robot import Robot
from nevil_bringup.supervisor.transitions import Transitions
from nevil_bringup.supervisor.units import namespace_of
from nevil_health.control.monitor import Expect
from nevil_health.control.monitor import PrometheusAddress
from nevil_health.control.monitor import RunningUnit

__all__ = ['Expectations']


class Expectations:
    """
    Sends the whole list.

    :ivar changed: to be called when something of it has changed; it is sent once a turn
    """

    def __init__(self, robot: Robot, link: HealthLink, running: Mapping[str, Running],
                 transitions: Transitions, logs: Path) -> None:
        """Send nothing yet."""
        self._robot, self._link, self._running = robot, link, running
        self._transitions, self._logs = transitions, logs
        self.changed = OnceATurn(self._send)

    def _send(self) -> None:
        if not self._link.attached:
            return
        plan = self._robot.plan
        units = []
        for process in plan.processes:
            running = self._running.get(process.name)
            if running is None:
                continue
            nodes = [plan.node(name) for name in process.nodes]
            view = self._robot.view_of(process.name)
            units.append(RunningUnit(
                unit=process.name, generation=running.generation, pid=running.pid,
                nodes=tuple(node.name for node in nodes), kind=nodes[0].kind,
                namespace=namespace_of(process.argv), muted=view.muted,
                addresses={node.name: node.ros_name for node in nodes if node.ros_name},
                managed=not plan.foreign,
                components=tuple(one for node in nodes for one in node.components),
                ready=view.state in ('ready', 'paused'), held=view.held,
                paused=view.state == 'paused' and self._transitions.inactive(process.name),
                probes={node.name: node.probes for node in nodes if node.probes},
                heartbeat_timeouts={node.name: node.heartbeat_timeout_s for node in nodes},
                muted_nodes=tuple(node.name for node in nodes if view.muted or (
                    node.status == 'muted' and len(nodes) > 1))))
        self._link.send(Expect(
            units=tuple(units), heartbeat_timeout_s=plan.heartbeat_timeout_s,
            health_check_interval_s=plan.health_check_interval_s, project=plan.project,
            logs=str(self._logs), ros_commands=plan.security.ros_commands,
            prometheus=None if plan.alerts.prometheus_port is None else PrometheusAddress(
                address=plan.alerts.prometheus_address, port=plan.alerts.prometheus_port)))
