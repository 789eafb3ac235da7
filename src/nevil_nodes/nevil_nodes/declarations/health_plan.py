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

"""The limits for the health of nodes and machine, resolved: a part of the plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any
from typing import Literal

from nevil_nodes.lazy_dataclass import dataclass

__all__ = ['AlertPlan', 'HealthCheckPlan', 'LimitPlan', 'ProbePlan']


@dataclass(frozen=True, kw_only=True, slots=True)
class HealthCheckPlan:
    """
    A method of the node that says whether it is well; seconds.

    :param failure_threshold: failures in a row that count as unhealthy
    :param on_failure: what follows then: a restart by policy, or the alert alone
    """

    method: str
    params: Mapping[str, Any] = field(default_factory=dict)
    interval_s: float = 10.0
    timeout_s: float = 5.0
    failure_threshold: int = 3
    on_failure: Literal['restart', 'alert'] = 'restart'


@dataclass(frozen=True, kw_only=True, slots=True)
class ProbePlan:
    """
    One way to see from outside how a node is; seconds.

    :param target: what is asked, by kind: ``name``, ``min_hz``, ``max_age_s`` of a topic; ``node``
        (and ``state``); ``name`` of a service; ``host`` and ``port``; ``url``; ``argv``;
        ``pattern``
    :param implied: nobody asked for it: a node that offers no parameters is not blamed for it
    """

    kind: Literal['topic', 'parameters', 'lifecycle', 'service', 'tcp', 'http', 'exec', 'log']
    target: Mapping[str, Any] = field(default_factory=dict)
    period_s: float = 5.0
    timeout_s: float = 0.8
    failure_threshold: int = 2
    success_threshold: int = 1
    initial_delay_s: float = 0.0
    implied: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class LimitPlan:
    """
    What a node may use and how it should perform. None: no limit.

    :param cpu_percent: of one core, its whole process tree
    :param restart_on: resources (signals) that end the node's process when they are over their
        limit; only those that the node has a limit of its own for
    :param main_loop_s: longest time without progress of the main loop
    :param error_rate: errors per message, 0 to 1
    """

    memory_mb: float | None = None
    cpu_percent: float | None = 80.0
    threads: int | None = None
    fds: int | None = None
    restart_on: tuple[str, ...] = ()
    main_loop_s: float | None = 300.0
    response_s: float | None = 5.0
    error_rate: float | None = 0.1
    min_messages_per_s: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class AlertPlan:
    """
    Thresholds of the machine, and the outputs. None: not watched.

    :param exec: command line of the hook, run without a shell for each loud piece of news
    :param prometheus_port: of 127.0.0.1 (or ``prometheus_address``); None: not served
    """

    cpu_percent: float | None = 80.0
    memory_percent: float | None = 85.0
    disk_percent: float | None = 95.0
    exec: tuple[str, ...] = ()  # noqa: A003
    exec_timeout_s: float = 10.0
    repeat_s: float = 300.0
    prometheus_port: int | None = None
    prometheus_address: str = '127.0.0.1'
