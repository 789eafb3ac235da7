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

"""The standby becomes the next node, and whatever is wrong with it costs nothing but a fork."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
import json
import os
from pathlib import Path
import signal
import sys
from typing import Any

from nevil_bringup.spawner.client import DEFAULT_PRELOAD
from nevil_bringup.spawner.procfs import stat
from nevil_bringup.spawner.protocol import ProcessExited
from nevil_bringup.spawner.protocol import ProcessFailed
from nevil_bringup.spawner.protocol import ProcessStarted
from nevil_bringup.spawner.protocol import StandbyReady
from nevil_bringup.spawner.protocol import StartOrder
import pytest
from quality.ros import dds  # noqa: F401  (a fixture)
from quality.waiting import wait_for
from spawner_bench import Bench
from spawner_bench import bench
from spawner_bench import is_gone
from spawner_bench import run

pytest.importorskip('rclpy')

_NODE = """\
import os
import sys
import threading

from nevil_framework.base_node import NevilNode
print('MODULE', os.getcwd(), sys.argv[1:], os.environ.get('EXTRA'), flush=True)
{at_import}


class ProbeNode(NevilNode):
    def __init__(self):
        super().__init__('probe')

    def initialize(self):
        print('NODE', os.getpid(), sorted(
            len(os.sched_getaffinity(int(name))) for name in os.listdir('/proc/self/task'))[-1],
            os.environ.get('FASTDDS_ENVIRONMENT_FILE'), flush=True)
"""
PRELOAD = (*DEFAULT_PRELOAD, 'nevil_framework.base_node')


def _project(folder: Path, at_import: str = '') -> Path:
    """Write a node and its plan; return the plan."""
    (folder / 'probe_node.py').write_text(_NODE.format(at_import=at_import))
    plan = folder / 'plan.json'
    plan.write_text(json.dumps({
        'project': 'p', 'directory': str(folder), 'messages_package': 'p_msgs', 'nodes': [{
            'name': 'probe', 'module': 'probe_node.py', 'class_name': 'ProbeNode',
            'messages': {'node_name': 'probe'}}]}))
    return plan


def _order(spawner: Bench, unit: str, *ros_args: str, **options: Any) -> StartOrder:
    return spawner.order(unit, 'nevil_nodes.run', '--project', str(spawner.folder), '--node',
                         'probe', *ros_args, **options)


async def _end(spawner: Bench, unit: str) -> ProcessExited:
    spawner.spawner.signal(unit, 1, signal.SIGINT)
    while True:
        event = await asyncio.wait_for(spawner.events.get(), 20.0)
        if isinstance(event, ProcessExited):
            return event
        assert isinstance(event, StandbyReady)


async def _until_ready(spawner: Bench) -> int:
    """Start a node by a fork; return the standby that is made then."""
    spawner.start(_order(spawner, 'first'))
    await spawner.event(ProcessStarted)
    return (await spawner.event(StandbyReady)).pid


async def _line_of(spawner: Bench, word: str) -> str:
    while True:
        line = await spawner.line()
        if line.startswith(word):
            return line


@pytest.fixture(autouse=True)
def plan(tmp_path: Path, domain: int, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write the project of the nodes, and let the orders name it."""
    monkeypatch.setenv('ROS_DOMAIN_ID', str(domain))
    path = _project(tmp_path)
    monkeypatch.setenv('NEVIL_PLAN', str(path))
    return path


def _with(folder: Path, body: Callable[[Bench], Any]) -> None:
    async def whole() -> None:
        async with bench(folder, preload=PRELOAD, standby_s=0.0) as spawner:
            await body(spawner)
    run(whole(), 90.0)


def test_the_standby_becomes_the_next_node_and_is_replaced(tmp_path: Path) -> None:
    """It has the command line, folder and variables of the order, as a fork has them."""
    async def body(spawner: Bench) -> None:
        standby = await _until_ready(spawner)
        first = await _line_of(spawner, 'MODULE')
        spawner.start(_order(spawner, 'second', env={'EXTRA': 'x'}))
        assert (await spawner.event(ProcessStarted)).pid == standby
        assert await _line_of(spawner, 'MODULE') == first.replace('None', 'x')
        assert (await _line_of(spawner, 'NODE')).split()[1] == str(standby)
        assert (await spawner.event(StandbyReady)).pid != standby
        exited = await _end(spawner, 'second')
        assert (exited.pid, exited.code) == (standby, 0)
        assert (await _end(spawner, 'first')).code == 0
    _with(tmp_path, body)


@pytest.mark.parametrize('change', [
    {'env': {'ROS_DOMAIN_ID': '101'}}, {'env': {'FASTRTPS_DEFAULT_PROFILES_FILE': ''}},
    {'env': {'ROS_SECURITY_ENABLE': 'true'}}, {'env': {'LC_ALL': 'C'}}, {'ros_args': True},
    {'argv': (sys.executable, '-c', 'print("NODE x")')}], ids=str)
