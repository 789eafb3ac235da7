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

"""The robot as a whole: by criticality and dependency, and why, the roots first."""

from __future__ import annotations

from typing import Any

from nevil_health.signals import Counters
from nevil_health.signals import NodeRules
from nevil_health.signals import SystemSample
import pytest
from signals_history import Robot


def rules(name: str, criticality: Any = 'important', *requires: str) -> NodeRules:
    """Return the rules of a node."""
    return NodeRules(name=name, criticality=criticality, requires=requires)


def crash(robot: Robot, node: str, reason: str = 'killed by SIGSEGV, restart 2 of 5 in 4.0 s',
          ) -> None:
    """Let a node crash and back off."""
    robot.exit(node)
    robot.state(node, 'backoff', reason)


def level(robot: Robot) -> str:
    """Return the level of the system."""
    return robot.evaluation.system(robot.at).level


def test_nothing_is_healthy_without_data() -> None:
    """The seed's defect: an empty system was healthy."""
    robot = Robot(rules('a'), rules('b'))
    assert (level(robot), robot.causes()) == ('degraded', ('no data yet: a, b',))
    robot.start()
    assert (level(robot), robot.causes()) == ('degraded', ('no data yet: a, b',))
    robot.look('a')
    assert robot.causes() == ('no data yet: b',)
    robot.see('b')
    assert (level(robot), robot.causes()) == ('healthy', ())


def test_a_robot_without_nodes_is_not_healthy() -> None:
    """Nothing to do is nothing done well."""
    robot = Robot(rules('a'))
    robot.state('a', 'disabled', planned=True)
    assert level(robot) == 'degraded'
    assert robot.causes() == ('no node runs, as requested: 1 disabled',)


@pytest.mark.parametrize('failing, expected', [
    ((), 'healthy'),
    (('o1',), 'degraded'), (('o1', 'o2', 'o3'), 'degraded'),
    (('i1',), 'degraded'), (('i1', 'i2'), 'unhealthy'), (('i1', 'o1', 'o2'), 'degraded'),
    (('c1',), 'unhealthy'), (('i1', 'i2', 'i3'), 'unhealthy'),
])
def test_criticality_decides(failing: tuple[str, ...], expected: str) -> None:
    """One critical node, or more than half of the important ones; the optional only degrade."""
    robot = Robot(
        rules('c1', 'critical'), rules('i1'), rules('i2'), rules('i3'),
        rules('o1', 'optional'), rules('o2', 'optional'), rules('o3', 'optional'))
    robot.start().well(1)
    for node in failing:
        crash(robot, node)
    assert level(robot) == expected
    assert len(robot.causes()) == len(failing)
    changed = [one for one in robot.said if not one.node and not one.signal]
    assert (changed[-1].new if changed else 'degraded') == expected


def test_dependents_are_folded_into_their_root() -> None:
    """One root, one cause: with its fact, its next step, and who waits for it."""
    robot = Robot(rules('camera'), *(rules(name, 'important', 'camera') for name in 'abc'))
    robot.start().well(1)
    crash(robot, 'camera')
    for node in 'abc':
        robot.hear(robot.evaluation.blame(node, 'camera', robot.at))
        robot.state(node, 'paused', 'paused, camera failed')
    assert robot.causes() == (
        'camera: killed by SIGSEGV, restart 2 of 5 in 4.0 s; 3 nodes paused for it: a, b, c',)
    assert robot.evaluation.node('a', robot.at).root == 'camera'
    assert (robot.level('a'), level(robot)) == ('healthy', 'degraded')
    robot.start('camera')
    for node in 'abc':
        robot.hear(robot.evaluation.blame(node, '', robot.at))
        robot.state(node, 'ready')
    robot.well(1)
    assert (level(robot), robot.causes()) == ('healthy', ())


def test_the_root_is_found_over_several_nodes() -> None:
    """Blame and requirements are followed to the node that failed; cycles of blame end."""
    robot = Robot(rules('d'), rules('a', 'important', 'b'), rules('b', 'important', 'c'),
                  rules('c', 'important', 'd'))
    robot.start().well(1)
    crash(robot, 'd', 'given up')
    robot.state('a', 'waiting')
    robot.state('c', 'waiting')
    robot.hear(robot.evaluation.blame('b', 'c', robot.at))
    robot.hear(robot.evaluation.blame('c', 'd', robot.at))
    robot.state('b', 'paused')
    causes = ('d: given up; 1 node paused for it: b; 2 nodes waiting for it: a, c',)
    assert robot.causes() == causes
    robot.hear(robot.evaluation.blame('c', 'b', robot.at))
    assert robot.causes() == causes


def test_many_names_are_counted() -> None:
    """A cause stays a line."""
    robot = Robot(rules('camera'), *(rules(f'n{index}', 'important', 'camera')
                                     for index in range(9)))
    robot.start().well(1)
    crash(robot, 'camera', 'given up')
    for index in range(9):
        robot.state(f'n{index}', 'paused')
    assert robot.causes() == (
        'camera: given up; 9 nodes paused for it: n0, n1, n2, n3, n4 and 4 more',)


