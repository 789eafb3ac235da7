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

"""What the evaluation says: snapshots that nobody can change, and one record for each change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from nevil_nodes.lazy_dataclass import dataclass

__all__ = [
    'Level', 'MetricSummary', 'NodeHealth', 'NODE_SIGNALS', 'SignalView', 'SystemHealth',
    'SYSTEM_SIGNALS', 'LevelChange',
]

Level = Literal['unknown', 'healthy', 'degraded', 'unhealthy']

NODE_SIGNALS = (
    'process',            # exits, could not be started, given up; stopped (T), zombie (Z)
    'start',              # not ready in time
    'heartbeat',          # late
    'progress',           # heartbeats arrive, the main loop makes no progress
    'health_check',
    'liveness', 'readiness',   # its probes failed
    'cpu', 'memory', 'threads', 'fds',
    'memory_trend', 'threads_trend', 'fds_trend',   # will reach the limit within 10 minutes
    'error_rate', 'response_time', 'throughput',
    'lifecycle',          # in another state than desired
    'duplicate',          # two processes beat under one name
    'runaway',            # beats far too often
)
SYSTEM_SIGNALS = (
    'cpu', 'memory', 'disk',
    'monitor',            # no health node is attached
    'monitor_lag',        # the health node comes late
    'spawner',            # it ended, and every process with it
    'network',            # all nodes fell silent at once
    'unmanaged',          # names beat that belong to no node of the robot
)


@dataclass(frozen=True, kw_only=True, slots=True)
class SignalView:
    """One signal of a node (or of the system) now; ``since`` is monotonic seconds."""

    signal: str
    level: Level
    since: float
    value: float | None = None
    threshold: float | None = None
    cause: str = ''


@dataclass(frozen=True, kw_only=True, slots=True)
class LevelChange:
    """
    A level has changed; or a process that has failed and was not ready since has failed again.

    That a signal gets its first good sample, or that nothing is known any more of one that was
    good, is no level change of its own: that of the whole shows it.

    :param sequence: counts all changes of this evaluation
    :param node: whose; '' is the system
    :param signal: which; '' is the node, or the system, as a whole
    :param cause: one clause with fact and numbers: ``CPU 96 % of a core, more than 80 % for 15 s``
    """

    sequence: int
    at: float
    node: str
    signal: str
    old: Level
    new: Level
    cause: str
    value: float | None = None
    threshold: float | None = None
    evidence: str = ''


@dataclass(frozen=True, kw_only=True, slots=True)
class MetricSummary:
    """The last samples (100 at most) of one metric; ``unit`` as in ``percent``, ``MB``, ``s``."""

    current: float
    average: float
    min: float  # noqa: A003
    max: float  # noqa: A003
    count: int
    unit: str = ''


@dataclass(frozen=True, kw_only=True, slots=True)
class NodeHealth:
    """
    One node now.

    :param level: the worst of its signals; a node that is paused, waits or was stopped on purpose
        has ``state`` to say so, and is not unhealthy for it; unknown without recent data
    :param state: of its unit, as in docs/states.md
    :param signals: those that are not off, by name
    :param root: the node whose failure this one suffers from, '' if none
    """

    node: str
    level: Level
    state: str
    since: float
    cause: str
    signals: Mapping[str, SignalView]
    criticality: str = 'important'
    root: str = ''


@dataclass(frozen=True, kw_only=True, slots=True)
class SystemHealth:
    """
    The robot as a whole now: sums and maxima, never averages of totals.

    :param causes: why it is not healthy, root causes first, one for each
    :param nodes: how many there are of each level
    """

    level: Literal['healthy', 'degraded', 'unhealthy']
    since: float
    causes: tuple[str, ...]
    nodes: Mapping[str, int]
    signals: Mapping[str, SignalView]
    cpu_sum_percent: float | None = None
    cpu_max_percent: float | None = None
    cpu_max_node: str = ''
    memory_sum_mb: float | None = None
    memory_max_mb: float | None = None
    memory_max_node: str = ''
    cpu_percent: float | None = None
    memory_percent: float | None = None
    messages_per_s: float | None = None
    error_rate: float | None = None
    monitor_lag_s: float | None = None
