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

"""Truth tables: what each sample says about each signal of a ready node."""

from __future__ import annotations

from typing import Any

from nevil_health.signals import CheckResult
from nevil_health.signals import NODE_SIGNALS
from nevil_health.signals import NodeRules
import pytest
from signals_history import Robot

CAMERA = NodeRules(name='camera')
RESTARTED = NodeRules(name='camera', restart_on=frozenset({'cpu', 'memory', 'fds', 'lifecycle'}))
SMALL = NodeRules(name='camera', max_memory_mb=200.0, max_threads=10, max_fds=50)
NEVER = 99


def failed(times: int, text: str = 'no frames') -> CheckResult:
    """Return the result of a health check that failed so often in a row."""
    return CheckResult(passed=False, failures=times, text=text)


@pytest.mark.parametrize('rules, signal, fields, after, level, cause', [
    (CAMERA, 'cpu', {'cpu_percent': 96.0}, 3, 'degraded',
     'CPU 96 % of a core, more than 80 % for 15 s'),
    (CAMERA, 'cpu', {'cpu_percent': 80.0}, NEVER, 'healthy', ''),
    (RESTARTED, 'cpu', {'cpu_percent': 96.0}, 3, 'unhealthy', 'CPU 96 % of a core, more than'),
    (CAMERA, 'memory', {'memory_mb': 3500.0}, 3, 'degraded', 'memory 3500 MB, more than 3400 MB'),
    (CAMERA, 'memory', {'memory_mb': 3300.0}, NEVER, 'healthy', ''),
    (CAMERA, 'memory', {'memory_mb': 90.0, 'memory_limit_mb': 100.0}, 3, 'degraded',
     'memory 90 MB, more than 85 MB for 15 s'),
    (RESTARTED, 'memory', {'memory_mb': 90.0, 'memory_limit_mb': 100.0}, 3, 'unhealthy',
     'memory 90 MB, more than 85 MB for 15 s'),
    (SMALL, 'memory', {'memory_mb': 171.0}, 3, 'degraded', 'memory 171 MB, more than 170 MB'),
    (SMALL, 'memory', {'memory_mb': 201.0}, 3, 'unhealthy', 'memory 201 MB, more than 200 MB'),
    (SMALL, 'memory', {'memory_mb': 170.0}, NEVER, 'healthy', ''),
    (SMALL, 'threads', {'threads': 11}, 3, 'unhealthy', '11 threads, more than 10 for 15 s'),
    (SMALL, 'threads', {'threads': 10}, NEVER, 'healthy', ''),
    (SMALL, 'fds', {'fds': 51}, 3, 'unhealthy', '51 open files, more than 50 for 15 s'),
    (CAMERA, 'fds', {'fds': 820}, 3, 'degraded', '820 open files, more than 819 for 15 s'),
    (RESTARTED, 'fds', {'fds': 820}, 3, 'unhealthy', '820 open files, more than 819 for 15 s'),
    (CAMERA, 'response_time', {'response_s': 6.0}, 3, 'degraded',
     'response time (p95) 6.00 s, more than 5.00 s for 15 s'),
    (CAMERA, 'response_time', {'response_s': 5.0}, NEVER, 'healthy', ''),
    (CAMERA, 'progress', {'main_loop_age_s': 301.0}, 2, 'unhealthy',
     'main loop without progress for 301 s, more than 300 s'),
    (CAMERA, 'progress', {'main_loop_age_s': 300.0}, NEVER, 'healthy', ''),
    (CAMERA, 'lifecycle', {'lifecycle_state': 'deactivating'}, 6, 'unknown', ''),
    (CAMERA, 'health_check', {'check': failed(3)}, 1, 'unhealthy',
     'health check failed 3 times in a row: no frames'),
    (CAMERA, 'health_check', {'check': failed(3, '')}, 1, 'unhealthy',
     'health check failed 3 times in a row'),
    (CAMERA, 'health_check', {'check': failed(2)}, NEVER, 'healthy', ''),
    (CAMERA, 'health_check', {'check': CheckResult(passed=True)}, NEVER, 'healthy', ''),
    (CAMERA, 'health_check', {'check': CheckResult()}, NEVER, 'unknown', ''),
    (CAMERA, 'process', {'process_state': 'T'}, 1, 'degraded', 'stopped (SIGSTOP)'),
    (CAMERA, 'process', {'process_state': 't'}, 1, 'degraded', 'stopped by a debugger'),
    (CAMERA, 'process', {'process_state': 'T', 'beat_age_s': None}, 1, 'unhealthy',
     'stopped (SIGSTOP)'),
    (CAMERA, 'process', {'process_state': 'Z'}, 1, 'unhealthy', 'a zombie: ended, not reaped'),
    (CAMERA, 'process', {'process_state': 'D'}, NEVER, 'healthy', ''),
    (CAMERA, 'duplicate', {'instances': 2}, 1, 'degraded',
     '2 processes send heartbeats under its name, more than 1'),
    (CAMERA, 'runaway', {'beats_per_s': 4.1}, 2, 'degraded',
     '4.1 heartbeats a second, more than 4.0'),
    (CAMERA, 'runaway', {'beats_per_s': 4.0}, NEVER, 'healthy', ''),
    (CAMERA, 'lifecycle', {'lifecycle_state': 'inactive'}, 2, 'degraded',
     'inactive, should be active, for 5 s'),
    (CAMERA, 'lifecycle', {'lifecycle_state': 'finalized'}, 2, 'degraded',
     'finalized, should be active, for 5 s'),
    (CAMERA, 'lifecycle', {'lifecycle_state': 'configuring'}, 9, 'degraded',
     'configuring, should be active, for 40 s'),
    (RESTARTED, 'lifecycle', {'lifecycle_state': 'finalized'}, 2, 'unhealthy',
     'finalized, should be active, for 5 s'),
    (RESTARTED, 'lifecycle', {'lifecycle_state': 'finalized', 'beat_age_s': 1.0}, 2, 'unhealthy',
     'finalized, should be active, for 5 s'),
    (RESTARTED, 'lifecycle', {'lifecycle_state': 'finalized', 'beat_age_s': 5.0}, 5, 'unhealthy',
     'finalized, should be active, for 20 s'),
    (RESTARTED, 'lifecycle', {'lifecycle_state': 'inactive', 'desired_state': 'active'}, 9,
     'unhealthy', 'inactive, should be active, for 40 s'),
    (CAMERA, 'lifecycle', {'lifecycle_state': 'inactive', 'desired_state': 'inactive'}, NEVER,
     'healthy', ''),
])
def test_a_signal_turns_after_so_many_looks(
    rules: NodeRules, signal: str, fields: dict[str, Any], after: int, level: str, cause: str,
) -> None:
    """Each signal by its own limit, with a cause that has the numbers; no other signal moves."""
    robot = Robot(rules).start().well(8)
    del robot.said[:]
    count = 0
    while count < min(after, 30):
        count += 1
        robot.look(**fields)
        told = [one for one in robot.said if one.signal == signal and one.new == level]
        assert bool(told) == (count == after and level not in ('healthy', 'unknown'))
    assert robot.signal(signal).level == level
    if cause:
        assert told[0].cause.startswith(cause)
        assert robot.level() == level
    assert {one.signal for one in robot.said if one.node} <= {signal, ''}


