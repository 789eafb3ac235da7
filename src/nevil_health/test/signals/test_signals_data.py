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

"""Heartbeats, samples and generations: which news count, for how long, and what they clear."""

from __future__ import annotations

from typing import Any

from nevil_health.signals import NodeSample
import pytest
from signals_history import Robot


def test_a_late_heartbeat_is_one_failure_until_the_restart_is_ready() -> None:
    """The exit that follows from it is part of it."""
    robot = Robot().start().well(2)
    robot.late(silent_for_s=31.0)
    assert robot.signal('heartbeat').cause == 'no heartbeat for 31.0 s'
    assert robot.said[-3].evidence == 'process state S'
    robot.state('camera', 'unhealthy', 'no heartbeat for 31.0 s, stopping it')
    robot.exit(cause='killed by SIGKILL')
    robot.state('camera', 'backoff', 'no heartbeat for 31.0 s, killed by SIGKILL')
    robot.state('camera', 'starting')
    assert robot.level() == 'unhealthy'
    robot.state('camera', 'ready')
    assert robot.changes('heartbeat') == ['healthy > unhealthy', 'unhealthy > healthy']
    assert robot.changes('process') == []


def test_a_heartbeat_clears_only_the_heartbeat() -> None:
    """The seed's defect: a beat wiped out everything else that was known."""
    robot = Robot().start().well(2)
    for _ in range(3):
        robot.look(cpu_percent=96.0)
    robot.late()
    robot.back()
    assert robot.signal('heartbeat').level == 'unhealthy'
    robot.advance(9.9)
    assert robot.signal('heartbeat').level == 'unhealthy'
    robot.advance(0.1)
    assert robot.signal('heartbeat').level == 'healthy'
    assert robot.signal('cpu').level == 'degraded'
    assert robot.level() == 'degraded'


def test_silence_again_within_the_dwell_goes_on() -> None:
    """A stutter is one failure."""
    robot = Robot().start().well(1)
    robot.late()
    robot.back()
    robot.advance(5.0)
    robot.late(silent_for_s=5.0)
    robot.advance(60.0)
    assert robot.changes('heartbeat')[0] == 'healthy > unhealthy'
    assert 'unhealthy > healthy' not in robot.changes('heartbeat')


def test_lateness_in_a_pause_counts_when_the_pause_ends() -> None:
    """A node that hung while it was paused is not healthy for having been paused."""
    robot = Robot().start().well(1)
    robot.state('camera', 'paused')
    robot.late()
    assert robot.level() == 'healthy'
    robot.state('camera', 'ready')
    assert robot.signal('heartbeat').level == 'unhealthy'
    robot.back()
    robot.advance(10.0)
    assert robot.signal('heartbeat').level == 'healthy'


def test_what_restarts_a_node_can_do_so_again() -> None:
    """After the restart it is a new change to unhealthy, which the policy core acts upon."""
    robot = Robot().start().well(1)
    for _ in range(2):
        while robot.signal('progress').level != 'unhealthy':
            robot.look(main_loop_age_s=400.0)
        robot.state('camera', 'unhealthy', 'no progress, stopping it')
        robot.state('camera', 'backoff')
        robot.state('camera', 'starting')
        assert robot.signal('progress').level == 'unhealthy'
        robot.state('camera', 'ready')
        assert robot.signal('progress').level == 'unknown'
    assert robot.changes('progress').count('degraded > unhealthy') == 2


def test_resources_of_the_dead_process_are_forgotten() -> None:
    """The successor begins with a clean sheet, and gets its three samples."""
    robot = Robot().start().well(1)
    for _ in range(3):
        robot.look(cpu_percent=96.0)
    robot.exit()
    assert robot.changes('cpu') == ['healthy > degraded', 'degraded > unknown']
    robot.state('camera', 'backoff')
    robot.start()
    robot.look(cpu_percent=96.0)
    robot.look(cpu_percent=96.0)
    assert robot.signal('cpu').level == 'unknown'


@pytest.mark.parametrize('news', ['sample', 'late', 'back', 'exited', 'state'])
def test_late_news_of_a_dead_process_changes_nothing(news: str) -> None:
    """What carries an older generation is dropped (pid reuse and races included)."""
    robot = Robot().start().well(1)
    robot.exit()
    robot.state('camera', 'backoff')
    robot.start().well(1)
    before = robot.evaluation.node('camera', robot.at)
    evaluation, at = robot.evaluation, robot.at + 1.0
    said = {
        'sample': lambda: evaluation.sample(
            'camera', NodeSample(generation=1, process_state='Z'), at),
        'late': lambda: evaluation.late('camera', 99.0, at, generation=1),
        'back': lambda: evaluation.back('camera', at, generation=1),
        'exited': lambda: evaluation.exited('camera', 'old', at, generation=1, failed=True),
        'state': lambda: evaluation.unit_state('camera', 'failed', 'old', at, generation=1),
    }[news]()
    assert said == []
    assert evaluation.node('camera', at) == before


