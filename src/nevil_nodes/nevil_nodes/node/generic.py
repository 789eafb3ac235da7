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

"""Dicts and messages of existing ROS types, from the fields that ROS itself knows."""

from __future__ import annotations

from collections.abc import Mapping
import importlib
import re
from typing import Any

from nevil_msggen.shown import short_repr
from nevil_nodes.node.arrays import listed
from nevil_nodes.node.arrays import NUMBERS
from nevil_nodes.node.arrays import packed
from nevil_nodes.node.errors import NotBuilt
from nevil_nodes.node.errors import Refused
from nevil_nodes.node.rules import plain

__all__ = ['GenericConverter', 'message_class']

_ARRAY = re.compile(r'sequence<(?P<item>.+?)(?:, \d+)?>|(?P<fixed>.+)\[\d+\]')


def message_class(ros_type: str) -> Any:
    """
    Import the class of an interface.

    :param ros_type: ``my_robot_msgs/msg/VoiceCommand``
    :raises NotBuilt: there is no such package or type in this environment
    """
    try:
        package, kind, name = ros_type.split('/')
        return getattr(importlib.import_module(f'{package}.{kind}'), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise NotBuilt(
            f'message type {ros_type} cannot be loaded ({error}); '
            'build the interface package with `nevil build`') from error


class GenericConverter:
    """
    Converts any ROS message type.

    Arrays of numbers are handed over as ROS has them (``array.array``, ``numpy.ndarray``): the
    pixels of an image are not copied into a list.

    :param ros_class: the message class
    """

    def __init__(self, ros_class: Any) -> None:
        """Keep the class."""
        self.ros_class = ros_class

    def to_ros(self, data: Any) -> tuple[Any, list[str]]:
        """Return a message with these fields; a ready message is taken as it is."""
        if isinstance(data, self.ros_class):
            return data, []
        unknown: list[str] = []
        return _build(self.ros_class, data, unknown, ''), unknown

    def to_dict(self, message: Any) -> dict[str, Any]:
        """Return all fields, nested messages as dicts."""
        fields: dict[str, Any] = _plain(message)
        return fields


def _build(ros_class: Any, data: Any, unknown: list[str], path: str) -> Any:
    if not isinstance(data, Mapping):
        raise Refused(f'{path[:-1] or "data"}: {short_repr(data)} is not a dict of fields')
    message = ros_class(check_fields=True)
    known = ros_class.get_fields_and_field_types()
    for name, value in data.items():
        if name not in known:
            unknown.append(f'{path}{name}')
            continue
        value = _value(getattr(message, name), known[name], value, unknown, f'{path}{name}.')
        try:
            setattr(message, name, value)
        except (AssertionError, TypeError, ValueError, OverflowError):
            raise Refused(
                f'{path}{name}: {short_repr(value)} is not of type {known[name]}') from None
    return message


def _value(present: Any, kind: str, value: Any, unknown: list[str], path: str) -> Any:
    """Return a value as the field wants it: nested dicts built, integers as floats."""
    if isinstance(value, Mapping) and hasattr(type(present), 'get_fields_and_field_types'):
        return _build(type(present), value, unknown, path)
    array = _ARRAY.fullmatch(kind)
    if array is None:
        value = plain(value)
        is_integer = isinstance(value, int) and not isinstance(value, bool)
        return float(value) if is_integer and kind in ('float', 'double') else value
    item, fixed = array['item'] or array['fixed'], array['fixed'] is not None
    try:
        if item in NUMBERS:
            return packed(value, item, fixed)
        items = listed(value)
    except Refused as error:
        raise Refused(f'{path[:-1]}: {error}') from None
    if '/' not in item:
        return [plain(entry) for entry in items]
    item_class = _item_class(item)
    return [_build(item_class, entry, unknown, path) if isinstance(entry, Mapping) else entry
            for entry in items]


def _item_class(kind: str) -> Any:
    """Return the class of an item (``geometry_msgs/Point``)."""
    package, name = kind.split('/')[0], kind.split('/')[-1]
    return message_class(f'{package}/msg/{name}')


def _plain(value: Any) -> Any:
    fields = getattr(type(value), 'get_fields_and_field_types', None)
    if fields is not None:
        return {name: _plain(getattr(value, name)) for name in fields()}
    if isinstance(value, list):
        return [_plain(entry) for entry in value]
    return value
