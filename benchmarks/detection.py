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

"""From a fault to its alert, for each signal: rows of the fault matrix, several times each."""

from __future__ import annotations

from collections import defaultdict
import json
from pathlib import Path
from statistics import median
import subprocess
import sys
import tempfile

from robot import table

_MATRIX = Path(__file__).resolve().parents[1] / 'src/nevil_bringup/test/faults/matrix.py'


def main() -> None:
    """Print the table; the argument is how often each quick row is played (default 5)."""
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.NamedTemporaryFile(suffix='.json') as file:
        subprocess.run([sys.executable, _MATRIX, '--quick', '--times', str(times),
                        '--json', file.name], stdout=subprocess.DEVNULL, check=False)
        results = [result for result in json.load(file) if result['signal']]
    found: dict[str, list[float]] = defaultdict(list)
    missed: dict[str, int] = defaultdict(int)
    aims: dict[str, float] = {}
    for result in results:
        signal = result['signal']
        aims[signal] = max(result['aim_s'], aims.get(signal, 0.0))
        if result['latency_s'] is None:
            missed[signal] += 1
        else:
            found[signal].append(result['latency_s'])
    table(f'From the fault to the alert, s (each quick row of the fault matrix {times} times)',
          ['signal', 'n', 'median', 'worst', 'aim', 'missed', 'plain respawn loop'],
          [[signal, str(len(values)), f'{median(values):.3f}', f'{max(values):.3f}',
            f'{aims[signal]:.1f}', str(missed[signal]),
            'the end alone' if signal == 'process' else 'never']
           for signal, values in sorted(found.items())])


if __name__ == '__main__':
    main()
