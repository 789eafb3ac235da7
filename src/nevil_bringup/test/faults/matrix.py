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
Run the fault matrix on this machine and print its scoreboard: ``nevil test --faults``.

Exit status 0 when every row that ran has held.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
import signal
import sys

# As pytest.ini of this package does for the tests.
_TEST = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(_TEST / 'faults'), str(_TEST / 'system'), str(_TEST.parents[2] / 'tests')]

from all_rows import ABSENT  # noqa: E402
from all_rows import ROWS  # noqa: E402
from play import play  # noqa: E402
from quality.ros import reserved_domain  # noqa: E402
from row import Result  # noqa: E402
import scoreboard  # noqa: E402


def main(arguments: list[str]) -> int:
    """Run the rows that are asked for and say how they went."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('rows', nargs='*', help='numbers of rows (default: all)')
    parser.add_argument('--quick', action='store_true', help='only those of `nevil test`')
    parser.add_argument('--times', type=int, default=1, help='play each row so often')
    parser.add_argument('--json', type=Path, help='write the results to this file')
    parser.add_argument('--list', action='store_true', help='name the rows, run none')
    parser.add_argument('--markdown', type=Path, help='write the tables to this file')
    parser.add_argument('--logs', type=Path, help='write the logs of rows that fail here')
    options = parser.parse_args(arguments)
    # End in order, so that the robot of the row ends too.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    rows = [row for row in ROWS if (row.quick or not options.quick)
            and (row.number in options.rows or not options.rows)]
    if options.list:
        for row in rows:
            print(f'{row.number:>4}  {row.title}')
        return 0
    results: list[Result] = []
    for row in rows * options.times:
        with reserved_domain() as domain:
            results.append(play(row, domain))
        print(scoreboard.line(results[-1]), flush=True)
        if options.logs and results[-1].logs:
            options.logs.mkdir(parents=True, exist_ok=True)
            (options.logs / f'{row.number}.log').write_text(results[-1].logs)
    print()
    for name, value in scoreboard.summary(results):
        print(f'{name}: {value}')
    for name, latencies in scoreboard.by_signal(results).items():
        print(f'  {name}: {scoreboard.spread(latencies)}')
    for absent in ABSENT:
        print(f'not here: {absent.number} {absent.title}: {absent.reason}')
    if options.markdown:
        options.markdown.write_text(scoreboard.markdown(results, ABSENT) + '\n')
    if options.json:
        options.json.write_text(json.dumps([scoreboard.plain(result) for result in results]))
    return 0 if scoreboard.passed(results) else 1


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
