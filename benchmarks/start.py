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

"""Start of 1, 5 and 20 nodes until all are ready: Nevil against the same nodes executed."""

from __future__ import annotations

from statistics import median
import sys

from robot import executed
from robot import now
from robot import robot_of
from robot import started
from robot import table
from robot import wait_until


def measure(nodes: int, domain: int) -> tuple[float, float, float]:
    """Return seconds until `nevil start` returned, and until all were received, both ways."""
    with robot_of(nodes, domain) as (robot, observer):
        begin = now()
        with started(robot):
            ready = now() - begin
            wait_until(observer, robot.names)
            heard = now() - begin
    with robot_of(nodes, domain + 1) as (robot, observer):
        begin = now()
        with executed(robot):
            wait_until(observer, robot.names)
            plain = now() - begin
    return ready, heard, plain


def main() -> None:
    """Print the table; the argument is the number of runs (default 3)."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    rows = []
    for nodes in (1, 5, 20):
        results = [measure(nodes, 80 + 2 * (run % 8)) for run in range(runs)]
        ready, heard, plain = (median(column) for column in zip(*results))
        ratio = median(result[2] / max(result[:2]) for result in results)
        rows.append([str(nodes), f'{ready:.2f}', f'{heard:.2f}', f'{plain:.2f}', f'{ratio:.1f}'])
    table(f'Start until ready, s (medians of {runs})',
          ['nodes', '`nevil start` returns', 'an observer has received a message of each',
           'the same, executed one by one', 'times faster'], rows)


if __name__ == '__main__':
    main()
