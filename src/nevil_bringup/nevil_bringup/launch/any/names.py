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

"""What the processes of a launch file are called, in status and on the command line."""

from __future__ import annotations

from collections.abc import Mapping
import os
import re
from typing import Any

from launch_ros.actions import Node

__all__ = ['Names', 'ros_name']

_COUNTER = re.compile(r'-\d+$')
_OTHER = re.compile(r'[^A-Za-z0-9_.-]+')
_RESERVED = frozenset({'system', 'crash', 'nevil_health'})  # logs of Nevil's own
# The name is also that of a log file, whose names end at 255 bytes on Linux.
_MAX = 100


class Names:
    """Gives each process a name: its node's full name, else its executable's, with a counter."""

    def __init__(self) -> None:
        """Begin without names."""
        self._given: set[str] = set(_RESERVED)

    def take(self, details: Mapping[str, Any]) -> str:
        """
        Return a name that nothing else has.

        :param details: what launch's events of the process carry
        """
        return self.unique(_of(details))

    def unique(self, wanted: str) -> str:
        """Return a wanted name, or the first free one after it."""
        plain = _OTHER.sub('_', wanted).strip('.-')[:_MAX] or 'process'
        name, number = plain, 1
        while name in self._given:
            number += 1
            name = f'{plain}_{number}'
        self._given.add(name)
        return name


def ros_name(action: Any) -> str:
    """Return the full name of an action's node, '' where launch does not know it."""
    if isolated := getattr(action, 'nevil_ros_name', ''):
        return str(isolated)  # a container of Nevil's own
    if not isinstance(action, Node) or Node.UNSPECIFIED_NODE_NAME in str(action.node_name):
        return ''
    name = str(action.node_name).replace(Node.UNSPECIFIED_NODE_NAMESPACE, '')
    return '/' + name.strip('/')


def _of(details: Mapping[str, Any]) -> str:
    full = ros_name(details['action'])
    if full:
        return full[1:].replace('/', '.')  # as ROS names its logger
    name = _COUNTER.sub('', details['name'])
    first = ' '.join(details['cmd']).split()[:1]
    # Without a name of its own launch takes the end of the first word, for a shell the whole line.
    if name == os.path.basename(details['cmd'][0]) and first:
        name = os.path.basename(first[0])
    return name
