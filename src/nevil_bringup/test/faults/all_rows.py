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

"""Every row of the matrix: in the order of their numbers, and those that do not run."""

from __future__ import annotations

import re

from row import Absent
from row import Row
from row import ROWS as _ROWS
import rows_beats  # noqa: F401
import rows_cascade  # noqa: F401
import rows_hang  # noqa: F401
import rows_lifecycle  # noqa: F401
import rows_parts  # noqa: F401
import rows_process  # noqa: F401
import rows_resources  # noqa: F401
import rows_virtual  # noqa: F401

__all__ = ['ABSENT', 'ROWS']


def _key(row: Row) -> tuple[int, str]:
    match = re.match(r'(\d+)(.*)', row.number)
    return (int(match[1]), match[2]) if match else (999, row.number)


ROWS = sorted(_ROWS, key=_key)
ABSENT = [
    Absent(number='69', title='a host of several is lost', reason='needs two machines'),
    Absent(number='74', title='soak of 24 h', reason=(
        'takes too long; 74a is its virtual part')),
]
