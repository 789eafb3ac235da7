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

"""The rules that a ``.messages`` file gives a field, checked on one value each."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
import math
import numbers
from typing import Any

from nevil_msggen.shown import short_repr
from nevil_nodes.node.errors import Refused

__all__ = ['checker', 'plain']

Check = Callable[[Any], Any]

_INT64 = 2 ** 63


def checker(field: Mapping[str, Any]) -> Check:
    """Return what checks a scalar value of a declared field and gives it its ROS type."""
    steps = [_OF_TYPE[field['type']], *_constraints(field)]
    if len(steps) == 1:
        return steps[0]

    def check(value: Any) -> Any:
        for step in steps:
            value = step(value)
        return value
    return check


def plain(value: Any) -> Any:
    """Return a scalar of numpy, or an array without dimensions, as Python's own value."""
    return value.item() if getattr(value, 'ndim', None) == 0 else value


def _string(value: Any) -> str:
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            raise Refused(f'{short_repr(value)} is not valid Unicode text') from None
        if '\0' in value:
            raise Refused(f'{short_repr(value)} holds a NUL character, which ROS strings cannot')
        return value
    raise Refused(f'{short_repr(value)} is not a string')


def _float(value: Any) -> float:
    if type(value) is float:
        return value
    value = plain(value)
    if isinstance(value, numbers.Real) and not isinstance(value, bool):
        try:
            return float(value)
        except OverflowError:
            pass
    raise Refused(f'{short_repr(value)} is not a float')


def _integer(value: Any) -> int:
    value = plain(value)
    if isinstance(value, numbers.Integral) and not isinstance(value, bool):
        number = int(value)
        if -_INT64 <= number < _INT64:
            return number
        raise Refused(f'{short_repr(value)} does not fit into 64 bits')
    raise Refused(f'{short_repr(value)} is not an integer')


def _boolean(value: Any) -> bool:
    value = plain(value)
    if isinstance(value, bool):
        return value
    raise Refused(f'{short_repr(value)} is not a boolean')


_OF_TYPE: dict[str, Check] = {
    'string': _string, 'float': _float, 'integer': _integer, 'boolean': _boolean,
}


def _constraints(field: Mapping[str, Any]) -> list[Check]:
    checks: list[Check] = []
    if field.get('min') is not None or field.get('max') is not None:
        low = -math.inf if field.get('min') is None else field['min']
        high = math.inf if field.get('max') is None else field['max']
        checks.append(_range(low, high))
    if field.get('max_length') is not None and field['type'] == 'string':
        checks.append(_length(field['max_length']))
    if field.get('allowed'):
        checks.append(_allowed(tuple(field['allowed'])))
    return checks


def _range(low: float, high: float) -> Check:
    def check(value: Any) -> Any:
        if low <= value <= high:
            return value
        if value < low:
            raise Refused(f'{short_repr(value)} is below min {low}')
        if value > high:
            raise Refused(f'{short_repr(value)} is above max {high}')
        raise Refused(f'{short_repr(value)} is not within {low} to {high}')
    return check


def _length(limit: int) -> Check:
    def check(value: str) -> str:
        # ROS bounds bytes; a rule about characters would let a message through that DDS drops.
        size = len(value) if value.isascii() else len(value.encode())
        if size <= limit:
            return value
        unit = 'characters' if value.isascii() else 'bytes of UTF-8'
        raise Refused(f'{short_repr(value)} has {size} {unit}, max_length is {limit}')
    return check


def _allowed(choices: tuple[Any, ...]) -> Check:
    def check(value: Any) -> Any:
        if value in choices:
            return value
        raise Refused(f'{short_repr(value)} is not one of {", ".join(map(str, choices))}')
    return check
