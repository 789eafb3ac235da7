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

"""The newest error in a node's log, in one line."""

from __future__ import annotations

import time

from nevil_bringup.paths import ProjectPaths
from nevil_nodes.logs import at_least
from nevil_nodes.logs import read_records

__all__ = ['last_error']

_RECORDS = 200
_ERRORS = at_least('ERROR')


def last_error(paths: ProjectPaths, name: str, running_s: float) -> str:
    """
    Return what a node said last when it failed, empty where it said nothing.

    A traceback counts more than what was logged after it; its last line names the exception.

    :param running_s: how long the system has been running: what is older does not count
    """
    since_ns = time.time_ns() - int(running_s * 1e9)
    try:
        records = [record.message.splitlines()
                   for record in read_records([paths.logs / f'{name}.log'], last=_RECORDS)
                   if record.at_ns >= since_ns and record.message and record.level in _ERRORS]
    except OSError:
        return ''
    for lines in reversed(records):
        if any(line.startswith('Traceback ') for line in lines[1:]):
            return lines[-1]
    return records[-1][0] if records else ''