def test_roots_come_first_the_critical_ones_before_the_others() -> None:
    """What is to be looked at first is said first."""
    robot = Robot(rules('o', 'optional'), rules('i'), rules('c', 'critical'), rules('slow'),
                  rules('p'))
    robot.start().well(1)
    for node in 'oic':
        crash(robot, node, 'given up')
    for _ in range(3):
        robot.look('slow', response_s=6.0)
    robot.state('p', 'paused', 'paused by the operator')
    robot.hear(robot.evaluation.network(True, robot.at))
    assert robot.causes() == (
        'c: given up', 'i: given up', 'o: given up',
        'network: all nodes fell silent at once',
        'slow: response time (p95) 6.00 s, more than 5.00 s for 15 s',
        'p: paused, paused by the operator')


def test_planned_stops_are_in_no_cause() -> None:
    """What the operator stopped or paused is no failure, and half of the robot may be."""
    robot = Robot(rules('a'), rules('b'), rules('c', 'critical'), rules('d'))
    robot.start().well(1)
    robot.state('a', 'stopping', 'stopped by the operator', planned=True)
    robot.state('a', 'stopped', 'stopped by the operator', planned=True)
    robot.state('c', 'stopped', 'stopped by the operator', planned=True)
    robot.state('d', 'paused', 'paused by the operator', planned=True)
    assert (level(robot), robot.causes()) == ('healthy', ())
    crash(robot, 'b', 'given up')
    assert (level(robot), robot.causes()) == ('unhealthy', ('b: given up',))


def test_who_waits_for_what_the_operator_stopped_is_in_no_cause_either() -> None:
    """It follows from the desired state; a node that waits for something else is named."""
    robot = Robot(rules('a'), rules('b', 'important', 'a'), rules('c'), rules('d'),
                  rules('e', 'important', 'a', 'd'))
    robot.start().well(1)
    robot.state('a', 'stopped', 'stopped by the operator', planned=True)
    robot.state('b', 'waiting', 'waiting for a (stopped)', planned=True)
    robot.state('e', 'paused', 'a is not available', planned=True)
    assert (level(robot), robot.causes()) == ('healthy', ())
    robot.state('b', 'waiting', 'waiting for a (completed)')
    assert robot.causes() == ('1 node not ready: b; a is stopped',)
    robot.state('b', 'waiting', 'waiting for a (stopped)', planned=True)
    crash(robot, 'd', 'given up')
    robot.hear(robot.evaluation.blame('e', 'd', robot.at))
    assert robot.causes() == ('d: given up; 1 node paused for it: e',)
    robot.state('c', 'waiting', 'waiting for its turn', planned=True)
    assert robot.causes()[1:] == ('1 node waiting: c',)


def test_who_is_ended_for_a_failure_is_folded_into_it() -> None:
    """An executable that cannot pause is ended, and started again with its root."""
    robot = Robot(rules('a'), rules('b', 'important', 'a'), rules('c')).start().well(1)
    crash(robot, 'a', 'given up')
    robot.state('b', 'stopping', 'a is not available, ended until it is back')
    assert robot.causes() == ('a: given up; 1 node stopping for it: b',)
    robot.state('b', 'waiting', 'waiting for a (failed)')
    assert robot.causes() == ('a: given up; 1 node waiting for it: b',)


def test_a_start_is_no_health_yet() -> None:
    """Who starts is named, in one cause."""
    robot = Robot(rules('a'), rules('b'), rules('c', 'important', 'b'))
    robot.start('a').well(1)
    robot.state('b', 'starting')
    robot.state('c', 'waiting')
    assert (level(robot), robot.causes()) == (
        'degraded', ('1 node starting: b', '1 node waiting: c'))


def test_no_health_node_is_the_cause_of_no_data() -> None:
    """One cause, not one for each node of which nothing is known."""
    robot = Robot(rules('a'), rules('b')).start().well(1)
    robot.hear(robot.evaluation.monitor(False, robot.at))
    assert (level(robot), robot.causes()) == ('degraded', ('no health node',))
    robot.advance(20.0)
    assert robot.level('a') == 'unknown'
    assert robot.causes() == ('no health node',)
    robot.exit('a')
    assert robot.causes()[0] == 'a: killed by SIGSEGV'
    robot.state('a', 'backoff')
    robot.start('a').well(1)
    assert level(robot) == 'healthy'


