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

"""A writer that rotates as the capture process does, for tests of readers."""

from __future__ import annotations

from pathlib import Path

from nevil_nodes.logs import format_record
from nevil_nodes.logs import Record

SECOND = 1_000_000_000


class RotatingFile:
    """Write lines, rotate at will: rename upwards, drop the oldest, begin again."""

    def __init__(self, path: Path, keep_files: int = 3) -> None:
        """Begin an empty file."""
        self.path = path
        self._keep = keep_files
        self._file = path.open('ab', buffering=0)

    def write(self, data: bytes) -> None:
        """Append."""
        self._file.write(data)

    def rotate(self) -> None:
        """Do what capture does, step by step."""
        for number in reversed(range(1, self._keep - 1)):
            older = Path(f'{self.path}.{number}')
            if older.exists():
                older.rename(f'{self.path}.{number + 1}')
        self.path.rename(f'{self.path}.1')
        self._file.close()
        self._file = self.path.open('ab', buffering=0)


def record(second: float, text: str, *, node: str = 'camera', level: str = 'INFO') -> Record:
    """Return a record of a second of the epoch."""
    return Record(int(second * SECOND), level, node, 'test', text)


def line(second: float, text: str, *, node: str = 'camera', level: str = 'INFO') -> str:
    """Return its line."""
    return format_record(record(second, text, node=node, level=level)) + '\n'