@pytest.mark.parametrize('signal, bad, good, looks', [
    ('cpu', {'cpu_percent': 96.0}, {'cpu_percent': 69.0}, 6),
    ('memory', {'memory_mb': 90.0, 'memory_limit_mb': 100.0},
     {'memory_mb': 79.0, 'memory_limit_mb': 100.0}, 6),
    ('response_time', {'response_s': 6.0}, {'response_s': 3.9}, 2),
    ('progress', {'main_loop_age_s': 310.0}, {}, 2),
    ('health_check', {'check': failed(3)}, {'check': CheckResult(passed=True)}, 2),
    ('lifecycle', {'lifecycle_state': 'inactive'}, {}, 2),
    ('process', {'process_state': 'T'}, {}, 2),
    ('duplicate', {'instances': 2}, {}, 2),
])
def test_a_signal_clears_after_so_many_looks(
    signal: str, bad: dict[str, Any], good: dict[str, Any], looks: int,
) -> None:
    """Better takes more looks than worse, and one bad look begins the count again."""
    robot = Robot().start().well(3)
    for _ in range(5):
        robot.look(**bad)
    assert robot.level() in ('degraded', 'unhealthy')
    for _ in range(looks - 1):
        robot.look(**good)
    robot.look(**bad)
    for count in range(1, looks + 1):
        assert robot.signal(signal).level in ('degraded', 'unhealthy')
        robot.look(**good)
        assert (robot.signal(signal).level == 'healthy') == (count == looks)
    assert robot.level() == 'healthy'


@pytest.mark.parametrize('signal, bad, between', [
    ('cpu', {'cpu_percent': 96.0}, {'cpu_percent': 75.0}),
    ('response_time', {'response_s': 6.0}, {'response_s': 4.5}),
    ('health_check', {'check': failed(3)}, {'check': failed(1)}),
])
def test_between_the_thresholds_nothing_changes(
    signal: str, bad: dict[str, Any], between: dict[str, Any],
) -> None:
    """Neither is trouble made there nor ended."""
    robot = Robot().start().well(2)
    for _ in range(20):
        robot.look(**between)
    assert robot.changes(signal) == []
    for _ in range(4):
        robot.look(**bad)
    for _ in range(20):
        robot.look(**between)
    assert len([one for one in robot.changes(signal) if 'healthy >' not in one]) == 0


