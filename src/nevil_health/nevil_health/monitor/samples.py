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

"""The samples that the supervisor evaluates: what /proc knows, and what the nodes say."""

from __future__ import annotations

from dataclasses import asdict
import time
from typing import Any

from nevil_health.control import monitor as control
from nevil_health.monitor.clocks import LagMeter
from nevil_health.monitor.control_link import ControlLink
from nevil_health.monitor.expected import Expectation
from nevil_health.monitor.expected import ExpectedUnit
from nevil_health.monitor.expected import UnitKey
from nevil_health.monitor.heartbeats import HeartbeatWatch
from nevil_health.monitor.machine import Machine
from nevil_health.monitor.probes import Probes
from nevil_health.monitor.resource_usage import Usage
from nevil_health.signals.observations import NodeSample
from nevil_health.signals.observations import SystemSample

__all__ = ['Samples']

# A node that changes with each beat must not be sent with each beat.
_OUT_OF_TURN_S = 0.2


class Samples:
    """
    Sends every node's sample at each interval, and one with news at once.

    :param states: lifecycle states of foreign nodes, by unit and node
    """

    def __init__(self, link: ControlLink, watch: HeartbeatWatch, lag: LagMeter, probes: Probes,
                 states: dict[tuple[UnitKey, str], str | None]) -> None:
        """Send nothing yet."""
        self._link, self._watch, self._lag, self._states = link, watch, lag, states
        self._probes = probes
        self._usages: dict[UnitKey, Usage] = {}
        self._news: dict[str, ExpectedUnit] = {}
        self._sent_at: dict[str, float] = {}
        self._lost_s = 0.0
        self.nodes: dict[str, NodeSample] = {}
        self.system = SystemSample()

    def news(self, unit: ExpectedUnit, node: str) -> None:
        """Send the sample of a node as soon as it may be."""
        self._news[node] = unit

    def flush(self, at: float) -> None:
        """Send the samples with news, each node's not too often."""
        due = {node: unit for node, unit in self._news.items()
               if at - self._sent_at.get(node, 0.0) >= _OUT_OF_TURN_S}
        if due:
            samples = {node: self._sample(unit, node, at) for node, unit in due.items()}
            for node in due:
                del self._news[node]
                self._sent_at[node] = at
            self.nodes = {**self.nodes, **samples}
            self._link.send(control.Samples(nodes=samples))

    def take(self, expectation: Expectation, usages: dict[str, Usage], machine: Machine) -> None:
        """Send what the sampling thread has found, with the data of the heartbeats."""
        at = time.monotonic()
        self._usages = {unit.key: usages[unit.unit] for unit in expectation.units
                        if unit.unit in usages}
        nodes = {}
        for unit in expectation.units:
            if unit.key in self._usages:
                for node in unit.nodes:
                    record = self._watch.record_of(unit, node)
                    if record is not None:
                        record.close_window(at)
                    nodes[node] = self._sample(unit, node, at)
        lost_s, self._lost_s = self._lag.lost_s - self._lost_s, self._lag.lost_s
        self.system = SystemSample(
            **asdict(machine), monitor_lag_s=round(lost_s, 3),
            unmanaged=self._watch.unmanaged(at), malformed=self._watch.malformed)
        self.nodes = nodes
        self._news.clear()
        self._sent_at = dict.fromkeys(nodes, at)
        self._link.send(control.Samples(nodes=nodes, system=self.system))

    def _sample(self, unit: ExpectedUnit, node: str, at: float) -> NodeSample:
        facts: dict[str, Any] = {'generation': unit.generation, 'shared': len(unit.nodes) > 1,
                                 'probes': self._probes.readings(unit, node)}
        usage = self._usages.get(unit.key)
        if usage is not None:
            facts |= {'process_state': usage.state, 'cpu_percent': usage.cpu_percent,
                      'memory_mb': usage.memory_mb, 'memory_limit_mb': usage.memory_limit_mb,
                      'threads': usage.threads, 'fds': usage.fds, 'fds_limit': usage.fds_limit,
                      'processes': usage.processes}
        if unit.foreign:
            state = self._states.get((unit.key, node), '')
            if state != '':
                facts |= {'lifecycle_state': state, 'desired_state': unit.wanted_state(node)}
            return NodeSample(**facts)
        facts |= {'desired_state': unit.wanted_state(node),
                  'instances': self._watch.instances(node, at)}
        return NodeSample(**facts, **self._heard(unit, node, at))

    def _heard(self, unit: ExpectedUnit, node: str, at: float) -> dict[str, Any]:
        record = self._watch.record_of(unit, node)
        word = record.word if record is not None else None
        if record is None or word is None:
            return {}
        age_s = record.age_s(at, self._lag.lost_s)
        return {
            'beat_age_s': round(age_s, 3), 'lifecycle_state': word.lifecycle_state,
            'main_loop_age_s': (round(word.main_loop_age + age_s, 3)
                                if word.main_loop_running else None),
            'executor_lag_s': round(word.executor_lag, 3),
            'response_s': round(word.response_time, 4) or None,
            'beats_per_s': record.beats_per_s, 'expected_beats_per_s': record.expected_per_s,
            'counters': record.counters(), 'check': record.check()}
