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

"""``configuration`` of ``.messages`` as ROS parameters: dotted names, typed, settable."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from nevil_nodes.node.errors import NodeError
from rcl_interfaces.msg import ParameterDescriptor
from rclpy.parameter import Parameter

__all__ = ['declare_configuration', 'flat']

_SCALARS = (bool, int, float, str)
_INT64 = 2 ** 63


def flat(configuration: dict[str, Any], prefix: str = '') -> Iterator[tuple[str, Any]]:
    """
    Yield the parameters of a configuration.

    What ROS has no type for (null, mixed lists, lists of objects, empty lists, keys with a dot) is
    left out; the node still reads it from ``self.config``.
    """
    for key, value in configuration.items():
        if not isinstance(key, str) or not key or '.' in key:
            continue
        name = prefix + key
        if isinstance(value, dict):
            yield from flat(value, name + '.')
        elif isinstance(value, list):
            if (items := _list(value)) is not None:
                yield name, items
        elif _fits(value):
            yield name, value


def _fits(value: Any) -> bool:
    return isinstance(value, _SCALARS) and not (
        type(value) is int and not -_INT64 <= value < _INT64)


def _list(values: list[Any]) -> list[Any] | None:
    """Return a list with items of one type, None where there is no such type in ROS."""
    kinds = {type(value) for value in values}
    if not all(_fits(value) for value in values):
        return None
    if kinds == {int, float}:
        return [float(value) for value in values]
    return values if len(kinds) == 1 else None


def declare_configuration(node: Any, configuration: dict[str, Any]) -> None:
    """Declare the parameters; a set, or a value given on the command line, changes the dict."""
    found = dict(flat(configuration))
    _set_those_of_ros(node, found)
    names = found.keys()
    values = [(name, value, ParameterDescriptor()) for name, value in found.items()
              if not node.has_parameter(name)]

    def write(parameters: Any) -> None:
        for parameter in parameters:
            if parameter.name in names:
                *path, key = parameter.name.split('.')
                place = configuration
                for part in path:
                    place = place[part]
                value = parameter.value
                value = value if isinstance(value, _SCALARS) else list(value)
                if place[key] != value:
                    place[key] = value

    if found:
        node.declare_parameters('', values)
        write(node.get_parameters(list(names)))
        node.add_post_set_parameters_callback(write)


def _set_those_of_ros(node: Any, values: dict[str, Any]) -> None:
    """
    Set what every node has declared already, ``use_sim_time`` above all.

    :raises NodeError: ROS refuses the value
    """
    for name, value in values.items():
        # What was given on the command line has been set, and wins as for the others.
        if not node.has_parameter(name) or name in node._parameter_overrides:
            continue
        result, = node.set_parameters([Parameter(name, value=value)])
        if not result.successful and node.get_parameter(name).value != value:
            raise NodeError(f'configuration.{name} in .messages: {result.reason}')
