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

"""A project's name and that of its interface package."""

from __future__ import annotations

from pathlib import Path
import re

__all__ = ['is_reference_robot', 'name_problem', 'valid_name']

# <name>_msgs would be a package of ROS 2 or of Nevil.
RESERVED_PROJECTS = frozenset({
    'action', 'actionlib', 'diagnostic', 'geometry', 'lifecycle', 'map', 'nav', 'nevil',
    'rosgraph', 'sensor', 'shape', 'statistics', 'std', 'stereo', 'test', 'tf2', 'trajectory',
    'unique_identifier', 'vision', 'visualization',
})
_NAME = re.compile(r'[a-z][a-z0-9]*(_[a-z0-9]+)*')


def valid_name(folder: str) -> str:
    """Return the name of a ROS package made from a folder's name."""
    name = re.sub(r'[^a-z0-9]+', '_', folder.lower()).strip('_')
    return name if name[:1].isalpha() else f'robot_{name}'.strip('_')


def name_problem(name: str) -> str:
    """Return why a name cannot be a project's, empty when it can."""
    if not _NAME.fullmatch(name):
        return (f"'{name}' is not a ROS package name: lower case letters, digits and single _,"
                ' starting with a letter')
    if name in RESERVED_PROJECTS:
        return f"'{name}' is taken: '{name}_msgs' is the name of another package"
    return ''


def is_reference_robot(project: Path) -> bool:
    """Return whether this is the robot that ships with Nevil, the one that may be `nevil`."""
    return project.parts[-3:] == ('nevil_bringup', 'robots', 'nevil')
