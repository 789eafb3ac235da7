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
The evaluation of the robot's health: facts go in, alerts and requests for recovery come out.

The evaluation and the alert book are pure; here they get their time and their listeners.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Mapping
import logging
import uuid

from nevil_bringup.supervisor.health_link import HealthLink
from nevil_bringup.supervisor.hook import AlertHook
from nevil_bringup.supervisor.kept import Kept
from nevil_bringup.supervisor.once import OnceATurn
from nevil_bringup.supervisor.publication import Publication
from nevil_bringup.supervisor.published import alert_report
from nevil_bringup.supervisor.published import log_level
from nevil_bringup.supervisor.reports import HealthReports
from nevil_bringup.supervisor.reports import Observed
from nevil_bringup.supervisor.robot import Robot
from nevil_bringup.supervisor.rules import alert_rules
from nevil_bringup.supervisor.rules import system_rules
from nevil_health.alerts import AlertBook
from nevil_health.alerts import AlertNews
from nevil_health.alerts import Silence
from nevil_health.control.base import Event
from nevil_health.control.events import AlertRaised
from nevil_health.control.fields import plain
from nevil_health.core import AnnounceState
from nevil_health.core import SignalCleared
from nevil_health.core import SignalFailed
from nevil_health.core import UnitView
from nevil_health.signals import Evaluation
from nevil_health.signals import LevelChange
from nevil_health.signals import NodeSample
from nevil_health.signals import SystemSample
from nevil_health.signals.conduct import stays_stopped
from nevil_health.signals.silence import no_heartbeat
from nevil_nodes.declarations.plan import Plan

__all__ = ['RobotHealth']

_log = logging.getLogger('supervisor')
# Deadlines of many nodes lie close together: they are handled at once, and the loop has its turn.
_FINEST_S = 0.01
_HUNG = frozenset({'liveness', 'process', 'progress'})