def test_a_sample_that_overtakes_the_exit_is_not_of_the_living() -> None:
    """After an exit the same generation is not heard any more."""
    robot = Robot().start().well(1)
    robot.exit()
    assert robot.look() == []
    assert robot.late() == []
    assert robot.signal('process').level == 'unhealthy'


def test_no_data_for_three_intervals_is_unknown_again() -> None:
    """Old data are no evidence, and the node says why nothing is known."""
    robot = Robot().start().well(3)
    robot.advance(14.9)
    assert robot.level() == 'healthy'
    robot.advance(0.1)
    health = robot.evaluation.node('camera', robot.at)
    assert (health.level, health.cause) == ('unknown', 'no data for 15 s')
    assert robot.said[-2].cause == 'no data for 15 s'
    robot.well(1)
    assert robot.level() == 'healthy'


@pytest.mark.parametrize('fields, signal', [
    ({'process_state': 'Z'}, 'process'), ({'main_loop_age_s': 999.0}, 'progress')])
def test_trouble_without_data_is_unknown_too(fields: dict[str, Any], signal: str) -> None:
    """The last reading of a monitor that died is not kept."""
    robot = Robot().start().well(2)
    for _ in range(3):
        robot.look(**fields)
    assert robot.level() == 'unhealthy'
    robot.advance(15.0)
    assert robot.signal(signal).level == 'unknown'
    assert robot.level() == 'unknown'


def test_without_generations_each_start_begins_anew() -> None:
    """Who does not count the processes (all are 0) is still heard after a restart."""
    robot = Robot()
    for _ in range(2):
        robot.hear(robot.evaluation.unit_state('camera', 'starting', '', robot.at))
        robot.hear(robot.evaluation.unit_state('camera', 'ready', '', robot.at))
        robot.look()
        assert robot.level() == 'healthy'
        robot.hear(robot.evaluation.unit_state('camera', 'backoff', 'gone', robot.at))
        assert robot.level() == 'unhealthy'


def test_short_intervals_do_not_make_it_impatient() -> None:
    """Three intervals of 0.2 s are less than a busy machine takes to breathe."""
    robot = Robot(interval_s=0.2).start()
    robot.look()
    robot.advance(2.9)
    assert robot.level() == 'healthy'
    robot.advance(0.1)
    assert robot.level() == 'unknown'


def test_a_node_that_comes_back_before_it_is_ended_is_well_again() -> None:
    """The policy core leaves it running; the heartbeat is not late for ever."""
    robot = Robot().start().well(2)
    robot.late()
    robot.state('camera', 'unhealthy', 'no heartbeat for 30.0 s, stopping it')
    robot.back()
    assert robot.level() == 'unhealthy'
    robot.state('camera', 'ready', 'heartbeats arrive again')
    robot.look()
    assert robot.changes('heartbeat') == ['healthy > unhealthy', 'unhealthy > healthy']
    assert robot.level() == 'healthy'


def test_a_node_that_fell_silent_in_a_pause_and_came_back_is_well_when_it_ends() -> None:
    """What the state alone had told ends with it; chaos met one that was unhealthy for good."""
    robot = Robot().start().well(2)
    robot.state('camera', 'paused')
    robot.late()
    robot.state('camera', 'unhealthy', 'no heartbeat for 30.0 s, stopping it')
    assert robot.level() == 'unhealthy'
    robot.back()
    robot.state('camera', 'paused', 'heartbeats arrive again, left running')
    robot.state('camera', 'ready', 'ready again after a pause of 0.1 s')
    robot.look()
    assert robot.level() == 'healthy'


def test_it_may_come_back_into_a_pause() -> None:
    """Then it is the beat that clears it, after the dwell."""
    robot = Robot().start().well(2)
    robot.late()
    robot.state('camera', 'unhealthy', 'no heartbeat for 30.0 s, stopping it')
    robot.back()
    robot.state('camera', 'paused', 'back in its pause')
    robot.advance(10.0)
    assert robot.signal('heartbeat').level == 'healthy'
