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

"""What is known of the robot's health, as plain data for who asks and for who publishes it."""

from __future__ import annotations

from collections.abc import Iterable
import time
from typing import Any
from typing import TYPE_CHECKING

from nevil_bringup.supervisor.published import alert_fields
from nevil_bringup.supervisor.published import node_fields
from nevil_bringup.supervisor.published import system_fields
from nevil_health.alerts import AlertBook
from nevil_health.alerts import explain
from nevil_health.alerts import explain_system
from nevil_health.alerts import Step
from nevil_health.core import UnitView
from nevil_health.signals import Judgement
from nevil_health.signals import NodeHealth

if TYPE_CHECKING:
    from nevil_bringup.supervisor.supervisor import Supervisor

__all__ = ['HealthReports']


class HealthReports:
    """Reads the judgement, the alert book and the core; changes nothing."""

    def __init__(self, supervisor: Supervisor, judgement: Judgement, book: AlertBook) -> None:
        """Remember what to read."""
        self._supervisor = supervisor
        self._judgement = judgement
        self._book = book

    def alerts(self) -> list[dict[str, Any]]:
        """Return the open and recently resolved incidents, worst first, as plain data."""
        at = self._supervisor.now()
        return [alert_fields(alert, at) for alert in self._book.alerts(at)]

    def nodes(self) -> list[dict[str, Any]]:
        """Return the health of every node as plain data."""
        at = self._supervisor.now()
        return [node_fields(health, at, self._process(health.node, at))
                for health in self._judgement.nodes(at).values()]

    def system(self) -> dict[str, Any]:
        """Return the health of the robot as plain data."""
        at = self._supervisor.now()
        return system_fields(self._judgement.system(at), at, self._supervisor.plan.project)

    def history(self, node: str) -> dict[str, Any]:
        """Return the metrics of a node: their summary and their values."""
        return {metric: {
            'current': one.current, 'average': one.average, 'min': one.min, 'max': one.max,
            'count': one.count, 'unit': one.unit,
            'values': list(self._judgement.series(node, metric))}
            for metric, one in self._judgement.history(node).items()}

    def why(self, node: str) -> dict[str, Any]:
        """Return the causes of a node's state ('': of the robot's), the newest first."""
        at = self._supervisor.now()
        alerts = self._book.alerts(at)
        if not node:
            system = self._judgement.system(at)
            return {'node': '', 'state': '', 'level': system.level,
                    'cause': '; '.join(system.causes), 'since_s': round(at - system.since, 3),
                    'steps': _plain(explain_system(at=at, system=system, alerts=alerts), at)}
        unit, health = self._known(node, at)
        steps = _plain(explain(
            node, at=at, unit=unit, health=health, alerts=alerts,
            transitions=self._judgement.transitions(),
            other=lambda name: self._known(name, at)), at)
        record = self._supervisor.crashes.newest.get(unit.name)
        if record is not None:
            steps.append({'age_s': None, 'at': None, 'node': node, 'what': 'crash record',
                          'detail': str(record)})
        return {'node': node, 'state': unit.state, 'level': health.level, 'cause': health.cause,
                'since_s': round(at - health.since, 3), 'steps': steps}

    def _known(self, name: str, at: float) -> tuple[UnitView, NodeHealth]:
        """
        Return unit and health of a node, or of the first node of a unit.

        :raises KeyError: there is neither of that name
        """
        unit = self._supervisor.unit_of.get(name, name)
        members = self._supervisor.members(unit)
        if not members:
            raise KeyError(name)
        node = name if name in self._supervisor.unit_of else members[0]
        return self._supervisor.robot.core.view_of(unit), self._judgement.node(node, at)

    def _process(self, node: str, at: float) -> dict[str, Any]:
        unit = self._supervisor.unit_of[node]
        view = self._supervisor.robot.core.view_of(unit)
        running = self._supervisor.processes.running.get(unit)
        sample = self._supervisor.health.samples.get(node, {}) if running else {}
        return {
            'pid': view.pid or 0, 'generation': view.generation, 'restarts': view.restarts,
            'uptime': round(at - running.started_at, 3) if running else None,
            'cpu_percent': sample.get('cpu_percent'), 'memory_mb': sample.get('memory_mb')}


def _plain(steps: Iterable[Step], at: float) -> list[dict[str, Any]]:
    """Return steps with their age and wall time; what can be done has neither."""
    return [{
        'age_s': None if step.what == 'do' else round(at - step.at, 3),
        'at': None if step.what == 'do' else round(time.time() - (at - step.at), 3),
        'node': step.node, 'what': step.what, 'detail': step.detail} for step in steps]