def test_what_joins_ros_otherwise_is_not_the_standby(
        tmp_path: Path, change: dict[str, Any]) -> None:
    """In another domain, or under another name, nobody would hear the node."""
    async def body(spawner: Bench) -> None:
        standby = await _until_ready(spawner)
        options = dict(change)
        ros_args = ('--ros-args', '-r', '__ns:=/there') if options.pop('ros_args', None) else ()
        spawner.start(_order(spawner, 'second', *ros_args, **options))
        assert (await spawner.event(ProcessStarted)).pid != standby
        assert not is_gone(standby)
    _with(tmp_path, body)


def test_a_profile_that_has_changed_is_read(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The standby has read the one before."""
    profile = tmp_path / 'profile.xml'
    text = Path(os.environ['FASTRTPS_DEFAULT_PROFILES_FILE']).read_text()
    profile.write_text(text)
    for name in ('FASTRTPS_DEFAULT_PROFILES_FILE', 'FASTDDS_DEFAULT_PROFILES_FILE'):
        monkeypatch.setenv(name, str(profile))

    async def body(spawner: Bench) -> None:
        standby = await _until_ready(spawner)
        profile.write_text(text + '\n')
        spawner.start(_order(spawner, 'second'))
        assert (await spawner.event(ProcessStarted)).pid != standby
    _with(tmp_path, body)


@pytest.mark.parametrize('signum', [signal.SIGSTOP, signal.SIGKILL], ids=lambda one: one.name)
def test_one_that_is_stopped_or_dead_costs_a_fork(
        tmp_path: Path, signum: signal.Signals) -> None:
    """The node is started all the same, and once."""
    async def body(spawner: Bench) -> None:
        standby = await _until_ready(spawner)
        os.kill(standby, signum)
        wait_for(lambda: (found := stat(standby)) is None or found.state in 'TZ', what='it is so')
        spawner.start(_order(spawner, 'second'))
        started = await spawner.event(ProcessStarted)
        assert started.pid != standby
        assert (await _line_of(spawner, f'NODE {started.pid}'))
        wait_for(lambda: is_gone(standby), what='it is ended')
    _with(tmp_path, body)


def test_a_start_that_fails_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    """The words are those of a fork."""
    async def body(spawner: Bench) -> None:
        standby = await _until_ready(spawner)
        spawner.start(_order(spawner, 'second', cwd=str(tmp_path / 'none')))
        failed = await spawner.event(ProcessFailed)
        assert failed.reason == f'no such folder: {tmp_path / "none"}'
        wait_for(lambda: is_gone(standby), what='it is ended')
    _with(tmp_path, body)


def test_code_that_changes_how_ros_is_joined_is_obeyed(tmp_path: Path) -> None:
    """By hand a module may set such a variable before its node is made."""
    _project(tmp_path, "os.environ['FASTDDS_ENVIRONMENT_FILE'] = 'mine'")

    async def body(spawner: Bench) -> None:
        standby = await _until_ready(spawner)
        await _line_of(spawner, 'NODE')
        spawner.start(_order(spawner, 'second'))
        assert (await spawner.event(ProcessStarted)).pid == standby
        assert await _line_of(spawner, 'NODE') == f'NODE {standby} {_cores()} mine'
    _with(tmp_path, body)


def test_threads_made_ahead_follow_what_a_module_does_to_itself(tmp_path: Path) -> None:
    """By hand they are made later, by the thread that was given its processors."""
    _project(tmp_path, 'os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])')

    async def body(spawner: Bench) -> None:
        standby = await _until_ready(spawner)
        await _line_of(spawner, 'NODE')
        spawner.start(_order(spawner, 'second'))
        assert (await spawner.event(ProcessStarted)).pid == standby
        assert (await _line_of(spawner, 'NODE')).split()[2] == '1'
    _with(tmp_path, body)


def test_without_nodes_there_is_no_standby(tmp_path: Path) -> None:
    """A robot of other programs has nothing that could be one."""
    async def body(spawner: Bench) -> None:
        spawner.start(spawner.order('probe', 'comm'))
        await spawner.event(ProcessStarted)
        await spawner.event(ProcessExited)
        assert spawner.events.empty()
    _with(tmp_path, body)


@pytest.mark.parametrize('standby_s', [None, 0.0, 1000.0])
def test_a_spawner_that_has_nothing_to_do_sleeps(
        tmp_path: Path, standby_s: float | None) -> None:
    """With a standby, before one is due, and without one."""
    async def body() -> None:
        async with bench(tmp_path, preload=PRELOAD, standby_s=standby_s) as spawner:
            spawner.start(_order(spawner, 'first'))
            await spawner.event(ProcessStarted)
            if standby_s == 0.0:
                await spawner.event(StandbyReady)
            await _line_of(spawner, 'NODE')
            turns = _voluntary_switches(spawner.spawner.pid)
            cpu_s = stat(spawner.spawner.pid).cpu_s  # type: ignore[union-attr]
            wait_for(lambda: _voluntary_switches(spawner.spawner.pid) > turns + 2, what='a look')
            assert stat(spawner.spawner.pid).cpu_s - cpu_s < 0.5  # type: ignore[union-attr]
    run(body(), 90.0)


def _voluntary_switches(pid: int) -> int:
    lines = Path(f'/proc/{pid}/status').read_text().splitlines()
    return int(next(line for line in lines if line.startswith('voluntary')).split()[1])


def _cores() -> int:
    return len(os.sched_getaffinity(0))