@pytest.mark.parametrize('signal, fields, looks, cause', [
    ('cpu', {'cpu_percent': 96.0}, 3, 'CPU 96 % of all cores, more than 80 % for 15 s'),
    ('memory', {'memory_percent': 91.0}, 3, 'memory 91 % used, more than 85 % for 15 s'),
    ('disk', {'disk_percent': 97.0}, 3, 'disk 97 % full, more than 95 % for 15 s'),
    ('monitor_lag', {'monitor_lag_s': 1.4}, 2, 'health node 1.4 s late, more than 1.0 s'),
    ('unmanaged', {'unmanaged': ('x', 'y')}, 2,
     'heartbeats of names that belong to no node: x, y'),
])
def test_the_machine_degrades_the_system(
    signal: str, fields: dict[str, Any], looks: int, cause: str,
) -> None:
    """Each by its limit, after so many looks, and better again."""
    robot = Robot(max_disk_percent=95.0).start().well(2)
    for count in range(1, looks + 1):
        robot.at += 5.0
        robot.see('camera')
        robot.hear(robot.evaluation.system_sample(SystemSample(**fields), robot.at))
        assert (level(robot) == 'degraded') == (count == looks)
    assert robot.causes() == (cause,)
    assert robot.changes(signal, '') == ['healthy > degraded']
    robot.well(6)
    assert level(robot) == 'healthy'
    assert robot.changes(signal, '') == ['healthy > degraded', 'degraded > healthy']


def test_an_old_accusation_of_the_machine_does_not_stand() -> None:
    """Without data for three intervals the machine's signals are unknown."""
    robot = Robot().start().well(1)
    for _ in range(3):
        robot.at += 5.0
        robot.hear(robot.evaluation.system_sample(SystemSample(cpu_percent=99.0), robot.at))
    robot.advance(15.0)
    assert robot.signal('cpu', '').level == 'unknown'
    assert robot.evaluation.system(robot.at).cpu_percent is None


def test_sums_and_maxima_never_averages() -> None:
    """One of three at 75 % is a sum of 90 % and a maximum of 75 %."""
    robot = Robot(rules('a'), rules('b'), rules('c')).start()
    for index in range(3):
        robot.at += 5.0
        for node, cpu in (('a', 10.0), ('b', 100.0), ('c', 10.0)):
            robot.see(node, cpu_percent=0.75 * cpu, memory_mb=cpu * 2, counters=Counters(
                received=100 * index, errors=5 * index))
    system = robot.evaluation.system(robot.at)
    assert (system.cpu_sum_percent, system.cpu_max_percent, system.cpu_max_node) == (
        90.0, 75.0, 'b')
    assert (system.memory_sum_mb, system.memory_max_mb, system.memory_max_node) == (
        240.0, 200.0, 'b')
    assert system.messages_per_s == pytest.approx(60.0)
    assert system.error_rate == pytest.approx(0.05)
    assert dict(system.nodes) == {'unknown': 0, 'healthy': 3, 'degraded': 0, 'unhealthy': 0}


def test_a_shared_process_is_counted_once() -> None:
    """Composed nodes all have the numbers of their one process."""
    robot = Robot(rules('a'), rules('b'), rules('c')).start()
    robot.look('a', cpu_percent=30.0, memory_mb=100.0, shared=True)
    robot.see('b', cpu_percent=30.0, memory_mb=100.0, shared=True)
    robot.see('c', cpu_percent=5.0, memory_mb=40.0)
    system = robot.evaluation.system(robot.at)
    assert (system.cpu_sum_percent, system.memory_sum_mb) == (35.0, 140.0)
    assert system.cpu_max_node == 'a'


def test_what_is_not_running_uses_nothing() -> None:
    """The numbers of a process that ended are no longer part of the sum."""
    robot = Robot(rules('a'), rules('b')).start().well(1)
    crash(robot, 'a')
    assert robot.evaluation.system(robot.at).cpu_sum_percent == 10.0
    crash(robot, 'b')
    assert robot.evaluation.system(robot.at).cpu_sum_percent is None


def test_the_record_is_bounded_and_says_what_is_missing() -> None:
    """256 for all, 64 for each: a restless node does not push out what is known of others."""
    robot = Robot(rules('calm'), rules('restless')).start().well(1)
    for _ in range(300):
        robot.exit('restless')
        robot.state('restless', 'backoff')
        robot.start('restless')
    assert len(robot.evaluation.changes()) == 256
    assert robot.evaluation.changes().dropped == len(robot.said) - 256
    assert len(robot.evaluation.changes('restless')) == 64
    assert [one.node for one in robot.evaluation.changes('calm')] == ['calm']
    assert robot.evaluation.changes('calm').dropped == 0
    assert robot.evaluation.changes('nobody') == ()
    numbers = [one.sequence for one in robot.said]
    assert numbers == list(range(1, len(numbers) + 1))


def test_critical_node_that_cannot_work_makes_the_robot_unhealthy() -> None:
    """An arm that is paused for its camera does not hold the cup either."""
    robot = Robot(rules('camera'), rules('arm', 'critical', 'camera'), rules('a'), rules('b'))
    for name in ('camera', 'arm', 'a', 'b'):
        robot.state(name, 'ready')
        robot.see(name)
    robot.state('camera', 'backoff')
    assert level(robot) == 'degraded'
    robot.state('arm', 'paused')
    assert level(robot) == 'unhealthy'
