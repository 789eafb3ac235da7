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

"""
From a fault to its alert, for each signal: rows of the fault matrix, several times each.

``detection.py [TIMES [ROW ...]]``: all quick rows, which take a quarter of an hour for each time,
or those rows. What becomes of each is shown on stderr; Ctrl-C prints the table of those played.
"""

from __future__ import annotations

from collections import defaultdict
import json
from pathlib import Path
import signal
from statistics import median
import subprocess
import sys
import tempfile
from typing import Any

from robot import table

_MATRIX = Path(__file__).resolve().parents[1] / 'src/nevil_bringup/test/faults/matrix.py'


def _rows() -> list[str]:
    """Return the numbers of the quick rows."""
    listed = subprocess.run([sys.executable, _MATRIX, '--quick', '--list'], check=True, text=True,
                            stdout=subprocess.PIPE).stdout
    return [line.split()[0] for line in listed.splitlines()]


def _play(row: str) -> list[dict[str, Any]]:
    """Play a row once; return what became of it, nothing where it was cut off."""
    with tempfile.NamedTemporaryFile(suffix='.json') as file:
        played = subprocess.Popen(
            [sys.executable, _MATRIX, row, '--json', file.name], stdout=subprocess.PIPE, text=True)
        assert played.stdout is not None
        try:
            print(played.stdout.readline(), end='', file=sys.stderr, flush=True)
            played.stdout.read()
        finally:
            played.terminate()
            played.wait()
        text = Path(file.name).read_text()
    return [result for result in json.loads(text or '[]') if result['signal']]


def main() -> None:
    """Print the table; the argument is how often each row is played (default 3)."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # it may be ignored: a shell's job
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    rows = sys.argv[2:] or _rows()
    results: list[dict[str, Any]] = []
    try:
        for _ in range(times):
            for row in rows:
                results += _play(row)
    except KeyboardInterrupt:
        print('interrupted', file=sys.stderr)
    _print(results)


def _print(results: list[dict[str, Any]]) -> None:
    found: dict[str, list[float]] = defaultdict(list)
    missed: dict[str, int] = defaultdict(int)
    aims: dict[str, float] = {}
    for result in results:
        name = result['signal']
        aims[name] = max(result['aim_s'], aims.get(name, 0.0))
        if result['latency_s'] is None:
            missed[name] += 1
        else:
            found[name].append(result['latency_s'])
    table(f'From the fault to the alert, s ({len(results)} faults)',
          ['signal', 'n', 'median', 'worst', 'aim', 'missed', 'plain respawn loop'],
          [[name, str(len(found[name])), *(
              [f'{median(found[name]):.3f}', f'{max(found[name]):.3f}'] if found[name] else '--'),
            f'{aim:.1f}', str(missed[name]), 'the end alone' if name == 'process' else 'never']
           for name, aim in sorted(aims.items())])


if __name__ == '__main__':
    main()
