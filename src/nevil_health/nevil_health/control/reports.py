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

"""Health as the messages of nevil_msgs carry it; what is not known is null."""

from __future__ import annotations

from nevil_nodes.lazy_dataclass import dataclass


__all__ = ['AlertReport', 'NodeReport', 'SignalReport', 'SystemReport']


@dataclass(frozen=True, kw_only=True, slots=True)
class SignalReport:
    """
    One health signal: the fields of Signal.msg.

    :param since: seconds for which it has had this level
    """

    name: str
    level: str = 'unknown'
    value: float | None = None
    threshold: float | None = None
    since: float | None = None
    cause: str = ''


@dataclass(frozen=True, kw_only=True, slots=True)
class NodeReport:
    """
    One node: the fields of NodeHealth.msg.

    :param state: of its unit, as in docs/states.md
    :param since: seconds for which it has had this level
    """

    node: str
    level: str = 'unknown'
    state: str = ''
    cause: str = ''
    root: str = ''
    criticality: str = ''
    since: float | None = None
    pid: int = 0
    generation: int = 0
    restarts: int = 0
    uptime: float | None = None
    cpu_percent: float | None = None
    memory_mb: float | None = None
    signals: tuple[SignalReport, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class SystemReport:
    """
    The robot as a whole: the fields of SystemHealth.msg but its time.

    :param healthy: how many nodes have that level; the other levels likewise
    """

    project: str = ''
    level: str = 'unknown'
    causes: tuple[str, ...] = ()
    since: float | None = None
    healthy: int = 0
    degraded: int = 0
    unhealthy: int = 0
    unknown: int = 0
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
    monitor_lag: float | None = None
    signals: tuple[SignalReport, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class AlertReport:
    """
    One incident: the fields of Alert.msg.

    :param started: wall time, seconds since the epoch
    :param age: seconds since it started
    :param duration: seconds that it has lasted
    """

    id: str = ''  # noqa: A003
    key: str = ''
    node: str = ''
    signal: str = ''
    state: str = ''
    severity: str = ''
    text: str = ''
    value: float | None = None
    threshold: float | None = None
    root: str = ''
    flapping: bool = False
    silenced: str = ''
    acknowledged: str = ''
    count: int = 1
    restarts: int = 0
    started: float | None = None
    age: float | None = None
    duration: float | None = None
