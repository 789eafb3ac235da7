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
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
import time

from nevil_bringup.supervisor.processes import Running
from nevil_bringup.supervisor.published import alert_report
from nevil_bringup.supervisor.published import node_report
from nevil_bringup.supervisor.published import system_report
from nevil_bringup.supervisor.robot import Robot
from nevil_health.alerts import AlertBook
from nevil_health.alerts import explain
from nevil_health.alerts import explain_system
from nevil_health.alerts import Step
from nevil_health.control import insight as control
from nevil_health.control.insight import Explained
from nevil_health.control.insight import Metric
from nevil_health.control.reports import AlertReport
from nevil_health.control.reports import NodeReport
from nevil_health.control.reports import SystemReport
from nevil_health.core import UnitView
from nevil_health.signals import Evaluation
from nevil_health.signals import NodeHealth
from nevil_health.signals import NodeSample
from nevil_nodes.lazy_dataclass import dataclass

__all__ = ['HealthReports', 'Observed']


@dataclass(frozen=True, slots=True)
class Observed:
    """
    What is known of the processes; who knows it keeps it up to date.

    :param running: the processes of the units
    :param samples: the newest one of each node
    :param crash_records: the newest one of each unit
    """

    running: Mapping[str, Running] = field(default_factory=dict)
    samples: dict[str, NodeSample] = field(default_factory=dict)
    crash_records: Mapping[str, Path] = field(default_factory=dict)


class HealthReports:
    """Reads the evaluation, the alert book and the core; changes nothing."""

    def __init__(self, robot: Robot, evaluation: Evaluation, book: AlertBook,
                 observed: Observed) -> None:
        """Remember what to read."""
        self._robot, self._observed = robot, observed
        self._evaluation = evaluation
        self._book = book

    def forget(self, node: str) -> None:
        """Show no sample of a node that is gone, or begins anew."""
        self._observed.samples.pop(node, None)

    def alerts(self) -> tuple[AlertReport, ...]:
        """Return the open and recently resolved incidents, worst first."""
        at = self._robot.now()
        return tuple(alert_report(alert, at) for alert in self._book.alerts(at))

    def nodes(self) -> tuple[NodeReport, ...]:
        """Return the health of every node."""
        at = self._robot.now()
        return tuple(self._node(health, at) for health in self._evaluation.nodes(at).values())

    def system(self) -> SystemReport:
        """Return the health of the robot."""
        at = self._robot.now()
        return system_report(self._evaluation.system(at), at, self._robot.plan.project)

    def history(self, node: str) -> dict[str, Metric]:
        """Return the metrics of a node: their summary and their values."""
        return {metric: Metric(
            current=one.current, average=one.average, min=one.min, max=one.max, count=one.count,
            unit=one.unit, values=self._evaluation.series(node, metric))
            for metric, one in self._evaluation.history(node).items()}

    def explain(self, node: str) -> Explained:
        """Explain a node's state ('': the robot's), the newest cause first."""
        at = self._robot.now()
        alerts = self._book.alerts(at)
        if not node:
            system = self._evaluation.system(at)
            return Explained(
                level=system.level, cause='; '.join(system.causes),
                since_s=round(at - system.since, 3),
                steps=_steps(explain_system(at=at, system=system, alerts=alerts), at))
        unit, health = self._known(node, at)
        steps = _steps(explain(
            node, at=at, unit=unit, health=health, alerts=alerts,
            changes=self._evaluation.changes(),
            other=lambda name: self._known(name, at)), at)
        record = self._observed.crash_records.get(unit.name)
        if record is not None:
            steps += (control.Step(node=node, what='crash record', detail=str(record)),)
        return Explained(node=node, state=unit.state, level=health.level, cause=health.cause,
                         since_s=round(at - health.since, 3), steps=steps)

    def _known(self, name: str, at: float) -> tuple[UnitView, NodeHealth]:
        """
        Return unit and health of a node, or of the first node of a unit.

        :raises KeyError: there is neither of that name
        """
        unit = self._robot.unit_of.get(name, name)
        members = self._robot.members(unit)
        if not members:
            raise KeyError(name)
        node = name if name in self._robot.unit_of else members[0]
        return self._robot.view_of(unit), self._evaluation.node(node, at)

    def _node(self, health: NodeHealth, at: float) -> NodeReport:
        unit = self._robot.unit_of[health.node]
        view = self._robot.view_of(unit)
        running = self._observed.running.get(unit)
        sample = self._observed.samples.get(health.node) if running else None
        return node_report(
            health, at, pid=view.pid or 0, generation=view.generation, restarts=view.restarts,
            uptime=round(at - running.started_at, 3) if running else None,
            cpu_percent=sample.cpu_percent if sample else None,
            memory_mb=sample.memory_mb if sample else None)


def _steps(steps: Iterable[Step], at: float) -> tuple[control.Step, ...]:
    """Return steps with their age and wall time; what can be done has neither."""
    return tuple(control.Step(
        age_s=None if step.what == 'do' else round(at - step.at, 3),
        at=None if step.what == 'do' else round(time.time() - (at - step.at), 3),
        node=step.node, what=step.what, detail=step.detail) for step in steps)
