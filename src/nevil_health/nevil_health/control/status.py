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

"""The state of a project: the object that ``nevil status --json`` prints."""

from __future__ import annotations

from typing import ClassVar

from nevil_health.control.base import Reply
from nevil_health.control.base import Request
from nevil_health.control.reports import AlertReport
from nevil_health.control.reports import SignalReport
from nevil_health.control.reports import SystemReport
from nevil_nodes.lazy_dataclass import dataclass

__all__ = ['GetStatus', 'LogFile', 'LogScope', 'NodeStatus', 'ProjectStatus']


@dataclass(frozen=True, kw_only=True, slots=True)
class NodeStatus:
    """
    One node.

    :param state: of its unit, as in docs/states.md
    :param generation: how many times it was started
    :param restarts: by policy
    :param reason: why it is in that state
    :param paused_by: the nodes that it waits for
    :param process: of which it is part; its own name when it is alone
    :param root: the node whose failure this one suffers from
    :param held: no automatic recovery of it until it is released
    :param health: unknown, healthy, degraded or unhealthy
    :param cause: why it is not healthy
    """

    name: str
    state: str = ''
    pid: int | None = None
    generation: int = 0
    uptime_s: float | None = None
    restarts: int = 0
    cpu_percent: float | None = None
    memory_mb: float | None = None
    reason: str = ''
    paused_by: tuple[str, ...] | None = None
    muted: bool = False
    process: str = ''
    root: str = ''
    held: bool = False
    health: str = ''
    cause: str = ''
    signals: tuple[SignalReport, ...] = ()
    criticality: str = ''
    heartbeat_age_s: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class LogFile:
    """One log file."""

    name: str
    path: str
    bytes: int = 0  # noqa: A003


@dataclass(frozen=True, kw_only=True, slots=True)
class LogScope:
    """Whether LogScope runs."""

    running: bool = False
    pid: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ProjectStatus(Reply):
    """
    The state of a project and of all of its nodes.

    :param state: starting, ready, degraded or stopping
    :param settled: ready or degraded, once every node is ready or given up
    """

    project: str = ''
    directory: str = ''
    state: str = ''
    nodes: tuple[NodeStatus, ...] = ()
    logs: tuple[LogFile, ...] = ()
    health: SystemReport | None = None
    alerts: tuple[AlertReport, ...] = ()
    logscope: LogScope = LogScope()
    settled: str | None = None
    pid: int | None = None
    spawner_pid: int | None = None
    capture_pid: int | None = None
    health_pid: int | None = None
    uptime_s: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class GetStatus(Request[ProjectStatus]):
    """Ask for the state of everything."""

    VERB: ClassVar[str] = 'status'
