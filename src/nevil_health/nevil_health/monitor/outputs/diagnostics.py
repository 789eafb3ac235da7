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

"""The same health for the standard tools, by REP 107: one status for each node."""

from __future__ import annotations

from collections.abc import Iterable
import math
import socket
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray
from diagnostic_msgs.msg import DiagnosticStatus
from diagnostic_msgs.msg import KeyValue
from nevil_msgs.msg import NodeHealth
from nevil_msgs.msg import Signal
from nevil_msgs.msg import SystemHealth

__all__ = ['diagnostics']

_PREFIX = 'nevil: '
_LEVELS = {'healthy': DiagnosticStatus.OK, 'degraded': DiagnosticStatus.WARN,
           'unhealthy': DiagnosticStatus.ERROR}
_HOST = socket.gethostname() or 'none'


def diagnostics(system: SystemHealth, nodes: Iterable[NodeHealth], stamp: Any) -> DiagnosticArray:
    """Return the robot's health as diagnostics; one without a known level is stale."""
    array = DiagnosticArray(status=[_of_system(system), *(_of_node(node) for node in nodes)])
    array.header.stamp = stamp
    return array


def _of_system(system: SystemHealth) -> DiagnosticStatus:
    return _status('system', system.level, '; '.join(system.causes) or system.level, {
        'nodes healthy': system.healthy, 'nodes degraded': system.degraded,
        'nodes unhealthy': system.unhealthy, 'nodes unknown': system.unknown,
        'CPU [%]': system.cpu_percent, 'memory [%]': system.memory_percent,
        'messages per s': system.messages_per_s, 'monitor lag [s]': system.monitor_lag,
        **_signals(system.signals)})


def _of_node(node: NodeHealth) -> DiagnosticStatus:
    return _status(node.node, node.level, node.cause or node.state, {
        'state': node.state, 'pid': node.pid, 'restarts': node.restarts,
        'CPU [% of a core]': node.cpu_percent, 'memory [MB]': node.memory_mb,
        **_signals(node.signals)})


def _signals(signals: Iterable[Signal]) -> dict[str, Any]:
    return {signal.name: f'{signal.level}: {signal.cause}' if signal.cause else signal.level
            for signal in signals if signal.level != 'healthy'}


def _status(name: str, level: str, message: str, values: dict[str, Any]) -> DiagnosticStatus:
    return DiagnosticStatus(
        name=_PREFIX + name, level=_LEVELS.get(level, DiagnosticStatus.STALE), message=message,
        hardware_id=_HOST, values=[KeyValue(key=key, value=_text(value))
                                   for key, value in values.items() if not _is_nan(value)])


def _text(value: Any) -> str:
    return f'{value:.4g}' if isinstance(value, float) and abs(value) < 1000 else (
        f'{value:.0f}' if isinstance(value, float) else str(value))


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and math.isnan(value)
