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

"""A robot for histories: it counts the time, feeds the evaluation and keeps what it said."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from nevil_health.signals import Evaluation
from nevil_health.signals import LevelChange
from nevil_health.signals import NodeRules
from nevil_health.signals import NodeSample
from nevil_health.signals import SignalView
from nevil_health.signals import SystemRules
from nevil_health.signals import SystemSample

INTERVAL_S = 5.0
WELL: dict[str, Any] = {
    'process_state': 'S', 'cpu_percent': 10.0, 'memory_mb': 50.0, 'threads': 8, 'fds': 20,
    'fds_limit': 1024, 'beat_age_s': 0.3, 'lifecycle_state': 'active', 'desired_state': 'active',
    'main_loop_age_s': 0.1, 'response_s': 0.02, 'beats_per_s': 1.0, 'expected_beats_per_s': 1.0,
}


class Robot:
    """The evaluation of a few nodes, with a clock."""

    def __init__(self, *rules: NodeRules, **system: Any) -> None:
        """Make it with these nodes, or one called camera."""
        nodes = rules or (NodeRules(name='camera'),)
        self.evaluation = Evaluation(
            SystemRules(nodes={rule.name: rule for rule in nodes}, **system))
        self.names = tuple(rule.name for rule in nodes)
        self.at = 0.0
        self.said: list[LevelChange] = []
        self.generation = dict.fromkeys(self.names, 0)

    def hear(self, changes: Iterable[LevelChange]) -> list[LevelChange]:
        """Keep what was said."""
        new = list(changes)
        self.said += new
        return new

    def state(
        self, node: str, state: str, reason: str = '', *, planned: bool = False,
    ) -> list[LevelChange]:
        """Let the unit of a node change its state; a start gives it a new generation."""
        self.generation[node] += state == 'starting'
        return self.hear(self.evaluation.unit_state(
            node, state, reason or f'{state} in this test', self.at,
            generation=self.generation[node], planned=planned))

    def start(self, *nodes: str) -> Robot:
        """Let nodes (all of them by default) start and be ready."""
        for node in nodes or self.names:
            self.state(node, 'starting')
            self.state(node, 'ready')
        return self

    def well(self, looks: int = 1) -> Robot:
        """Let time pass in which all is well: looks at the machine and at every node."""
        self.hear(self.evaluation.monitor(True, self.at))
        for _ in range(looks):
            self.at += INTERVAL_S
            for node in self.names:
                self.see(node)
            self.hear(self.evaluation.system_sample(SystemSample(
                cpu_percent=20.0, memory_percent=30.0, memory_available_mb=2800.0,
                disk_percent=40.0, load_1m=0.3), self.at))
        return self

    def see(self, node: str, **fields: Any) -> list[LevelChange]:
        """Take a look at a node without time passing."""
        known = {'generation': self.generation[node], **WELL, **fields}
        return self.hear(self.evaluation.sample(node, NodeSample(**known), self.at))

    def look(self, node: str = 'camera', **fields: Any) -> list[LevelChange]:
        """Let one interval pass, and look at a node."""
        self.at += INTERVAL_S
        return self.see(node, **fields)

    def exit(  # noqa: A003
        self, node: str = 'camera', cause: str = 'killed by SIGSEGV',
    ) -> list[LevelChange]:
        """Let the process of a node crash."""
        return self.hear(self.evaluation.exited(
            node, cause, self.at, generation=self.generation[node], failed=True))

    def late(self, node: str = 'camera', silent_for_s: float = 30.0) -> list[LevelChange]:
        """Let the heartbeat of a node be late."""
        return self.hear(self.evaluation.late(
            node, silent_for_s, self.at, generation=self.generation[node], process_state='S'))

    def back(self, node: str = 'camera') -> list[LevelChange]:
        """Let the heartbeat of a node come again."""
        return self.hear(self.evaluation.back(
            node, self.at, generation=self.generation[node]))

    def advance(self, seconds: float) -> list[LevelChange]:
        """Let time pass, with everything that is due on the way done when it is."""
        end, before = self.at + seconds, len(self.said)
        while (due := self.evaluation.next_deadline()) is not None and due <= end:
            self.at = max(self.at, due)
            self.hear(self.evaluation.advance(self.at))
        self.at = end
        return self.said[before:]

    def signal(self, signal: str, node: str = 'camera') -> SignalView:
        """Return one signal of a node, or with '' of the system."""
        if not node:
            return self.evaluation.system(self.at).signals[signal]
        return self.evaluation.node(node, self.at).signals[signal]

    def level(self, node: str = 'camera') -> str:
        """Return the level of a node."""
        return self.evaluation.node(node, self.at).level

    def changes(self, signal: str, node: str = 'camera') -> list[str]:
        """Return what was said of a signal, as ``old > new``."""
        return [f'{one.old} > {one.new}' for one in self.said
                if one.node == node and one.signal == signal]

    def causes(self) -> tuple[str, ...]:
        """Return why the system is not healthy."""
        return self.evaluation.system(self.at).causes
