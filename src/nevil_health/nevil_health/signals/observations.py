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

"""Observations of a node or of the machine, the input of the evaluation. Plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Literal

from nevil_health.signals.probes import ProbeReading
from nevil_health.signals.probes import ProbeRule
from nevil_nodes.lazy_dataclass import dataclass

__all__ = ['CheckResult', 'Counters', 'NodeRules', 'NodeSample', 'SystemRules', 'SystemSample']


@dataclass(frozen=True, kw_only=True, slots=True)
class Counters:
    """
    What a node counts of itself; from 0 at each start of its process.

    :param received: messages handled by callbacks
    :param published: messages published
    :param errors: errors of main loop, callbacks and publishing
    :param beats: heartbeats received of this instance
    :param lost_beats: heartbeats missing in the sequence
    """

    received: int = 0
    published: int = 0
    errors: int = 0
    beats: int = 0
    lost_beats: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckResult:
    """
    The last result of a node's health check.

    :param passed: None before the first result
    :param failures: failed ones in a row
    :param text: what it said, or why it counts as failed (raised, overran, returned no bool)
    """

    passed: bool | None = None
    failures: int = 0
    duration_s: float = 0.0
    text: str = ''


@dataclass(frozen=True, kw_only=True, slots=True)
class NodeSample:
    """
    One look at a running node. None is "not known", which is never taken for 0.

    :param generation: start of the process that was looked at
    :param process_state: letter as in proc(5) of its leading process
    :param cpu_percent: of one core, whole process tree, since the sample before
    :param memory_mb: proportional set size of the tree
    :param memory_limit_mb: of its cgroup, where it has one of its own
    :param fds: open files of the process that has most of them
    :param fds_limit: soft RLIMIT_NOFILE of that process
    :param beat_age_s: since the last heartbeat was received
    :param lifecycle_state: the node's own last word
    :param desired_state: what it should be; '' where nothing is wanted (a foreign executable)
    :param main_loop_age_s: since the main loop last showed progress; None where none runs
    :param executor_lag_s: by which the node's own timer fired too late
    :param response_s: 95th percentile of its recent callbacks
    :param instances: processes that beat under this name at the same time
    :param beats_per_s: heartbeats received, and ``expected_beats_per_s`` as many as it promised
    :param shared: it shares its process with other nodes: the numbers are the process's
    """

    generation: int
    process_state: str | None = None
    cpu_percent: float | None = None
    memory_mb: float | None = None
    memory_limit_mb: float | None = None
    threads: int | None = None
    fds: int | None = None
    fds_limit: int | None = None
    processes: int | None = None
    beat_age_s: float | None = None
    lifecycle_state: str | None = None
    desired_state: str = ''
    main_loop_age_s: float | None = None
    executor_lag_s: float | None = None
    response_s: float | None = None
    instances: int = 1
    beats_per_s: float | None = None
    expected_beats_per_s: float | None = None
    shared: bool = False
    counters: Counters | None = None
    check: CheckResult | None = None
    probes: tuple[ProbeReading, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class SystemSample:
    """
    One look at the machine and at the monitor itself.

    :param cpu_percent: of all cores
    :param memory_percent: 1 - MemAvailable/MemTotal
    :param disk_percent: used share of the disk that holds the logs
    :param monitor_lag_s: time that the monitor's own loop lost since the sample before
    :param unmanaged: names that beat and belong to no node of the robot; at most 512 are counted
    :param malformed: heartbeats dropped since the monitor's start because they made no sense
    """

    cpu_percent: float | None = None
    memory_percent: float | None = None
    memory_available_mb: float | None = None
    disk_percent: float | None = None
    load_1m: float | None = None
    monitor_lag_s: float = 0.0
    unmanaged: tuple[str, ...] = ()
    malformed: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class NodeRules:
    """
    The limits of one node. None switches a signal off.

    :param requires: nodes it needs; theirs is the blame when it is paused for them
    :param max_cpu_percent: of one core
    :param max_main_loop_s: longest time without progress of the main loop
    :param max_memory_percent: of ``max_memory_mb``, else of its cgroup, else of the machine
    :param max_error_rate: errors per handled or published message, 0 to 1
    :param min_messages_per_s: fewest messages handled and published together
    :param shutdown_s: a node that has ended by itself gets so long to end its process
    :param restart_on: signals that, when unhealthy, end the node's process; being over a threshold
        of theirs is unhealthy, where it is otherwise degraded
    """

    name: str
    criticality: Literal['critical', 'important', 'optional'] = 'important'
    requires: tuple[str, ...] = ()
    max_cpu_percent: float | None = 80.0
    max_memory_mb: float | None = None
    max_memory_percent: float | None = 85.0
    max_threads: int | None = None
    max_fds: int | None = None
    max_main_loop_s: float | None = 300.0
    max_error_rate: float | None = 0.1
    max_response_s: float | None = 5.0
    min_messages_per_s: float | None = None
    check_failures: int = 3
    probes: Mapping[str, ProbeRule] = field(default_factory=dict)
    shutdown_s: float = 10.0
    restart_on: frozenset[str] = frozenset({'progress', 'health_check'})


@dataclass(frozen=True, kw_only=True, slots=True)
class SystemRules:
    """The limits of the machine; ``interval_s`` is the time between two samples."""

    interval_s: float = 5.0
    max_cpu_percent: float | None = 80.0
    max_memory_percent: float | None = 85.0
    max_disk_percent: float | None = 95.0
    max_monitor_lag_s: float = 1.0
    nodes: Mapping[str, NodeRules] = field(default_factory=dict)
