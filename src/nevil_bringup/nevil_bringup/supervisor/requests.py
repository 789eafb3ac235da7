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

"""Answer what is asked of the robot over the control socket."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
import os

from nevil_bringup.control.server import Answers
from nevil_bringup.control.server import Client
from nevil_bringup.control.server import RequestRefused
from nevil_bringup.paths import ProjectPaths
from nevil_bringup.supervisor.health import RobotHealth
from nevil_bringup.supervisor.lock import logscope_status
from nevil_bringup.supervisor.robot import Robot
from nevil_bringup.supervisor.status_answer import log_files
from nevil_bringup.supervisor.status_answer import node_status
from nevil_bringup.supervisor.status_answer import state_of
from nevil_health.control import insight
from nevil_health.control import operations
from nevil_health.control import session
from nevil_health.control.events import Settled
from nevil_health.control.events import StateChanged
from nevil_health.control.status import GetStatus
from nevil_health.control.status import LogScope
from nevil_health.control.status import ProjectStatus
from nevil_health.core import Event
from nevil_health.core import HoldRequested
from nevil_health.core import MuteRequested
from nevil_health.core import PauseRequested
from nevil_health.core import ReleaseRequested
from nevil_health.core import RestartRequested
from nevil_health.core import ResumeRequested
from nevil_health.core import StartRequested
from nevil_health.core import StopRequested
from nevil_health.core import UnitRefused
from nevil_health.core import UnmuteRequested
from nevil_health.signals import NodeSample
from nevil_msggen.problem import did_you_mean
from nevil_nodes.lazy_dataclass import dataclass

__all__ = ['About', 'Requests']

_OPERATIONS: dict[type[operations.NodeRequest], Callable[..., Event]] = {
    operations.StartNode: StartRequested,
    operations.StopNode: StopRequested,
    operations.RestartNode: RestartRequested,
    operations.MuteNode: MuteRequested,
    operations.UnmuteNode: UnmuteRequested,
    operations.PauseNode: PauseRequested,
    operations.ResumeNode: ResumeRequested,
    operations.HoldNode: HoldRequested,
    operations.ReleaseNode: ReleaseRequested,
}
# A silence that nobody remembers would hide a failure for good.
_MAX_SILENCE_S = 30 * 24 * 3600.0


@dataclass(frozen=True, kw_only=True, slots=True)
class About:
    """
    Facts about the system that no part decides.

    :param samples: the newest one of each node
    :param take_problem: why what an operator wants could not be written to disk
    :param pids: of Nevil's own processes, by the names that they have in the status
    """

    paths: ProjectPaths
    middleware: Mapping[str, str]
    samples: Mapping[str, NodeSample]
    pids: Callable[[], dict[str, int | None]]
    take_problem: Callable[[], str]


class Requests:
    """What an operator or a program asks for, each a small function; none of them waits."""

    def __init__(self, robot: Robot, health: RobotHealth, pending: Callable[[str], bool],
                 about: About) -> None:
        """
        Answer for this robot.

        :param pending: whether a lifecycle transition of a unit is under way
        """
        self._robot, self._health, self._pending = robot, health, pending
        self._about = about
        self._reports = health.reports
        self._started_at = robot.now()

    def answers(self) -> Answers:
        """Return what answers each kind of request."""
        return {
            session.Ping: self._ping, session.Subscribe: self._subscribe,
            GetStatus: self._status, insight.Explain: self._explain,
            insight.GetHistory: self._history, operations.Acknowledge: self._acknowledge,
            operations.Silence: self._silence, **dict.fromkeys(_OPERATIONS, self._operate)}

    def _ping(self, _client: Client, _request: session.Ping) -> session.Pong:
        plan = self._robot.plan
        return session.Pong(project=plan.project, directory=plan.directory, pid=os.getpid(),
                            middleware=self._about.middleware)

    def _status(self, _client: Client, _request: GetStatus) -> ProjectStatus:
        robot, at = self._robot, self._robot.now()
        units = robot.views(at)
        views = {node: units[unit] for node, unit in robot.unit_of.items()}
        health = {one.node: one for one in self._reports.nodes()}
        return ProjectStatus(
            project=robot.plan.project, directory=robot.plan.directory,
            state=state_of(views, shutting_down=robot.shutting_down, settled=robot.settled),
            nodes=tuple(node_status(
                node, views[node.name], health[node.name],
                self._about.samples.get(node.name) if views[node.name].pid else None)
                for node in robot.plan.nodes),
            logs=log_files(self._about.paths.logs), health=self._reports.system(),
            alerts=self._reports.alerts(),
            logscope=LogScope(**logscope_status(self._about.paths)), settled=robot.settled,
            pid=os.getpid(), **self._about.pids(), uptime_s=round(at - self._started_at, 3))

    def _subscribe(self, client: Client, _request: session.Subscribe) -> session.Done:
        client.subscribed = True
        at = self._robot.now()
        units = self._robot.views(at)
        for node, unit in self._robot.unit_of.items():
            view = units[unit]
            client.send(StateChanged(
                at=at, node=node, new=view.state, reason=view.reason, pid=view.pid))
        if self._robot.settled is not None:
            client.send(Settled(state=self._robot.settled))
        return session.Done()

    def _operate(self, _client: Client, request: operations.NodeRequest) -> operations.Operated:
        robot, unit = self._robot, self._unit(request.name)
        if robot.shutting_down:
            raise RequestRefused('the system is stopping')
        before = robot.view_of(unit)
        try:
            robot.feed(_OPERATIONS[type(request)](at=robot.now(), unit=unit))
        except UnitRefused as refusal:
            raise RequestRefused(str(refusal)) from refusal
        after = robot.view_of(unit)
        companions = [node for node in robot.members(unit) if node != request.name]
        notes = [f'composed with {", ".join(companions)}'] if companions else []
        notes += [problem] if (problem := self._about.take_problem()) else []
        return operations.Operated(
            changed=before != after, state=after.state, note='; '.join(notes),
            pending=self._pending(unit))

    def _unit(self, node: str) -> str:
        """
        Return the unit of a node.

        :raises RequestRefused: there is no such node
        """
        unit = self._robot.unit_of.get(node)
        if unit is None:
            known = sorted(self._robot.unit_of)
            hint = did_you_mean(node, known) or f'nodes: {", ".join(known)}'
            raise RequestRefused(f'there is no node {node!r}; {hint}')
        return unit

    def _acknowledge(self, _client: Client, request: operations.Acknowledge) -> operations.Changed:
        if request.alert not in {one.id for one in self._reports.alerts()}:
            self._unit(request.alert)
        return operations.Changed(
            changed=self._health.acknowledge(request.alert, request.reason))

    def _silence(self, _client: Client, request: operations.Silence) -> operations.Changed:
        if request.name:
            self._unit(request.name)
        duration_s = request.duration_s
        if not 0.0 <= duration_s <= _MAX_SILENCE_S:
            raise RequestRefused(
                f'{duration_s:g} s is not between 0 and {_MAX_SILENCE_S:.0f} (30 days)')
        changed = self._health.silence(request.name, duration_s, request.reason)
        return operations.Changed(changed=changed, note=self._about.take_problem())

    def _explain(self, _client: Client, request: insight.Explain) -> insight.Explained:
        if request.name:
            self._unit(request.name)
        return self._reports.explain(request.name)

    def _history(self, _client: Client, request: insight.GetHistory) -> insight.History:
        names = request.names if request.names is not None else tuple(self._robot.unit_of)
        for name in names:
            self._unit(name)
        return insight.History(nodes={name: self._reports.history(name) for name in names})
