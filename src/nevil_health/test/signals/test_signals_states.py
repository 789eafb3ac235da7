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

"""What the unit's state and its exits mean for the node."""

from __future__ import annotations

from nevil_health.signals import NodeRules
import pytest
from signals_history import Robot


def test_nothing_is_known_before_anything_was_seen() -> None:
    """A node that never started is unknown, not healthy."""
    robot = Robot()
    health = robot.evaluation.node('camera', 0.0)
    assert (health.level, health.state, health.cause) == ('unknown', '', 'no data yet')
    assert robot.evaluation.next_deadline() is None
    with pytest.raises(KeyError):
        robot.evaluation.node('nobody', 0.0)


def test_ready_is_not_healthy_before_the_first_look() -> None:
    """Only data make a node healthy."""
    robot = Robot().start()
    assert robot.level() == 'unknown'
    robot.look()
    assert robot.level() == 'healthy'
    assert robot.changes('') == ['unknown > healthy']


@pytest.mark.parametrize('state, planned', [
    ('waiting', False), ('starting', False), ('paused', False), ('stopping', True),
    ('stopped', True), ('disabled', True), ('completed', False), ('paused', True),
])
def test_silence_that_the_state_explains_is_not_unhealthy(state: str, planned: bool) -> None:
    """Who starts, waits, pauses or was stopped owes no beat, no message and no progress."""
    robot = Robot(NodeRules(name='camera', min_messages_per_s=5.0)).start().well(3)
    robot.state('camera', state, planned=planned)
    robot.late()
    for _ in range(10):
        robot.look(lifecycle_state='inactive', main_loop_age_s=999.0, response_s=9.0,
                   cpu_percent=5.0)
    robot.advance(100.0)
    assert robot.level() in ('unknown', 'healthy')
    assert [one for one in robot.said if one.new in ('degraded', 'unhealthy') and one.node] == []


@pytest.mark.parametrize('state', ['failed', 'backoff', 'unhealthy'])
def test_a_failing_state_is_unhealthy_whoever_tells_it(state: str) -> None:
    """Even where no signal told it before: its reason is the cause."""
    robot = Robot().start().well(1)
    robot.state('camera', state, 'could not be started: no such file')
    health = robot.evaluation.node('camera', robot.at)
    assert (health.level, health.cause) == ('unhealthy', 'could not be started: no such file')
    assert robot.signal('process').level == 'unhealthy'


@pytest.mark.parametrize('told_first', [True, False])
def test_a_crash_is_one_change_in_either_order(told_first: bool) -> None:
    """The exit and the state come from two sides; together they are one failure."""
    robot = Robot().start().well(1)
    if told_first:
        robot.exit()
    robot.state('camera', 'backoff', 'killed by SIGSEGV, restart 1 of 5 in 2.0 s')
    if not told_first:
        robot.exit()
    assert robot.changes('process') == ['healthy > unhealthy']
    assert robot.changes('') == ['unknown > healthy', 'healthy > unhealthy']
    assert robot.evaluation.node('camera', robot.at).cause == (
        'killed by SIGSEGV, restart 1 of 5 in 2.0 s')


def test_a_crash_is_over_when_the_unit_is_ready_again() -> None:
    """Not when it starts, not by a sample, not by a heartbeat."""
    robot = Robot().start().well(1)
    robot.exit()
    robot.state('camera', 'backoff')
    robot.state('camera', 'starting')
    for _ in range(5):
        robot.look()
    robot.back()
    assert robot.level() == 'unhealthy'
    robot.state('camera', 'ready', 'ready after 25.0 s')
    assert robot.changes('process') == ['healthy > unhealthy', 'unhealthy > healthy']
    assert robot.level() == 'healthy'


def test_a_crash_loop_is_one_failure_that_tells_of_each_crash() -> None:
    """A node that was not ready in between gets no worse, but the newest crash is told."""
    robot = Robot().start().well(1)
    for _ in range(5):
        robot.exit()
        robot.state('camera', 'backoff')
        robot.at += 2.0
        robot.state('camera', 'starting')
    robot.exit()
    robot.state('camera', 'failed', 'given up after 5 restarts')
    assert robot.changes('process') == ['healthy > unhealthy', *['unhealthy > unhealthy'] * 5]
    assert robot.evaluation.node('camera', robot.at).cause == 'given up after 5 restarts'


def test_not_ready_in_time_is_a_signal_of_its_own() -> None:
    """Slow to start and crashed are told apart, and one of them is told."""
    robot = Robot()
    robot.state('camera', 'starting')
    robot.state('camera', 'unhealthy', 'not ready within 30.0 s, stopping it')
    robot.state('camera', 'backoff', 'not ready within 30.0 s, restart 1 of 5 in 2.0 s')
    assert robot.changes('start') == ['unknown > unhealthy']
    assert robot.changes('process') == []
    robot.start()
    assert robot.changes('start') == ['unknown > unhealthy', 'unhealthy > healthy']


def test_a_stop_by_the_operator_ends_every_evaluation() -> None:
    """A failing node that is stopped is stopped, not failing."""
    robot = Robot().start().well(1)
    robot.exit()
    robot.state('camera', 'failed')
    robot.state('camera', 'stopped', 'stopped by the operator', planned=True)
    health = robot.evaluation.node('camera', robot.at)
    assert (health.level, health.cause) == ('unknown', 'stopped by the operator')
    assert robot.changes('process') == ['healthy > unhealthy', 'unhealthy > unknown']


def test_a_clean_exit_that_is_not_restarted_is_no_failure() -> None:
    """Completed is an end as good as any."""
    robot = Robot().start().well(1)
    robot.hear(robot.evaluation.exited(
        'camera', 'ended with exit 0', robot.at, generation=1, failed=False))
    robot.state('camera', 'completed', 'ended with exit 0')
    assert robot.level() == 'unknown'
    assert robot.changes('process') == []


def test_a_slow_legal_start_is_no_trouble() -> None:
    """Imports use the CPU and allocate; nobody should be told."""
    robot = Robot()
    robot.state('camera', 'starting')
    for index in range(30):
        robot.look(cpu_percent=100.0, memory_mb=50.0 + 20.0 * index, beat_age_s=None,
                   lifecycle_state='configuring')
    assert [one for one in robot.said if one.node] == []
    assert robot.level() == 'unknown'


def test_a_snapshot_is_nobodys_to_change() -> None:
    """The seed's defect: callers got the live object."""
    robot = Robot().start().well(1)
    before = robot.evaluation.node('camera', robot.at)
    robot.exit()
    assert before.level == 'healthy'
    with pytest.raises(TypeError):
        before.signals['cpu'] = before.signals['memory']  # type: ignore[index]
    with pytest.raises(TypeError):
        robot.evaluation.nodes(robot.at)['x'] = before  # type: ignore[index]


def test_not_resumed_in_time_is_not_ready_in_time() -> None:
    """A pause that does not end is told as a start that does not."""
    robot = Robot().start().well(1)
    robot.state('camera', 'paused')
    robot.state('camera', 'unhealthy', 'not ready within 30.0 s, stopping it')
    assert robot.changes('start') == ['healthy > unhealthy']
    assert robot.changes('process') == []
