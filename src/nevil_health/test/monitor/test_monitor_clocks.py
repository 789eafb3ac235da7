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

"""Clocks of the health node: steady ones alone, whatever the wall clock and /clock do."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import nevil_health
from nevil_health.monitor.clocks import SleepMeter
import pytest

pytest.importorskip('rclpy')
pytest.importorskip('nevil_msgs.msg')

from nevil_msgs.msg import Heartbeat  # noqa: E402, I100, I201
from quality.waiting import wait_for  # noqa: E402, I100, I201
from stand_in import Scene  # noqa: E402, I100, I201
from stand_in import unit_of  # noqa: E402, I100, I201

_FILES = sorted(Path(nevil_health.__file__).parent.rglob('*.py'))
_WALL = {'time.time', 'time.time_ns', 'datetime.now', 'datetime.utcnow', 'datetime.today',
         'time.localtime', 'time.ctime', 'date.today'}
# A stamp for display, never compared with anything.
_STAMP = 'get_clock'


def calls() -> Iterator[tuple[str, str, ast.Call]]:
    """Yield place, dotted name and node of each call in this package."""
    for path in _FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding='utf-8'))):
            if isinstance(node, ast.Call):
                yield f'{path.name}:{node.lineno}', ast.unparse(node.func), node


def test_nothing_reads_the_wall_clock() -> None:
    """A step of it must change nothing."""
    assert [f'{place}: {name}' for place, name, _ in calls()
            if '.'.join(name.split('.')[-2:]) in _WALL] == []


def test_ros_time_is_a_stamp_and_no_more() -> None:
    """With /clock absent or paused it stands still."""
    places = [place for place, name, _ in calls() if name.endswith(_STAMP)]
    assert len(places) == 1 and places[0].startswith('publisher.py')


def test_every_timer_is_steady() -> None:
    """A timer of rclpy follows /clock unless it is given another clock."""
    timers = [(place, node) for place, name, node in calls() if name.endswith('create_timer')]
    assert len(timers) >= 3
    assert [place for place, node in timers
            if 'clock' not in {keyword.arg for keyword in node.keywords}] == []


def test_who_was_awake_has_not_slept() -> None:
    """The two clocks run alike while the machine does."""
    meter = SleepMeter()
    assert [meter.slept_s() for _ in range(3)] == [0.0, 0.0, 0.0]


def test_a_clock_that_stands_still_stops_nothing(stage: Scene) -> None:
    """With sim time and nobody on /clock, silence is found as always."""
    stage.health.kill()
    argv = ['--ros-args', '-p', 'use_sim_time:=true']
    before = stage.server.attached
    stage.health = stage.start(
        [*stage.health_argv, *argv], 'sim')
    wait_for(lambda: stage.server.attached > before)
    victims = {name: stage.victim(name) for name in 'ab'}
    stage.server.expect(*(unit_of(one, name) for name, one in victims.items()), timeout_s=1.0,
                        interval_s=0.3)
    wait_for(lambda: len(stage.server.readings('ready')) == 2)
    victims['a'].tell('hang')
    wait_for(lambda: stage.server.readings('late') == [('late', 'a', 1)])
    victims['a'].tell('go on')
    wait_for(lambda: stage.server.readings('resumed') == [('resumed', 'a', 1)])


def test_a_heartbeat_carries_no_wall_time() -> None:
    """What is not there cannot be compared with our clock."""
    assert not any('Time' in kind for kind in Heartbeat.get_fields_and_field_types().values())
