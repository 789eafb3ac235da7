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

"""Values of numpy, tuples and other sequences as the plain data that ROS messages take."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from typing import Any

from nevil_msggen.shown import short_repr
from nevil_nodes.node.errors import Refused
from nevil_nodes.node.rules import plain

__all__ = ['NUMBERS', 'jsonable', 'listed', 'packed']

NUMBERS = {
    'int8': 'b', 'uint8': 'B', 'int16': 'h', 'uint16': 'H', 'int32': 'i', 'uint32': 'I',
    'int64': 'q', 'uint64': 'Q', 'float': 'f', 'double': 'd',
}


def listed(value: Any) -> list[Any]:
    """
    Return the items of any array.

    :raises Refused: it is none
    """
    if isinstance(value, (str, bytes, Mapping)) or not hasattr(value, '__len__') \
            or getattr(value, 'ndim', 1) == 0:
        raise Refused(f'{short_repr(value)} is not an array')
    items: list[Any] = value.tolist() if hasattr(value, 'tolist') else list(value)
    return items


def jsonable(value: Any) -> Any:
    """Return what JSON can say of a value that it does not know."""
    if isinstance(value, Mapping):
        return dict(value)
    if hasattr(value, 'tolist'):
        return value.tolist()
    raise TypeError(f'{type(value).__name__} is not a JSON type')


def packed(value: Any, kind: str, fixed: bool) -> Any:
    """
    Return numbers as a field of an existing ROS type takes them.

    An array that has the field's own type is handed on as it is; one of several dimensions is
    sent row by row. Whether each value fits is checked by the field itself.

    :param kind: the type of an item (``float``, ``uint8``)
    :param fixed: the field has a fixed length
    :raises Refused: it is no array of such numbers
    """
    code = NUMBERS[kind]
    real = code in 'fd'
    if isinstance(value, array):
        if value.typecode == code and not fixed:
            return value
        value = value.tolist()
    elif hasattr(value, 'dtype') and getattr(value, 'ndim', None):
        if value.dtype.kind not in ('iuf' if real else 'iu'):
            raise Refused(f'{short_repr(value)} holds {value.dtype}, not {kind}')
        if value.dtype == code and fixed and value.ndim == 1:
            return value
        if value.dtype == code and not fixed:
            result = array(code)
            result.frombytes(value.tobytes())
            return result
        value = value.ravel().tolist()
    if isinstance(value, (bytes, bytearray)) and kind == 'uint8':
        return list(value) if fixed else array('B', value)
    items = [plain(item) for item in listed(value)]
    return [float(item) if type(item) is int else item for item in items] if real else items
