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

"""What the state of a unit means for the signals of its nodes."""

from __future__ import annotations

from nevil_health.signals.views import NODE_SIGNALS

__all__ = ['BY_BEATS', 'DOWN', 'FACTS', 'FAILING', 'evaluated_in', 'OUT']

FACTS = frozenset({'process', 'start', 'heartbeat'})   # from events rather than from samples
BY_BEATS = frozenset({   # stale as soon as the heartbeat is
    'progress', 'health_check', 'error_rate', 'response_time', 'throughput', 'lifecycle',
    'duplicate', 'runaway',
})

FAILING = frozenset({'unhealthy', 'backoff', 'failed'})
OUT = frozenset({'stopping', 'stopped', 'disabled', 'completed'})   # as somebody wanted it
DOWN = FAILING | OUT | {'', 'waiting'}                  # samples mean nothing

_ALL = frozenset(NODE_SIGNALS)
_SILENT = frozenset({
    'heartbeat', 'progress', 'health_check', 'error_rate', 'response_time', 'throughput',
    'lifecycle', 'readiness',
})
_PAUSED = _ALL - _SILENT
_STARTING = frozenset({'process', 'memory', 'threads', 'fds', 'duplicate'})
_NONE: frozenset[str] = frozenset()


def evaluated_in(state: str) -> frozenset[str]:
    """
    Return the signals that are evaluated in a state of the unit.

    A ready node by all of them. One that starts may use the CPU as it likes; one that is paused
    (or in any other state with a process) owes neither beats nor messages.
    """
    if state == 'ready':
        return _ALL
    if state == 'starting':
        return _STARTING
    return _NONE if state in DOWN else _PAUSED
