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

"""The evaluation: everything that is observed goes in, every change of a level comes out."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from nevil_health.signals.causes import assess
from nevil_health.signals.causes import SystemLevel
from nevil_health.signals.hysteresis import Signal
from nevil_health.signals.journal import Journal
from nevil_health.signals.journal import LevelChanges
from nevil_health.signals.machine import Machine
from nevil_health.signals.node_signals import Node
from nevil_health.signals.observations import NodeRules
from nevil_health.signals.observations import NodeSample
from nevil_health.signals.observations import SystemRules
from nevil_health.signals.observations import SystemSample
from nevil_health.signals.totals import Totals
from nevil_health.signals.views import LevelChange
from nevil_health.signals.views import MetricSummary
from nevil_health.signals.views import NodeHealth
from nevil_health.signals.views import SystemHealth

__all__ = ['Evaluation']

_PATIENCE = 3           # intervals without data, after which nothing is known
_LEAST_PATIENCE_S = 3.0


class Evaluation:
    """
    The levels of all signals, nodes and the system.

    Each method that handles something returns the level changes that follow: of the health
    signals, then of the node, then of the system. Names that the rules do not have are ignored, so
    memory is bounded; values that make no sense are unknown and never raise.
    """

    def __init__(self, rules: SystemRules) -> None:
        """Make an evaluation that knows nothing yet: the system is degraded for it."""
        self._interval_s = rules.interval_s
        self._patience_s = max(_PATIENCE * rules.interval_s, _LEAST_PATIENCE_S)
        self._journal = Journal()
        self._machine = Machine(rules, self._patience_s, self._journal)
        self._nodes: dict[str, Node] = {}
        for node_rules in rules.nodes.values():
            self.add(node_rules)
        self._level: SystemLevel = 'degraded'
        self._since: float | None = None  # before the first evaluation

    def add(self, rules: NodeRules) -> None:
        """Evaluate one more node, or begin anew with one whose rules have changed."""
        self._nodes[rules.name] = Node(
            rules, self._journal, interval_s=self._interval_s, patience_s=self._patience_s)

    def remove(self, node: str, at: float) -> list[LevelChange]:
        """Evaluate a node no longer."""
        self._nodes.pop(node, None)
        return self._news(at, moved=True)

    # -- what the supervisor knows -------------------------------------------------------------

    def unit_state(
        self, node: str, state: str, reason: str, at: float, *, generation: int = 0,
        planned: bool = False,
    ) -> list[LevelChange]:
        """
        Record the state of a node's unit; all of them once at the start, then each change.

        :param generation: of its process, 0 if none was started yet
        :param planned: the operator or the system wanted it
        """
        if node in self._nodes:
            self._nodes[node].enter(state, reason, at, generation, planned)
        return self._news(at, moved=True)

    def exited(
        self, node: str, cause: str, at: float, *, generation: int, failed: bool,
    ) -> list[LevelChange]:
        """Record that a node's process has ended, which nobody had asked for."""
        if node in self._nodes:
            self._nodes[node].exited(cause, at, generation, failed)
        return self._news(at)

    def blame(self, node: str, root: str, at: float) -> list[LevelChange]:
        """Record whose failure a node suffers from; '' ends it."""
        if node in self._nodes:
            self._nodes[node].root = root
        return self._news(at, moved=True)

    def monitor(self, attached: bool, at: float) -> list[LevelChange]:
        """Record whether a health node is attached."""
        self._machine.monitor(attached, at)
        return self._news(at)

    def spawner(self, running: bool, at: float, cause: str = '') -> list[LevelChange]:
        """Record whether there is a spawner, and how it ended."""
        self._machine.spawner(running, at, cause)
        return self._news(at)

    # -- what the health node says -------------------------------------------------------------

    def late(
        self, node: str, silent_for_s: float, at: float, *, generation: int,
        process_state: str | None = None,
    ) -> list[LevelChange]:
        """Record that no heartbeat came for too long."""
        if node in self._nodes:
            self._nodes[node].late(silent_for_s, at, generation, process_state)
        return self._news(at)

    def back(self, node: str, at: float, *, generation: int) -> list[LevelChange]:
        """Record that heartbeats come again."""
        if node in self._nodes:
            self._nodes[node].back(at, generation)
        return self._news(at)

    def sample(self, node: str, sample: NodeSample, at: float) -> list[LevelChange]:
        """Handle one sample of a node."""
        if node in self._nodes:
            self._nodes[node].sample(sample, at, self._machine.memory_mb)
        return self._news(at)

    def system_sample(self, sample: SystemSample, at: float) -> list[LevelChange]:
        """Handle one sample of the machine."""
        self._machine.sample(sample, at)
        return self._news(at)

    def network(self, silent: bool, at: float) -> list[LevelChange]:
        """Record whether all nodes fell silent at once."""
        self._machine.network(silent, at)
        return self._news(at)

    # -- time ----------------------------------------------------------------------------------

    def advance(self, at: float) -> list[LevelChange]:
        """Handle what is due by now."""
        self._machine.advance(at)
        for node in self._nodes.values():
            node.advance(at)
        return self._news(at)

    def next_deadline(self) -> float | None:
        """Return when ``advance`` has something to do, None if never."""
        dues = [due for due in (node.deadline() for node in self._nodes.values())
                if due is not None]
        own = self._machine.deadline()
        return min([*dues, own] if own is not None else dues, default=None)

    # -- what is known -------------------------------------------------------------------------

    def node(self, name: str, at: float) -> NodeHealth:
        """
        Return a snapshot of a node.

        :raises KeyError: there is no such node
        """
        return self._nodes[name].view()

    def nodes(self, at: float) -> Mapping[str, NodeHealth]:
        """Return a snapshot of every node."""
        return MappingProxyType({name: node.view() for name, node in self._nodes.items()})

    def system(self, at: float) -> SystemHealth:
        """Return a snapshot of the system."""
        _, causes = assess(self._nodes, self._signals)
        counts = {'unknown': 0, 'healthy': 0, 'degraded': 0, 'unhealthy': 0}
        for node in self._nodes.values():
            counts[node.level] += 1
        totals = Totals.of(self._nodes)
        machine = self._machine
        return SystemHealth(
            level=self._level, since=at if self._since is None else self._since, causes=causes,
            nodes=MappingProxyType(counts), signals=machine.board.view(),
            cpu_sum_percent=totals.cpu_sum, cpu_max_percent=totals.cpu_max,
            cpu_max_node=totals.cpu_node, memory_sum_mb=totals.memory_sum,
            memory_max_mb=totals.memory_max, memory_max_node=totals.memory_node,
            cpu_percent=machine.cpu_percent, memory_percent=machine.memory_percent,
            messages_per_s=totals.messages_per_s, error_rate=totals.error_rate,
            monitor_lag_s=machine.lag_s)

    def history(self, name: str) -> Mapping[str, MetricSummary]:
        """Sum up the metrics of a node, or with '' those of the machine."""
        if not name:
            return self._machine.history.summaries()
        return self._nodes[name].senses.history.summaries() if name in self._nodes else {}

    def series(self, name: str, metric: str) -> tuple[float, ...]:
        """Return the last samples of a metric of a node, or with '' of the machine."""
        if not name:
            return self._machine.history.series(metric)
        return self._nodes[name].senses.history.series(metric) if name in self._nodes else ()

    def changes(self, node: str = '') -> LevelChanges:
        """Return the last 256 level changes of all, or the last 64 of a node, oldest first."""
        return self._journal.read(node)

    # -- inside --------------------------------------------------------------------------------

    @property
    def _signals(self) -> Mapping[str, Signal]:
        return self._machine.board.signals

    def _news(self, at: float, *, moved: bool = False) -> list[LevelChange]:
        """Evaluate the system, if a level changed or a node ``moved``, and return what is new."""
        if self._since is None:
            self._since = at
        if moved or self._journal.pending:
            level, causes = assess(self._nodes, self._signals)
            if level != self._level:
                old, self._level, self._since = self._level, level, at
                more = f' and {len(causes) - 1} more' if len(causes) > 1 else ''
                self._journal.record(
                    '', '', old, level, at,
                    causes[0] + more if causes else 'all nodes and the machine are healthy')
        return self._journal.take()
