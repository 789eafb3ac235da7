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

"""List, get and set parameters, in the words of ``ros2 param``."""

from __future__ import annotations

from nevil_bringup.errors import UserError
from nevil_bringup.graph.session import full_name
from nevil_bringup.graph.session import Session
from rcl_interfaces.msg import Parameter
from rcl_interfaces.msg import ParameterValue
from rcl_interfaces.srv import GetParameters
from rcl_interfaces.srv import ListParameters
from rcl_interfaces.srv import SetParameters
from rclpy.parameter import get_parameter_value

__all__ = ['get_parameter', 'list_parameters', 'set_parameter']

# By rcl_interfaces/msg/ParameterType.
_KINDS = (
    ('Parameter not set.', ''), ('Boolean value is:', 'bool_value'),
    ('Integer value is:', 'integer_value'), ('Double value is:', 'double_value'),
    ('String value is:', 'string_value'), ('Byte values are:', 'byte_array_value'),
    ('Boolean values are:', 'bool_array_value'), ('Integer values are:', 'integer_array_value'),
    ('Double values are:', 'double_array_value'), ('String values are:', 'string_array_value'))


def list_parameters(at: Session, node: str | None) -> list[str]:
    """
    Return lines with the parameters of a node, or of all that have some.

    :raises UserError: there is no such node
    """
    lines = []
    for name in [_known(at, node)] if node else at.nodes():
        try:
            answer = at.call(ListParameters, f'{name}/list_parameters', ListParameters.Request())
        except UserError as error:
            if node:
                raise
            lines.append(str(error))
            continue
        names = sorted(answer.result.names)
        lines += [*([f'{name}:'] if names and not node else []), *(f'  {one}' for one in names)]
    return lines


def get_parameter(at: Session, node: str, name: str) -> str:
    """
    Return the value of a parameter, with its type.

    :raises UserError: there is no such node or parameter
    """
    answer = at.call(GetParameters, f'{_known(at, node)}/get_parameters',
                     GetParameters.Request(names=[name]))
    if not answer.values:
        raise UserError('Parameter not set')
    return _shown(answer.values[0])


def set_parameter(at: Session, node: str, name: str, value: str) -> str:
    """
    Set a parameter; return what the node says.

    :raises UserError: it refuses, or there is no such node
    """
    parameter = Parameter(name=name, value=get_parameter_value(value))
    answer = at.call(SetParameters, f'{_known(at, node)}/set_parameters',
                     SetParameters.Request(parameters=[parameter]))
    result = answer.results[0]
    reason = f': {result.reason}' if result.reason else ''
    if not result.successful:
        raise UserError(f'Setting parameter failed{reason}')
    return f'Set parameter successful{reason}'


def _known(at: Session, node: str) -> str:
    if full_name(node) not in at.nodes(full_name(node)):
        raise UserError('Node not found')
    return full_name(node)


def _shown(value: ParameterValue) -> str:
    label, field = _KINDS[value.type]
    if not field:
        return label
    found = getattr(value, field)
    return f'{label} {found.tolist() if hasattr(found, "tolist") else found}'
