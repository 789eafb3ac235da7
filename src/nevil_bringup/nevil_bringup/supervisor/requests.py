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

"""Answer the requests of the control socket."""

from __future__ import annotations

from collections.abc import Callable
import os
import time
from typing import Any
from typing import TYPE_CHECKING

from nevil_bringup.control.server import Client
from nevil_bringup.control.server import RequestRefused
from nevil_bringup.supervisor.joining import join
from nevil_bringup.supervisor.lock import logscope_status
from nevil_bringup.supervisor.status import log_files
from nevil_bringup.supervisor.status import node_status
from nevil_bringup.supervisor.status import state_of
from nevil_health.control import insight
from nevil_health.control import monitor
from nevil_health.control import operations
from nevil_health.control import session
from nevil_health.control.base import Reply
from nevil_health.control.base import Request
from nevil_health.control.events import Settled
from nevil_health.control.events import StateChanged
from nevil_health.control.session import Done
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
from nevil_msggen.problem import did_you_mean

if TYPE_CHECKING:
    from nevil_bringup.supervisor.supervisor import Supervisor

__all__ = ['Requests']

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
_MAX_SILENCE_S = 30 * 24 * 3600.0


class Requests:
    """What is done for each request, each a small function; none of them waits."""

    def __init__(self, supervisor: Supervisor) -> None:
        """Remember whom to ask."""
        self._supervisor = supervisor
        self._started_at = time.monotonic()
        self._answers: dict[type[Request[Any]], Callable[[Client, Any], Reply]] = {
            session.Ping: self._ping, session.Subscribe: self._subscribe,
            session.ShutDown: self._shut_down, GetStatus: self._status,
            insight.Explain: self._explain, insight.GetHistory: self._history,
            operations.Acknowledge: self._acknowledge, operations.Silence: self._silence,
            operations.Register: self._register,
            **dict.fromkeys(_OPERATIONS, self._operate),
            monitor.AttachHealth: self._attach_health, monitor.Alive: self._alive,
            monitor.HeartbeatReading: self._heartbeat, monitor.Samples: self._samples,
            monitor.LifecycleChanged: self._transitioned,
        }

    def answer(self, client: Client, request: Request[Any]) -> Reply:
        """
        Carry out one request.

        :raises RequestRefused: it cannot be done; the text says why
        """
        return self._answers[type(request)](client, request)

    def _ping(self, _client: Client, _request: session.Ping) -> session.Pong:
        plan = self._supervisor.plan
        return session.Pong(project=plan.project, directory=plan.directory, pid=os.getpid(),
                            middleware=self._supervisor.middleware)

    def _status(self, _client: Client, _request: GetStatus) -> ProjectStatus:
        supervisor = self._supervisor
        at = supervisor.now()
        units = supervisor.robot.core.view(at)
        views = {node: units[unit] for node, unit in supervisor.unit_of.items()}
        samples = supervisor.health.samples
        health = {one.node: one for one in supervisor.judging.reports.nodes()}
        return ProjectStatus(
            project=supervisor.plan.project, directory=supervisor.plan.directory,
            state=state_of(views, shutting_down=supervisor.shutting_down,
                           settled=supervisor.settled),
            nodes=tuple(node_status(
                node, views[node.name], health[node.name],
                samples.get(node.name) if views[node.name].pid else None)
                for node in supervisor.plan.nodes),
            logs=log_files(supervisor.paths.logs), health=supervisor.judging.reports.system(),
            alerts=supervisor.judging.reports.alerts(),
            logscope=LogScope(**logscope_status(supervisor.paths)), settled=supervisor.settled,
            **supervisor.own_pids(), uptime_s=round(at - self._started_at, 3))

    def _shut_down(self, _client: Client, request: session.ShutDown) -> Done:
        self._supervisor.request_shutdown(hurry=request.hurry)
        return Done()

    def _subscribe(self, client: Client, _request: session.Subscribe) -> Done:
        client.subscribed = True
        supervisor = self._supervisor
        at = supervisor.now()
        units = supervisor.robot.core.view(at)
        for node, unit in supervisor.unit_of.items():
            view = units[unit]
            client.send(StateChanged(
                at=at, node=node, new=view.state, reason=view.reason, pid=view.pid))
        if supervisor.settled is not None:
            client.send(Settled(state=supervisor.settled))
        return Done()

    def _operate(self, _client: Client, request: operations.NodeRequest) -> operations.Operated:
        supervisor = self._supervisor
        unit = self._unit(request.name)
        if supervisor.shutting_down:
            raise RequestRefused('the system is stopping')
        before = supervisor.robot.core.view_of(unit)
        try:
            supervisor.robot.feed(_OPERATIONS[type(request)](at=supervisor.now(), unit=unit))
        except UnitRefused as refusal:
            raise RequestRefused(str(refusal)) from refusal
        supervisor.health.expectations_changed()
        after = supervisor.robot.core.view_of(unit)
        companions = [node for node in supervisor.members(unit) if node != request.name]
        return operations.Operated(
            changed=before != after, state=after.state,
            note=f'composed with {", ".join(companions)}' if companions else '',
            pending=supervisor.health.transitions.pending(unit))

    def _unit(self, node: str) -> str:
        """
        Return the unit of a node.

        :raises RequestRefused: there is no such node
        """
        unit = self._supervisor.unit_of.get(node)
        if unit is None:
            known = sorted(self._supervisor.unit_of)
            hint = did_you_mean(node, known) or f'nodes: {", ".join(known)}'
            raise RequestRefused(f'there is no node {node!r}; {hint}')
        return unit

    def _register(self, _client: Client, request: operations.Register) -> Done:
        join(self._supervisor, request.plan)
        return Done()

    def _attach_health(self, client: Client, request: monitor.AttachHealth) -> Done:
        self._supervisor.health.attach(client, request.pid)
        return Done()

    def _heartbeat(self, client: Client, request: monitor.HeartbeatReading) -> Done:
        self._supervisor.health.heartbeat(client, request)
        return Done()

    def _alive(self, client: Client, _request: monitor.Alive) -> Done:
        self._supervisor.health.alive(client)
        return Done()

    def _transitioned(self, client: Client, request: monitor.LifecycleChanged) -> Done:
        self._supervisor.health.transitioned(client, request)
        return Done()

    def _samples(self, client: Client, request: monitor.Samples) -> Done:
        self._supervisor.health.sampled(client, request)
        return Done()

    def _acknowledge(self, _client: Client, request: operations.Acknowledge) -> operations.Changed:
        if request.alert not in {one.id for one in self._supervisor.judging.reports.alerts()}:
            self._unit(request.alert)
        return operations.Changed(changed=self._supervisor.judging.acknowledge(
            request.alert, request.reason))

    def _silence(self, _client: Client, request: operations.Silence) -> operations.Changed:
        if request.name:
            self._unit(request.name)
        duration_s = request.duration_s
        if not 0.0 <= duration_s <= _MAX_SILENCE_S:
            raise RequestRefused(
                f'{duration_s:g} s is not between 0 and {_MAX_SILENCE_S:.0f} (30 days)')
        return operations.Changed(changed=self._supervisor.judging.silence(
            request.name, duration_s, request.reason))

    def _explain(self, _client: Client, request: insight.Explain) -> insight.Explained:
        if request.name:
            self._unit(request.name)
        return self._supervisor.judging.reports.explain(request.name)

    def _history(self, _client: Client, request: insight.GetHistory) -> insight.History:
        names = request.names if request.names is not None else tuple(self._supervisor.unit_of)
        for name in names:
            self._unit(name)
        return insight.History(nodes={
            name: self._supervisor.judging.reports.history(name) for name in names})
