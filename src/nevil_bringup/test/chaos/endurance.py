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
Do one thing very often, and look for what is left or grows.

``nevil test --up-and-down N`` starts and stops a robot, ``nevil test --soak N`` restarts a node.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
import os
from pathlib import Path
import signal
import sys
from typing import Any

_TEST = Path(__file__).resolve().parents[1]
if __name__ == '__main__':
    sys.path[:0] = [str(_TEST / 'chaos'), str(_TEST / 'faults'), str(_TEST / 'system'),
                    str(_TEST.parents[2] / 'tests')]

from quality.ros import reserved_domain  # noqa: E402
from quality.waiting import wait_for  # noqa: E402
from rules import growth_kb  # noqa: E402
from rules import Usage  # noqa: E402
from scene import Place  # noqa: E402
from scene import placed  # noqa: E402
from scene import usage  # noqa: E402
from story import Member  # noqa: E402
from watch import Watch  # noqa: E402

__all__ = ['soak']

_ROBOT = (Member(name='camera', kind='nevil'),
          Member(name='lidar', kind='nevil', requires=('camera',)))
_TIRELESS = {'restart_delay': 0.0, 'max_restarts': 1_000_000}
_PARTS = ('pid', 'spawner_pid', 'capture_pid', 'health_pid')
_LOOKS = 8


def up_and_down(times: int, tell: Callable[[str], object]) -> list[str]:
    """
    Start a robot and stop it so often; every other time its supervisor is killed instead.

    :returns: what was left at the first time at which something was
    """
    with reserved_domain() as domain, placed(domain, _ROBOT) as place:
        robot = place.robot
        here = set(os.listdir('/dev/shm'))
        for number in range(times):
            robot.start()
            if number % 2:
                os.kill(robot.status()['pid'], signal.SIGKILL)
                wait_for(lambda: not robot.processes(), 30.0, what=robot.processes)
            elif (stopped := robot.nevil('stop')).returncode:
                return [f'time {number + 1}: nevil stop: {stopped.stdout}']
            left = [f'process {pid}' for pid in robot.processes()]
            left += [str(path) for path in place.disk.glob('r/*/*.sock') if not number % 2]
            if left:
                return [f'time {number + 1}: left: {one}' for one in left]
            if (number + 1) % 10 == 0:
                tell(f'{number + 1} times up and down')
        shared = [name for name in set(os.listdir('/dev/shm')) - here if _is_of(name, domain)]
        return [f'left in /dev/shm: {name}' for name in shared]


def soak(restarts: int, tell: Callable[[str], object]) -> dict[str, list[Usage]]:
    """Let a node be killed so often, and return what each part used at times in between."""
    found: dict[str, list[Usage]] = {part: [] for part in _PARTS}
    with reserved_domain() as domain, placed(domain, _ROBOT, _TIRELESS) as place:
        place.robot.start()
        place.stage.open()
        watch = place.stage.watch
        try:
            status = place.robot.status()
            for number in range(restarts + 1):
                if number % max(1, restarts // _LOOKS) == 0:
                    for part in _PARTS:
                        found[part].append(usage(status[part]))
                    tell(f'{number} restarts: ' + ', '.join(
                        f'{part} {found[part][-1].memory_mb:.2f} MB' for part in _PARTS))
                _kill_lidar(place, watch)
        finally:
            watch.close()
            place.robot.nevil('stop')
    return found


def _kill_lidar(place: Place, watch: Watch) -> None:
    """Kill it, and wait until it is ready again."""
    os.kill(place.stage.pid('lidar'), signal.SIGKILL)

    def back(event: dict[str, Any]) -> bool:
        # As it was at the beginning (old is None) and as it still is do not count.
        return (event['event'] == 'state' and event['old'] not in (None, event['new'])
                and (event['node'], event['new']) == ('lidar', 'ready'))
    assert watch.wait(back, 60.0), 'lidar is not back after a minute'
    watch.take()


def _is_of(name: str, domain: int) -> bool:
    """Return whether a file of shared memory is one of a domain's ports (Fast DDS)."""
    ports = range(7400 + 250 * domain, 7400 + 250 * (domain + 1))
    return any(f'port{port}' in name for port in ports)


def main(arguments: list[str]) -> int:
    """Do what is asked for, and say what was found."""
    parser = argparse.ArgumentParser(prog='nevil test', description=__doc__)
    parser.add_argument('--up-and-down', type=int, metavar='N')
    parser.add_argument('--soak', type=int, metavar='N')
    options = parser.parse_args(arguments)

    def tell(text: str) -> None:
        print(text, flush=True)
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    problems = []
    if options.up_and_down:
        problems += up_and_down(options.up_and_down, tell)
    if options.soak:
        problems += growth_kb(soak(options.soak, tell), options.soak)
    tell('\n'.join(problems) or 'nothing is left, nothing grows')
    return 1 if problems else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
