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

"""Health as it is sent: ages instead of monotonic times."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
import logging
import time

from nevil_health.alerts.views import Alert
from nevil_health.alerts.views import AlertNews
from nevil_health.control.reports import AlertReport
from nevil_health.control.reports import NodeReport
from nevil_health.control.reports import SignalReport
from nevil_health.control.reports import SystemReport
from nevil_health.signals.views import NodeHealth
from nevil_health.signals.views import SignalView
from nevil_health.signals.views import SystemHealth

__all__ = ['alert_report', 'log_level', 'node_report', 'signal_reports', 'system_report']

_LEVELS = {'warning': logging.WARNING, 'error': logging.ERROR, 'critical': logging.ERROR}
_SYSTEM = tuple(
    field.name for field in fields(SystemHealth) if field.name.startswith(('cpu_', 'memory_')))
_ALERT = tuple(field.name for field in fields(Alert)
               if field.name in {one.name for one in fields(AlertReport)})


def signal_reports(signals: Iterable[SignalView], at: float) -> tuple[SignalReport, ...]:
    """Return each signal of which anything was ever known."""
    return tuple(
        SignalReport(name=one.signal, level=one.level, value=one.value, threshold=one.threshold,
                     since=_age(one.since, at), cause=one.cause)
        for one in signals if one.since)


def node_report(
    health: NodeHealth, at: float, *, pid: int, generation: int, restarts: int,
    uptime: float | None, cpu_percent: float | None, memory_mb: float | None,
) -> NodeReport:
    """Return the health of a node with what is known of its process."""
    return NodeReport(
        node=health.node, level=health.level, state=health.state, cause=health.cause,
        root=health.root, criticality=health.criticality, since=_age(health.since, at), pid=pid,
        generation=generation, restarts=restarts, uptime=uptime, cpu_percent=cpu_percent,
        memory_mb=memory_mb, signals=signal_reports(health.signals.values(), at))


def system_report(health: SystemHealth, at: float, project: str) -> SystemReport:
    """Return the health of the robot."""
    counts = health.nodes
    return SystemReport(
        project=project, level=health.level, causes=health.causes, since=_age(health.since, at),
        healthy=counts.get('healthy', 0), degraded=counts.get('degraded', 0),
        unhealthy=counts.get('unhealthy', 0), unknown=counts.get('unknown', 0),
        **{name: getattr(health, name) for name in _SYSTEM},
        messages_per_s=health.messages_per_s, error_rate=health.error_rate,
        monitor_lag=health.monitor_lag_s, signals=signal_reports(health.signals.values(), at))


def log_level(news: AlertNews) -> int:
    """Return the level of the log line for news of an incident."""
    return logging.INFO if news.kind == 'resolved' else _LEVELS[news.alert.severity]


def alert_report(alert: Alert, at: float) -> AlertReport:
    """Return an incident."""
    ended = alert.ended if alert.ended is not None else at
    return AlertReport(
        **{name: getattr(alert, name) for name in _ALERT},
        started=round(time.time() - (at - alert.since), 3), age=round(at - alert.since, 3),
        duration=round(ended - alert.since, 3))


def _age(since: float, at: float) -> float | None:
    """Return the seconds since then; None where nothing has happened yet."""
    return round(at - since, 3) if since else None