def test_a_stopped_process_explains_all_else() -> None:
    """SIGSTOP: one signal, not ten."""
    robot = Robot(NodeRules(name='camera', min_messages_per_s=1.0)).start().well(5)
    for count in range(10):
        robot.look(process_state='T', main_loop_age_s=400.0 + 5 * count, cpu_percent=0.0)
    robot.late()
    bad = {one.signal for one in robot.said if one.new in ('degraded', 'unhealthy') and one.node}
    assert bad == {'process', 'heartbeat', ''}


def test_a_stop_that_is_shorter_than_the_timeout_is_a_near_miss() -> None:
    """It is recorded, and it is no failure: nothing was lost, and nothing has to be done."""
    robot = Robot().start().well(5)
    robot.look(process_state='T', beat_age_s=3.0)
    robot.well(5)
    levels = [one.new for one in robot.said if one.node and one.old != 'unknown']
    assert 'unhealthy' not in levels and levels[-1] == 'healthy'
    assert [one.cause for one in robot.said if one.signal == 'process'
            and one.new == 'degraded'] == ['stopped (SIGSTOP)']


def test_a_silent_node_is_not_evaluated_by_what_it_said_before() -> None:
    """While the heartbeat is late, the last word of the node grows old and says nothing."""
    robot = Robot().start().well(2)
    robot.late()
    for count in range(5):
        robot.look(main_loop_age_s=400.0 + 5 * count, lifecycle_state='inactive',
                   check=failed(9), cpu_percent=10.0)
    assert {one.signal for one in robot.said if one.new in ('degraded', 'unhealthy')
            and one.node} == {'heartbeat', ''}


def test_rules_that_are_off_have_no_signal() -> None:
    """None switches a signal off."""
    off = NodeRules(
        name='camera', max_cpu_percent=None, max_memory_percent=None, max_main_loop_s=None,
        max_error_rate=None, max_response_s=None)
    robot = Robot(off).start().well(1)
    for _ in range(5):
        robot.look(cpu_percent=900.0, memory_mb=9e6, main_loop_age_s=1e6, response_s=100.0)
    assert set(robot.evaluation.node('camera', robot.at).signals) == set(NODE_SIGNALS) - {
        'cpu', 'memory', 'memory_trend', 'threads', 'threads_trend', 'progress', 'error_rate',
        'response_time', 'throughput', 'liveness', 'readiness'}
    assert robot.level() == 'healthy'


def test_a_signal_without_evidence_is_unknown_again() -> None:
    """A node that was slow and has not answered anything since is not slow for ever."""
    robot = Robot().start().well(2)
    for _ in range(3):
        robot.look(response_s=6.0)
    for _ in range(2):
        robot.look(response_s=None)
    assert robot.signal('response_time').level == 'degraded'
    robot.look(response_s=None)
    assert robot.signal('response_time').level == 'unknown'
    assert robot.said[-2].cause == 'no data for 15 s'
    assert robot.level() == 'healthy'
    robot.look()
    assert robot.changes('response_time') == [
        'healthy > degraded', 'degraded > unknown', 'unknown > healthy']


def test_a_foreign_executable_is_evaluated_by_its_process_alone() -> None:
    """It does not beat, and owes no beat."""
    robot = Robot().start()
    for _ in range(5):
        robot.look(beat_age_s=None, lifecycle_state=None, desired_state='', beats_per_s=None,
                   expected_beats_per_s=None, main_loop_age_s=None, response_s=None)
    assert robot.level() == 'healthy'
    assert robot.signal('heartbeat').level == 'unknown'


def test_looks_in_quick_succession_are_one() -> None:
    """A node that says at once, and again, that it was deactivated is looked at once more."""
    robot = Robot().start().well(2)
    for _ in range(4):
        robot.at += 0.2
        robot.see('camera', lifecycle_state='inactive')
    assert robot.signal('lifecycle').level == 'healthy'
    robot.at += 1.0
    robot.see('camera', lifecycle_state='inactive')
    assert robot.signal('lifecycle').level == 'degraded'


def test_what_is_bad_out_of_turn_counts_at_once() -> None:
    """A failed health check does not wait for the next interval."""
    robot = Robot().start().well(1)
    robot.at += 0.3
    robot.see('camera', check=failed(3))
    assert robot.signal('health_check').level == 'unhealthy'
