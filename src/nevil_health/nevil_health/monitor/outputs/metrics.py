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

"""Numbers of the robot in the text format of Prometheus, version 0.0.4."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from dataclasses import field
import math
import re
from typing import Any

from nevil_health.control.monitor import PublishHealth
from nevil_health.signals.observations import NodeSample
from nevil_health.signals.observations import SystemSample
from nevil_nodes.lazy_dataclass import dataclass

__all__ = ['CONTENT_TYPE', 'Snapshot', 'render']

CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'
_LEVELS = ('unknown', 'healthy', 'degraded', 'unhealthy')
_MB = 2**20
_NAME = re.compile(r'[a-z][a-z0-9_]*')

Labels = dict[str, str]
Rows = Iterable[tuple[Labels, float | None]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Snapshot:
    """
    What is known at one moment; nobody changes it any more.

    :param health: what the supervisor last said; None: nothing
    :param lost_s: time that the monitor has lost since its start
    """

    nodes: Mapping[str, NodeSample] = field(default_factory=dict)
    system: SystemSample = SystemSample()
    health: PublishHealth | None = None
    lost_s: float = 0.0


def render(snapshot: Snapshot) -> str:
    """Return the whole page; what is not known is left out."""
    lines: list[str] = []
    for name, kind, text, rows in _families(snapshot):
        samples = [f'{name}{_labels(labels)} {_number(value)}' for labels, value in rows
                   if value is not None]
        if samples:
            lines += [f'# HELP {name} {_help(text)}', f'# TYPE {name} {kind}', *samples]
    return '\n'.join(lines) + '\n'


def _families(snapshot: Snapshot) -> Iterator[tuple[str, str, str, Rows]]:
    if snapshot.health is not None:
        yield from _of_health(snapshot.health)
    yield from _of_samples(snapshot.nodes)
    yield from _of_machine(snapshot)


def _of_health(health: PublishHealth) -> Iterator[tuple[str, str, str, Rows]]:
    nodes = [({'node': one.node}, one) for one in health.nodes]
    yield ('nevil_node_up', 'gauge', 'Whether the node has a process.',
           [(labels, float(bool(one.pid))) for labels, one in nodes])
    yield ('nevil_node_state', 'gauge', 'State of the node: 1 for the current state.',
           [({**labels, 'state': one.state}, 1.0) for labels, one in nodes])
    yield ('nevil_node_health', 'gauge', 'Health of the node: 1 for the current level.',
           [({**labels, 'level': level}, float(one.level == level))
            for labels, one in nodes for level in _LEVELS])
    yield ('nevil_node_restarts_total', 'counter', 'Restarts by policy.',
           [(labels, _float(one.restarts)) for labels, one in nodes])
    yield ('nevil_node_uptime_seconds', 'gauge', 'Time since the process was started.',
           [(labels, _float(one.uptime)) for labels, one in nodes])
    yield ('nevil_system_state', 'gauge', 'Health of the robot: 1 for the current level.',
           [({'state': one}, float(one == health.system.level)) for one in _LEVELS[1:]])
    firing = Counter((alert.signal, alert.severity) for alert in health.alerts
                     if alert.state == 'firing')
    yield ('nevil_alerts_firing', 'gauge', 'Incidents that last.',
           [({'rule': rule, 'severity': severity}, float(count))
            for (rule, severity), count in sorted(firing.items())])
    for name, value in sorted((health.counters or {}).items()):
        if _NAME.fullmatch(name):
            yield (f'nevil_{name}_total', 'counter', f'Of the supervisor: {name}.',
                   [({}, _float(value))])


def _of_samples(samples: Mapping[str, NodeSample]) -> Iterator[tuple[str, str, str, Rows]]:
    nodes = [({'node': name}, sample) for name, sample in samples.items()]

    def gauge(name: str, text: str, attribute: str, factor: float = 1.0
              ) -> tuple[str, str, str, Rows]:
        return name, 'gauge', text, [
            (labels, _float(getattr(one, attribute), factor)) for labels, one in nodes]

    yield gauge('nevil_node_heartbeat_age_seconds', 'Time since the last heartbeat, as sampled.',
                'beat_age_s')
    yield gauge('nevil_node_cpu_ratio', 'Use of one core by the process tree.', 'cpu_percent',
                0.01)
    yield gauge('nevil_node_memory_bytes', 'Proportional set size of the process tree.',
                'memory_mb', _MB)
    yield gauge('nevil_node_memory_limit_bytes', 'Limit of the control group.',
                'memory_limit_mb', _MB)
    yield gauge('nevil_node_open_fds', 'Open files of the process that has the most.', 'fds')
    yield gauge('nevil_node_max_fds', 'Limit of open files.', 'fds_limit')
    yield gauge('nevil_node_threads', 'Threads of the process tree.', 'threads')
    yield gauge('nevil_node_response_p95_seconds', '95th percentile of recent callbacks.',
                'response_s')
    yield gauge('nevil_node_main_loop_age_seconds', 'Time since progress of the main loop.',
                'main_loop_age_s')
    yield from _of_words(nodes)


def _of_words(nodes: list[tuple[Labels, NodeSample]]) -> Iterator[tuple[str, str, str, Rows]]:
    for name, text, attribute in (
            ('heartbeats', 'Heartbeats received.', 'beats'),
            ('heartbeat_gaps', 'Heartbeats missing in the sequence.', 'lost_beats'),
            ('messages_received', 'Messages handled.', 'received'),
            ('messages_published', 'Messages published.', 'published'),
            ('errors', 'Errors of main loop, callbacks and publishing.', 'errors')):
        yield (f'nevil_node_{name}_total', 'counter', text,
               [(labels, _float(getattr(one.counters, attribute, None))) for labels, one in nodes])
    yield ('nevil_node_check_success', 'gauge', 'Whether the last health check passed.',
           [(labels, _float(getattr(one.check, 'passed', None))) for labels, one in nodes])
    yield ('nevil_node_check_duration_seconds', 'gauge', 'Duration of the last health check.',
           [(labels, one.check.duration_s) for labels, one in nodes
            if one.check is not None and one.check.passed is not None])


def _of_machine(snapshot: Snapshot) -> Iterator[tuple[str, str, str, Rows]]:
    system = snapshot.system
    for name, text, value in (
            ('nevil_system_cpu_ratio', 'Use of all cores.', _float(system.cpu_percent, 0.01)),
            ('nevil_system_memory_ratio', 'Use of the memory.',
             _float(system.memory_percent, 0.01)),
            ('nevil_system_disk_ratio', 'Use of the disk with the logs.',
             _float(system.disk_percent, 0.01)),
            ('nevil_system_load1', 'Load average of a minute.', _float(system.load_1m)),
            ('nevil_system_unmanaged_names', 'Names that send heartbeats and belong to no node.',
             float(len(system.unmanaged))),
            ('nevil_monitor_loop_lag_seconds', 'Time lost by the monitor in the last interval.',
             system.monitor_lag_s)):
        yield name, 'gauge', text, [({}, value)]
    yield ('nevil_monitor_lost_seconds_total', 'counter', 'Time lost by the monitor.',
           [({}, snapshot.lost_s)])
    yield ('nevil_monitor_dropped_total', 'counter', 'What the monitor dropped.',
           [({'what': 'malformed'}, float(system.malformed))])


def _float(value: Any, factor: float = 1.0) -> float | None:
    return None if value is None else float(value) * factor


def _number(value: float) -> str:
    if math.isnan(value):
        return 'NaN'
    if math.isinf(value):
        return '+Inf' if value > 0 else '-Inf'
    return repr(value)


def _labels(labels: Labels) -> str:
    if not labels:
        return ''
    return '{' + ','.join(f'{name}="{_escape(value)}"' for name, value in labels.items()) + '}'


def _escape(text: str) -> str:
    return _help(text).replace('"', r'\"')


def _help(text: str) -> str:
    return text.replace('\\', r'\\').replace('\n', r'\n')
