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

"""Nodes forked from one interpreter are ROS 2 nodes of their own."""

from __future__ import annotations

from pathlib import Path
import signal
import time

from nevil_bringup.spawner.client import DEFAULT_PRELOAD
from nevil_bringup.spawner.protocol import ProcessExited
from nevil_bringup.spawner.protocol import ProcessStarted
from nevil_bringup.spawner.protocol import SpawnerReady
import pytest
from quality.ros import dds  # noqa: F401  (a fixture)
from spawner_bench import bench
from spawner_bench import run

pytest.importorskip('rclpy')


def test_forked_nodes_talk_to_each_other_and_end_cleanly(
    tmp_path: Path, domain: int, monkeypatch: pytest.MonkeyPatch,
) -> None:
    """
    DDS tells its participants apart by what a fork must not share.

    Also: everything of the preload list loads, no thread stands in the way of a fork, and the
    libraries' exit handlers, which would crash in a fork, do not make a clean exit look like one.
    """
    monkeypatch.setenv('ROS_DOMAIN_ID', str(domain))

    async def body() -> None:
        async with bench(tmp_path, preload=(*DEFAULT_PRELOAD, 'ros_node')) as spawner:
            ready = spawner.seen[0]
            assert isinstance(ready, SpawnerReady)
            assert (ready.problems, ready.forks) == ((), True)
            for generation in range(3):
                spawner.start(spawner.order('hear', 'ros_node', 'hear', generation=generation))
                await spawner.event(ProcessStarted)
                spawner.start(spawner.order(
                    'talk', 'ros_node', 'talk', generation=generation,
                    env={'ORDERED_AT': str(time.monotonic())}))
                talker = await spawner.event(ProcessStarted)
                heard = await spawner.event(ProcessExited, 20.0)
                assert (heard.unit, heard.code, heard.survivors) == ('hear', 0, 0)
                first, second = sorted([await spawner.line(), await spawner.line()])
                print(first)
                assert second == f'heard {talker.pid}'
                spawner.spawner.signal('talk', generation, signal.SIGINT)
                talked = await spawner.event(ProcessExited, 20.0)
                # As executed: rclpy ends spinning, the program ends in its own way.
                assert (talked.code, talked.signal) in ((1, None), (0, None), (None, 2))
                spawner.printed()
    run(body())
