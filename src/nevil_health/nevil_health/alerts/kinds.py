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

"""What follows from the kind of a signal: its severity, whose consequence it can be, its hold."""

from __future__ import annotations

from nevil_health.alerts.views import Severity
from nevil_health.signals.views import Level
from nevil_health.signals.views import LevelChange

__all__ = [
    'BLINDING', 'FAILURES', 'HOLD_S', 'LIFE', 'LIMIT_ACTION_S', 'PROCESS_WIDE', 'SENSED',
    'SEVERITIES', 'TOGETHER_FROM', 'TOGETHER_S', 'WITH_SPAWNER', 'gives_up', 'severity_of',
]

SEVERITIES: tuple[Severity, ...] = ('warning', 'error', 'critical')

# Faces of one failure: of these, what comes later on the same node is a consequence of the first.
# All others (resources, rates) are causes of their own, unless a failure was there before them.
FAILURES = frozenset({
    'process', 'start', 'heartbeat', 'progress', 'health_check', 'liveness', 'readiness',
    'lifecycle', 'duplicate', 'runaway',
})

# Nodes that share a process share these: the first one stands for all of them.
PROCESS_WIDE = frozenset({
    'process', 'start', 'heartbeat', 'cpu', 'memory', 'threads', 'fds', 'memory_trend',
    'threads_trend', 'fds_trend',
})

# While one of the first (of the system) is open, the second (of all nodes) prove nothing.
BLINDING = frozenset({'network', 'monitor'})
SENSED = frozenset({'heartbeat'})

# All processes end with the spawner. Of more than two nodes whose processes end within a second
# by themselves, something else was the cause, and the first stands for all.
WITH_SPAWNER = frozenset({'process', 'start'})
TOGETHER_S = 1.0
TOGETHER_FROM = 3

# The evaluation has counted samples already, so that most fire at once. A health node that was
# lost is back within a second or two: only a longer absence is worth a notification.
HOLD_S = {('', 'monitor'): 5.0}

# A process that ends so soon after it (or its node) exceeded a limit ended for it: ended by the
# supervisor, as ``on_exceeded: restart`` wants it, or by the kernel for lack of memory.
LIMIT_ACTION_S = 60.0

# Each new end of a process comes back, whatever was known between. A crash loop does not flap: it
# has its own end, the budget of restarts, and is notified then.
LIFE = frozenset({'process', 'start'})

# How the policy core says that it will not start a node again.
_GIVEN_UP = ('given up', 'not restarted')


def gives_up(change: LevelChange) -> bool:
    """Return whether the node stays down until an operator starts it."""
    return (change.signal in ('process', 'start') and change.new == 'unhealthy'
            and any(words in change.cause for words in _GIVEN_UP))


def severity_of(
    node: str, signal: str, level: Level, *, criticality: str, given_up: bool,
) -> Severity:
    """Return how bad it is: by level, by what the robot needs, by whether the node is given up."""
    if given_up:
        return 'error' if criticality == 'optional' else 'critical'
    if level == 'degraded':
        return 'error' if (node, signal) == ('', 'network') else 'warning'
    return 'critical' if node and criticality == 'critical' else 'error'
