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

"""Where the rules of message types come from: the table that each interface package installs."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
import json
import os
from typing import Any

from nevil_nodes.node.errors import NotBuilt

__all__ = ['declared', 'find_table']

FILE_NAME = 'nevil_messages.json'
_VERSION = 1


def find_table(package: str) -> str:
    """Return the path of a package's table, '' for a package that Nevil did not make."""
    for prefix in os.environ.get('AMENT_PREFIX_PATH', '').split(os.pathsep):
        path = os.path.join(prefix, 'share', package, FILE_NAME)
        if prefix and os.path.isfile(path):
            return path
    return ''


@lru_cache(maxsize=None)
def _load(path: str) -> Mapping[str, Any]:
    try:
        with open(path, encoding='utf-8') as stream:
            table = json.load(stream)
    except (OSError, ValueError) as error:
        raise NotBuilt(f'{path}: {error}; run `nevil build`') from error
    if not isinstance(table, dict) or table.get('version') != _VERSION:
        raise NotBuilt(f'{path}: not a table of version {_VERSION}; run `nevil build`')
    types: Mapping[str, Any] = table['types']
    return types


def declared(ros_type: str) -> Mapping[str, Any] | None:
    """
    Return the row of a declared type, None for an existing ROS type.

    :param ros_type: ``my_robot_msgs/msg/VoiceCommand``
    :raises NotBuilt: the package's table is broken
    """
    package, _, name = ros_type.split('/')
    path = find_table(package)
    return _load(path).get(name) if path else None
