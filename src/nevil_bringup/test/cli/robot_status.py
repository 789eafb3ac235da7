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
"""Statuses of a robot with health and alerts, as its supervisor tells them."""

from __future__ import annotations

from typing import Any

from stand_in import node

__all__ = ['ALERTS', 'HEALTH', 'alert', 'history', 'unhealthy_nodes', 'well']


def well(name: str, state: str = 'ready', **more: Any) -> dict[str, Any]:
    """Return a node with its health."""
    return node(name, state, **{
        'health': 'healthy', 'cause': '', 'root': '', 'held': False, 'signals': [],
        'criticality': 'important', 'heartbeat_age_s': 0.4, **more})


def unhealthy_nodes() -> list[dict[str, Any]]:
    """Return a root cause, whom it pauses, and a node that has its own trouble."""
    return [
        well('camera', 'backoff', health='unhealthy', cause='killed by SIGKILL', restarts=2,
             reason='killed by SIGKILL, again in 3.2 s'),
        well('vision', 'paused', paused_by=['camera'], root='camera'),
        well('brain', 'paused', paused_by=['vision'], root='camera'),
        well('ears', health='degraded', held=True,
             cause='CPU 96 % of a core, more than 80 % for 15 s'),
    ]


HEALTH = {'level': 'unhealthy', 'causes': ['camera: killed by SIGKILL', 'ears: CPU 96 %'],
          'cpu_sum_percent': 131.0, 'memory_sum_mb': 800.2, 'cpu_percent': 41.0,
          'memory_percent': 52.5}


def alert(id_: str, name: str, severity: str, text: str, **more: Any) -> dict[str, Any]:
    """Return an alert with the fields of Alert.msg."""
    return {'id': id_, 'key': f'{name}/process', 'node': name, 'signal': 'process',
            'state': 'firing', 'severity': severity, 'text': text, 'value': None,
            'threshold': None, 'started': 1e9, 'age': 12.3, 'duration': 12.3, 'root': '',
            'flapping': False, 'silenced': '', 'acknowledged': '', 'count': 1, 'restarts': 0,
            **more}


ALERTS = [
    alert('a1', 'camera', 'critical', 'killed by SIGKILL', restarts=2, acknowledged='ordered'),
    alert('a2', 'vision', 'error', 'paused by camera', root='a1'),
    alert('a3', 'brain', 'error', 'paused by vision', root='a2'),
    alert('c7', 'ears', 'warning', 'CPU 96 %', signal='cpu', flapping=True, count=3,
          silenced='test drive'),
    alert('d1', 'arm', 'error', 'no heartbeat for 31 s', state='resolved', duration=2.0),
    alert('p1', '', 'warning', 'disk 96 %', signal='disk', state='pending', age=1.0),
]


def history(values: list[float | None]) -> dict[str, Any]:
    """Return the answer to ``history`` for a node called camera."""
    one = {'current': 1.0, 'average': 1.0, 'min': 0.0, 'max': 2.0, 'count': len(values),
           'unit': 'percent', 'values': values}
    return {'nodes': {'camera': {'cpu_percent': one, 'memory_mb': {**one, 'unit': 'MB'}}}}
