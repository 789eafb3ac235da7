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
Measure what the evaluation of a round of samples costs.

Every node is looked at once, with all that a sample can hold, and the machine once: one round is
what the supervisor evaluates at each ``system.health_check_interval``. Prints a table of medians:
milliseconds of CPU for a round, and the share of one core at an interval of 5 s; with all nodes
well, and with one in ten leaking, hot and failing.

    scripts/nevil shell python3 benchmarks/signals.py
"""

from __future__ import annotations

from statistics import median
from time import process_time

from nevil_health.signals import CheckResult
from nevil_health.signals import Counters
from nevil_health.signals import Evaluation
from nevil_health.signals import NodeRules
from nevil_health.signals import NodeSample
from nevil_health.signals import SystemRules
from nevil_health.signals import SystemSample

ROUNDS = 150
INTERVAL_S = 5.0


def sample(index: int, *, unhealthy: bool) -> NodeSample:
    """Return the sample of a node in a round."""
    return NodeSample(
        generation=1, process_state='S', cpu_percent=97.0 if unhealthy else 10.0 + index % 3,
        memory_mb=100.0 + (index if unhealthy else index % 5), threads=8, fds=20, fds_limit=1024,
        processes=1, beat_age_s=0.3, lifecycle_state='active', desired_state='active',
        main_loop_age_s=0.1, executor_lag_s=0.01, response_s=0.02, beats_per_s=1.0,
        expected_beats_per_s=1.0, check=CheckResult(passed=True),
        counters=Counters(received=50 * index, published=50 * index,
                          errors=index * (20 if unhealthy else 1), beats=5 * index))


def rounds(count: int, unhealthy: int) -> list[float]:
    """Evaluate so many rounds of so many nodes, and return the CPU seconds that each took."""
    names = [f'node{index}' for index in range(count)]
    evaluation = Evaluation(SystemRules(interval_s=INTERVAL_S, nodes={
        name: NodeRules(name=name, max_memory_mb=500.0, max_threads=50, min_messages_per_s=1.0)
        for name in names}))
    evaluation.monitor(True, 0.0)
    for name in names:
        evaluation.unit_state(name, 'starting', 'its turn', 0.0, generation=1)
        evaluation.unit_state(name, 'ready', 'ready after 1.0 s', 1.0, generation=1)
    took = []
    for index in range(1, ROUNDS):
        at = INTERVAL_S * index
        samples = [sample(index, unhealthy=number < unhealthy) for number in range(count)]
        machine = SystemSample(cpu_percent=20.0, memory_percent=30.0, memory_available_mb=2800.0,
                               disk_percent=40.0, load_1m=0.3)
        began = process_time()
        for name, one in zip(names, samples):
            evaluation.sample(name, one, at)
        evaluation.system_sample(machine, at)
        evaluation.advance(at)
        took.append(process_time() - began)
    return took


def main() -> None:
    """Print the table."""
    print('| nodes | all healthy, ms | % of a core | one in ten unhealthy, ms | % of a core |')
    print('| --- | --- | --- | --- | --- |')
    for count in (20, 50, 200):
        cells = []
        for unhealthy in (0, count // 10):
            ms = 1e3 * median(rounds(count, unhealthy))
            cells += [f'{ms:.1f}', f'{ms / 10 / INTERVAL_S:.2f}']
        print(f'| {count} | ' + ' | '.join(cells) + ' |')


if __name__ == '__main__':
    main()
