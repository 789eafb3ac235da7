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

"""What a process reads when it joins ROS 2: one that has joined cannot be given another."""

from __future__ import annotations

from collections.abc import Mapping
import os

__all__ = ['profiles', 'read_at_init']

# Beginnings of variables.
_READ_AT_INIT = ('ROS_', 'RMW_', 'RCL_', 'RCUTILS_', 'AMENT_', 'FASTRTPS_', 'FASTDDS_',
                 'SKIP_DEFAULT_XML', 'CYCLONEDDS_', 'ZENOH_')
_NAMED_IN = ('FASTRTPS_DEFAULT_PROFILES_FILE', 'FASTDDS_DEFAULT_PROFILES_FILE')
# Of Fast DDS, in the current folder.
_DEFAULT = ('DEFAULT_FASTRTPS_PROFILES.xml', 'DEFAULT_FASTDDS_PROFILES.xml')


def read_at_init(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that are read when a process joins ROS 2."""
    return {name: value for name, value in environ.items() if name.startswith(_READ_AT_INIT)}


def profiles(environ: Mapping[str, str], cwd: str) -> dict[str, tuple[int, int, int]]:
    """Return which files Fast DDS reads then, and which version of them there is."""
    found = {}
    for name in (*(environ.get(key, '') for key in _NAMED_IN), *_DEFAULT):
        path = os.path.join(cwd, name)
        try:
            status = os.stat(path)
        except OSError:
            continue
        if name:
            found[path] = (status.st_ino, status.st_size, status.st_mtime_ns)
    return found
