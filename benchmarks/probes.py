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

"""What probes cost: CPU of the health node with 50 nodes, without and with probes of each."""

from __future__ import annotations

import os
from pathlib import Path
import shutil
import sys
import tempfile
import time
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / 'tests'), str(ROOT / 'src/nevil_health/test/monitor')]

from robot import table  # noqa: E402, I100, I202
from stand_in import Scene  # noqa: E402
from stand_in import unit_of  # noqa: E402

# Fifty processes that discover each other swamp two cores for minutes; ten nodes share one.
_NODES, _PROCESSES = 50, 5
_HZ = 10
_SETTLE_S, _MEASURED_S = 15.0, 30.0
_AIM_PERCENT = 5.0
# Ordinary nodes of rclpy, as of an executable that knows nothing of Nevil.
_PROGRAM = """
import sys
import rclpy
from rclpy.executors import SingleThreadedExecutor
from std_msgs.msg import String
rclpy.init()
executor = SingleThreadedExecutor()
for name in sys.argv[1:]:
    node = rclpy.create_node(name)
    publisher = node.create_publisher(String, f'{name}/ticks', 10)
    node.create_timer(1 / HZ, lambda to=publisher: to.publish(String(data='x' * 100)))
    executor.add_node(node)
try:
    executor.spin()
except (KeyboardInterrupt, rclpy.executors.ExternalShutdownException):
    pass
"""
_PARAMETERS = {'kind': 'parameters', 'period_s': 5.0, 'timeout_s': 0.8, 'failure_threshold': 2}
_TOPIC = {'kind': 'topic', 'period_s': 5.0, 'timeout_s': 0.8, 'failure_threshold': 1}


def _probes(name: str, kinds: str) -> dict[str, Any]:
    topic = {**_TOPIC, 'target': {'name': f'/{name}/ticks', 'min_hz': _HZ / 2, 'max_age_s': 1.0}}
    parameters = {**_PARAMETERS, 'target': {}}
    return {'none': {}, 'parameters': {'liveness': parameters}, 'topic': {'liveness': topic},
            'both': {'readiness': parameters, 'liveness': topic}}[kinds]


def _measure(kinds: str, domain: int) -> tuple[float, int]:
    """Return percent of a core of the health node, and how many probes had succeeded."""
    folder = Path(tempfile.mkdtemp(prefix='np-'))
    os.environ['ROS_AUTOMATIC_DISCOVERY_RANGE'] = 'LOCALHOST'
    scene = Scene(folder, domain)
    try:
        units = []
        for number in range(_PROCESSES):
            names = [f'node{number}{index}' for index in range(_NODES // _PROCESSES)]
            process = scene.start(
                [sys.executable, '-c', _PROGRAM.replace('HZ', str(_HZ)), *names], str(number))
            units += [unit_of(process, name, kind='executable', ready=True,
                              probes={name: _probes(name, kinds)}) for name in names]
        scene.server.expect(*units, logs=str(folder))
        deadline = time.monotonic() + 120.0
        while kinds != 'none' and _succeeded(scene) < _NODES and time.monotonic() < deadline:
            time.sleep(0.5)
        time.sleep(_SETTLE_S)
        before, began = _cpu_s(scene.health.pid), time.monotonic()
        time.sleep(_MEASURED_S)
        used = _cpu_s(scene.health.pid) - before
        return 100 * used / (time.monotonic() - began), _succeeded(scene)
    finally:
        scene.close()
        shutil.rmtree(folder, ignore_errors=True)


def _succeeded(scene: Scene) -> int:
    well: set[str] = set()
    for sample in scene.server.samples():
        well |= {name for name, one in sample.items() if any(
            probe['role'] == 'liveness' and probe['successes'] for probe in one.get('probes', ()))}
    return len(well)


def _cpu_s(pid: int) -> float:
    fields = Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')


def main() -> None:
    """Measure and print."""
    rows = []
    for number, kinds in enumerate(sys.argv[1:] or ('none', 'parameters', 'topic', 'both')):
        percent, succeeded = _measure(kinds, 90 + number)
        rows.append([kinds, f'{succeeded}', f'{percent:.1f}', f'{_AIM_PERCENT:.0f}'])
    table(f'Probes of {_NODES} nodes every 5 s, topics at {_HZ} Hz, % of a core',
          ['probes', 'nodes well', 'health node', 'aim'], rows)


if __name__ == '__main__':
    main()
