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

"""A process that writes log files and rotates them, as capture does."""

from __future__ import annotations

import os
from pathlib import Path
import sys
import time

from nevil_nodes.logs import format_record
from nevil_nodes.logs import Record

START_NS = 1_700_000_000_000_000_000


def main(folder: str, node: str, count: int, lines_a_file: int, keep: int) -> None:
    """Write numbered records; every seventh has a traceback."""
    path = Path(folder) / f'{node}.log'
    file = path.open('ab', buffering=0)
    for number in range(count):
        if number and number % lines_a_file == 0:
            for old in reversed(range(1, keep - 1)):
                if (older := Path(f'{path}.{old}')).exists():
                    older.rename(f'{path}.{old + 1}')
            path.rename(f'{path}.1')
            file.close()
            file = path.open('ab', buffering=0)
            time.sleep(0.02)  # a rotation is seldom; readers look every few milliseconds
        text = f'number {number}' + ('\nTraceback:\n  File "x.py"\nKeyError' * (number % 7 == 0))
        record = Record(START_NS + number * 1_000_000, 'INFO', node, 'test', text)
        data = (format_record(record) + '\n').encode()
        half = len(data) // 2
        os.write(file.fileno(), data[:half])
        os.write(file.fileno(), data[half:])
    file.close()


if __name__ == '__main__':
    main(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:]))
