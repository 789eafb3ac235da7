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

"""ROS messages from what the supervisor says of the robot's health."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
import math
from typing import Any

from builtin_interfaces.msg import Time
from nevil_health.control.reports import AlertReport
from nevil_health.control.reports import NodeReport
from nevil_health.control.reports import SystemReport
from nevil_msgs.msg import Alert
from nevil_msgs.msg import NodeHealth
from nevil_msgs.msg import Signal
from nevil_msgs.msg import SystemHealth

__all__ = ['alert', 'node_health', 'system_health']


def node_health(report: NodeReport) -> NodeHealth:
    """Return a NodeHealth with these fields; None is nan."""
    return _fill(NodeHealth, report)


def system_health(report: SystemReport) -> SystemHealth:
    """Return a SystemHealth with these fields; its time is that of whoever publishes it."""
    return _fill(SystemHealth, report)


def alert(report: AlertReport) -> Alert:
    """Return an Alert with these fields."""
    return _fill(Alert, report)


def _fill(kind: Any, report: object) -> Any:
    message = kind()
    for name, convert in _fields(kind):
        setattr(message, name, convert(getattr(report, name, None)))
    return message


@lru_cache(maxsize=None)
def _fields(kind: Any) -> tuple[tuple[str, Callable[[Any], Any]], ...]:
    return tuple((name, _CONVERT[type_name])
                 for name, type_name in kind.get_fields_and_field_types().items())


def _time(value: Any) -> Time:
    """Return a time given in seconds."""
    fraction, seconds = math.modf(_number(value) if value is not None else 0.0)
    return Time(sec=int(seconds), nanosec=int(fraction * 1e9))


def _number(value: Any) -> float:
    return math.nan if value is None else float(value)


def _unsigned(bits: int) -> Callable[[Any], int]:
    largest = (1 << bits) - 1
    return lambda value: max(0, min(largest, int(value or 0)))


def _text(value: Any) -> str:
    return '' if value is None else str(value)


_CONVERT: dict[str, Callable[[Any], Any]] = {
    'string': _text, 'double': _number, 'boolean': bool,
    'uint32': _unsigned(32), 'uint64': _unsigned(64), 'builtin_interfaces/Time': _time,
    'sequence<string>': lambda value: [_text(one) for one in value or ()],
    'sequence<nevil_msgs/Signal>': lambda value: [_fill(Signal, one) for one in value or ()],
}