class RobotHealth:
    """Feeds the evaluation and the alert book, and passes on their results."""

    def __init__(self, robot: Robot, link: HealthLink, observed: Observed, kept: Kept,
                 publish: Callable[[Event], None], environ: Mapping[str, str]) -> None:
        """Begin without any data: nobody is healthy before something says so."""
        self._robot, self._link, self._kept, self._publish = robot, link, kept, publish
        plan = robot.plan
        self._rules = system_rules(plan)
        self.evaluation = Evaluation(self._rules)
        self.book = AlertBook(
            alert_rules(plan), ident=lambda: uuid.uuid4().hex[:8],
            criticality={node.name: node.criticality for node in plan.nodes},
            processes={name: process.name for process in plan.processes
                       for name in process.nodes if len(process.nodes) > 1})
        self.reports = HealthReports(robot, self.evaluation, self.book, observed)
        self._hook = AlertHook(plan.alerts.exec, timeout_s=plan.alerts.exec_timeout_s,
                               environ={**environ, **plan.environment}, cwd=plan.directory)
        self._roots: dict[str, str] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._publication = Publication(robot, link, self.reports)
        self._publish_soon = self._publication.soon
        self._refresh_soon = OnceATurn(self._refresh)
        self._arm_soon = OnceATurn(self._arm)

    def begin(self) -> None:
        """Take over what was kept on disk, and publish from now on."""
        at = self._robot.now()
        for silence in self._kept.silences(at):
            self.book.silence(silence, at)
        self.look(self._robot.unit_of)

    def look(self, nodes: Iterable[str], *, planned: bool = False) -> None:
        """Record the state that the units of nodes are in."""
        at = self._robot.now()
        for node in nodes:
            view = self._robot.view_of(self._robot.unit_of[node])
            self._take(self.evaluation.unit_state(
                node, view.state, view.reason, at, generation=view.generation, planned=planned))
        self._publish_soon()

    def add(self, plan: Plan, names: Iterable[str]) -> None:
        """Evaluate nodes that a plan has got since."""
        self._rules = system_rules(plan)
        for name in names:
            self.evaluation.add(self._rules.nodes[name])
            self.book.know(name, plan.node(name).criticality)

    def replan(self, plan: Plan, *, removed: Iterable[str], anew: Collection[str]) -> None:
        """
        Go by the rules of another plan.

        :param anew: nodes that are new, or about to start with new rules
        """
        at = self._robot.now()
        for name in (*removed, *anew):
            self._roots.pop(name, None)
            self.reports.forget(name)
            self._take(self.evaluation.remove(name, at))
            self._tell(self.book.forget(name, at))
        self.add(plan, anew)

    async def close(self) -> None:
        """Send no more notifications."""
        self._publication.close()
        if self._timer is not None:
            self._timer.cancel()
        await self._hook.close()

    # -- facts -----------------------------------------------------------------------------

    def state(self, change: AnnounceState, view: UnitView) -> None:
        """Record that a unit has changed its state."""
        at = self._robot.now()
        for node in self._robot.members(change.unit):
            self._tell(self.book.planned(node, change.planned, at))
            if change.new == 'starting' and change.old == 'backoff':
                self._tell(self.book.restarted(node, at))
            self._blame(node, view.root, at)
            self._take(self.evaluation.unit_state(
                node, change.new, change.reason, at, generation=view.generation,
                planned=change.planned))
            if change.new == 'failed':
                self._tell(self.book.given_up(node, change.reason, at))
        self._refresh_soon()

    def exited(self, unit: str, generation: int, cause: str, failed: bool) -> None:
        """Record an end that nobody had asked for."""
        at = self._robot.now()
        for node in self._robot.members(unit):
            self._take(self.evaluation.exited(
                node, cause, at, generation=generation, failed=failed))

    def late(self, unit: str, generation: int, node: str, silent_for_s: float,
             process_state: str | None) -> None:
        """Handle a late heartbeat: its level waits for the end of a pause, the core does not."""
        at = self._robot.now()
        for name in [node] if node else self._robot.members(unit):
            self._take(self.evaluation.late(
                name, silent_for_s, at, generation=generation, process_state=process_state))
        self._robot.feed(SignalFailed(
            at=at, unit=unit, generation=generation, signal='heartbeat',
            cause=no_heartbeat(silent_for_s), hung=True))

    def back(self, unit: str, generation: int) -> None:
        """Handle heartbeats that come again: the level has its dwell time, the core does not."""
        at = self._robot.now()
        for name in self._robot.members(unit):
            self._take(self.evaluation.back(name, at, generation=generation))
        self._robot.feed(SignalCleared(
            at=at, unit=unit, generation=generation, signal='heartbeat'))

    def monitor(self, attached: bool) -> None:
        """Record whether a health node is attached."""
        self._take(self.evaluation.monitor(attached, self._robot.now()))

    def spawner(self, running: bool, cause: str) -> None:
        """Record whether there is a spawner, and how it ended."""
        self._take(self.evaluation.spawner(running, self._robot.now(), cause))

    def network(self, silent: bool) -> None:
        """Record whether all nodes fell silent at once."""
        self._take(self.evaluation.network(silent, self._robot.now()))

    def samples(self, nodes: Mapping[str, NodeSample], system: SystemSample | None) -> None:
        """Handle what the health node has seen."""
        at = self._robot.now()
        for name, sample in nodes.items():
            self._take(self.evaluation.sample(name, sample, at))
        if system is not None:
            self._take(self.evaluation.system_sample(system, at))
        self._refresh_soon()

    # -- the operator ----------------------------------------------------------------------

    def acknowledge(self, alert: str, reason: str) -> bool:
        """Note that somebody has seen an incident, or all of a node's."""
        changed = self.book.acknowledge(alert, reason or 'seen', self._robot.now())
        self._publish_soon()
        return changed

    def silence(self, node: str, duration_s: float, reason: str) -> bool:
        """Mark the alerts of a node ('' for all) for a time; 0 ends it."""
        at = self._robot.now()
        before = self.book.silences
        if duration_s > 0:
            self._tell(self.book.silence(
                Silence(node=node, until=at + duration_s, reason=reason or 'silenced'), at))
        else:
            self._tell(self.book.unsilence(node, at))
        self._kept.silence(self.book.silences, at)
        self._publish_soon()
        return before != self.book.silences

    # -- what follows ----------------------------------------------------------------------

    def _take(self, changes: Iterable[LevelChange]) -> None:
        for change in changes:
            self._tell(self.book.handle(change))
            self._recover(change)
            self._publish_soon()
        self._arm_soon()

    def _recover(self, change: LevelChange) -> None:
        """Feed the core what the declarations want answered; it decides whether to act."""
        node, name = change.node, change.signal
        if not node or name not in self._rules.nodes[node].restart_on:
            return
        if name == 'process' and change.new == 'unhealthy' and not stays_stopped(
                change.cause, self.evaluation.node(node, change.at)):
            return  # it has ended, which the core knows, or another health signal will follow
        unit = self._robot.unit_of[node]
        view, at = self._robot.view_of(unit), change.at
        if change.new == 'unhealthy':
            self._robot.feed(SignalFailed(
                at=at, unit=unit, generation=view.generation, signal=name,
                cause=change.cause, hung=name in _HUNG))
        elif change.old == 'unhealthy':
            self._robot.feed(SignalCleared(
                at=at, unit=unit, generation=view.generation, signal=name))

    def _tell(self, news: Iterable[AlertNews] | None) -> None:
        at = self._robot.now()
        for one in news or ():
            report = alert_report(one.alert, at)
            if one.loud:
                _log.log(log_level(one), 'alert %s: %s: %s', one.kind,
                         one.alert.node or self._robot.plan.project, one.alert.text)
                self._hook.tell(one.kind, plain(report))
            self._publish(
                AlertRaised(kind=one.kind, loud=one.loud, alert=report))
            self._publish_soon()
        self._arm_soon()

    def _blame(self, node: str, root: str, at: float) -> None:
        root = '' if root == node or root == 'operator' else root
        if self._roots.get(node, '') == root:
            return
        self._roots[node] = root
        self._take(self.evaluation.blame(node, root, at))
        self._tell(self.book.blame(node, root, at))

    def _refresh(self) -> None:
        """Look at every root again."""
        at = self._robot.now()
        views = self._robot.views(at)
        for node, unit in self._robot.unit_of.items():
            self._blame(node, views[unit].root, at)

    # -- time ------------------------------------------------------------------------------

    def _arm(self) -> None:
        """Set the timer again."""
        deadlines = [at for at in (self.evaluation.next_deadline(), self.book.next_deadline())
                     if at is not None]
        due = min(deadlines, default=None)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if due is not None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_at(max(due, loop.time() + _FINEST_S), self._advance)

    def _advance(self) -> None:
        self._timer = None
        at = self._robot.now()
        self._take(self.evaluation.advance(at))
        self._tell(self.book.advance(at))
