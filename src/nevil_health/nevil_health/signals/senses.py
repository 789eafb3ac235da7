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

"""What is known of a node's numbers: samples in, findings out."""

from __future__ import annotations

from nevil_health.signals import conduct
from nevil_health.signals import limits
from nevil_health.signals.history import History
from nevil_health.signals.hysteresis import Finding
from nevil_health.signals.observations import NodeRules
from nevil_health.signals.probes import evaluate
from nevil_health.signals.rates import Rates
from nevil_health.signals.reading import Look

__all__ = ['off', 'Senses']


def off(rules: NodeRules) -> frozenset[str]:
    """Return the signals that the rules switch off."""
    without = {
        'cpu': rules.max_cpu_percent is None,
        'memory': rules.max_memory_mb is None and rules.max_memory_percent is None,
        'memory_trend': rules.max_memory_mb is None and rules.max_memory_percent is None,
        'threads': rules.max_threads is None,
        'threads_trend': rules.max_threads is None,
        'progress': rules.max_main_loop_s is None,
        'error_rate': rules.max_error_rate is None,
        'response_time': rules.max_response_s is None,
        'throughput': rules.min_messages_per_s is None,
        'liveness': 'liveness' not in rules.probes,
        'readiness': 'readiness' not in rules.probes,
    }
    return frozenset(name for name, is_off in without.items() if is_off)


class Senses:
    """The history and the rates of one node, and what its last sample says by its rules."""

    __slots__ = ('_lifecycle', '_rules', 'history', 'last', 'rates')

    def __init__(self, rules: NodeRules) -> None:
        """Make the senses of a node that was not looked at yet."""
        self._rules = rules
        self._lifecycle = conduct.Lifecycle()
        self.history = History()
        self.rates = Rates()
        self.last: Look | None = None

    def reset(self) -> None:
        """Record that the process is another one, or none: its numbers are the past."""
        self.history.reset()
        self.rates.reset()
        self._lifecycle.reset()
        self.last = None

    def take(self, look: Look, at: float) -> None:
        """Take a sample into the history."""
        self.last = look
        if look.counters is not None:
            self.rates.add(look.counters, at)
        add = self.history.add
        add('cpu', at, look.cpu)
        add('memory', at, look.memory)
        add('threads', at, look.threads)
        add('fds', at, look.fds)
        add('processes', at, look.processes)
        add('beat_age', at, look.beat_age)
        add('main_loop_age', at, look.main_loop_age)
        add('executor_lag', at, look.executor_lag)
        add('response', at, look.response)
        add('beats', at, look.beats)
        add('messages', at, self.rates.messages_per_s)
        add('error_rate', at, self.rates.error_rate)
        add('beat_loss', at, self.rates.beat_loss)

    def evaluate(
        self, look: Look, at: float, machine_mb: float | None,
    ) -> dict[str, Finding | None]:
        """Evaluate the sample by every rule; None is no evidence."""
        rules = self._rules
        found: dict[str, Finding | None] = {
            'progress': conduct.progress(look, rules),
            'health_check': conduct.check(look, rules),
            'lifecycle': self._lifecycle.evaluate(look, rules, at),
            'duplicate': conduct.duplicate(look),
            'runaway': conduct.runaway(look),
        }
        found.update((one.role, evaluate(one, rules.probes[one.role])) for one in look.probes
                     if one.role in rules.probes)
        found.update(limits.resources(look, rules, self.history, machine_mb))
        found.update(limits.performance(look, rules, self.rates))
        return found
