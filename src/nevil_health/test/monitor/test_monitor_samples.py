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

"""What the real health node samples of real nodes."""

from __future__ import annotations

from dataclasses import fields
import os
import signal
import time

from nevil_health.signals.observations import NodeSample
from nevil_health.signals.observations import SystemSample
import pytest

pytest.importorskip('rclpy')
pytest.importorskip('nevil_msgs.msg')

from quality.waiting import wait_for  # noqa: E402, I100, I201
from stand_in import Scene  # noqa: E402, I100, I201
from stand_in import unit_of  # noqa: E402, I100, I201


def rss_mb(pid: int) -> float:
    """Return the resident size of a process."""
    with open(f'/proc/{pid}/statm') as file:
        return int(file.read().split()[1]) * os.sysconf('SC_PAGE_SIZE') / 2**20


def cpu_s(pid: int) -> float:
    """Return the processor time of a process."""
    with open(f'/proc/{pid}/stat') as file:
        ticks = file.read().rpartition(')')[2].split()[11:13]
    return sum(map(int, ticks)) / os.sysconf('SC_CLK_TCK')


def test_a_sample_has_every_field_that_is_evaluated(stage: Scene) -> None:
    """What is missing would be a signal that is never seen."""
    victim = stage.victim('a')
    for line in ('set main_loop_running true', 'set main_loop_age 7.5', 'set check_count 3',
                 'set check_failures 1', 'set check_text "no motor"', 'set received_count 12',
                 'set response_time 0.25'):
        victim.tell(line)
    stage.server.expect(unit_of(victim, 'a'), interval_s=0.6, logs=str(stage.folder))
    sample = wait_for(lambda: stage.server.sample('a').get('beats_per_s')
                      and stage.server.sample('a'))
    assert set(sample) == {field.name for field in fields(NodeSample)}
    assert {name for name, value in sample.items() if value is None} <= {'memory_limit_mb'}
    assert 7.5 <= sample['main_loop_age_s'] < 9 and sample['response_s'] == 0.25
    assert sample['check'] == {'passed': False, 'failures': 1, 'duration_s': 0.0,
                               'text': 'no motor'}
    assert sample['counters']['received'] == 12 and sample['counters']['lost_beats'] == 0
    assert 5 < sample['expected_beats_per_s'] < 15 and 5 < sample['beats_per_s'] < 15
    assert sample['instances'] == 1 and sample['desired_state'] == 'active'
    system = stage.server.system()
    assert set(system) == {field.name for field in fields(SystemSample)}
    assert all(system[name] is not None for name in system)
    assert 0 < system['memory_percent'] < 100 and 0 < system['disk_percent'] <= 100


def test_a_change_of_a_check_does_not_wait_for_the_next_sample(stage: Scene) -> None:
    """A health check that fails is known within a moment, whatever the interval."""
    victim = stage.victim('a')
    stage.server.expect(unit_of(victim, 'a'), interval_s=60.0)
    wait_for(lambda: stage.server.sample('a').get('process_state'))
    victim.tell('set check_count 1')
    victim.tell('set check_failures 1')
    began = time.monotonic()
    wait_for(lambda: (stage.server.sample('a')['check'] or {}).get('failures') == 1)
    assert time.monotonic() - began < 2
    assert stage.server.sample('a')['process_state'] in 'SR'


def test_news_that_come_too_often_are_put_together(stage: Scene) -> None:
    """A node whose state flickers costs no more than five samples a second."""
    victim = stage.victim('a')
    stage.server.expect(unit_of(victim, 'a'), interval_s=60.0)
    wait_for(lambda: stage.server.sample('a').get('process_state'))
    before, began = len(stage.server.samples()), time.monotonic()
    for number in range(30):
        victim.tell(f'set check_failures {number}')
        time.sleep(0.1)
    wait_for(lambda: stage.server.sample('a')['check']['failures'] == 29)
    sent, took_s = len(stage.server.samples()) - before, time.monotonic() - began
    assert 3 <= sent <= 5 * took_s + 2


def test_two_under_one_name_are_told_at_once_and_none_is_late(stage: Scene) -> None:
    """A duplicate is a fact about the name; a restart is not one."""
    first, well = stage.victim('a'), stage.victim('b')
    stage.server.expect(unit_of(first, 'a'), unit_of(well, 'b'), interval_s=60.0)
    wait_for(lambda: len(stage.server.readings('ready')) == 2)
    second = stage.victim('a')
    wait_for(lambda: stage.server.sample('a').get('instances') == 2)
    second.kill()
    wait_for(lambda: stage.server.sample('a')['instances'] == 1)
    first.kill()
    third = stage.victim('a', 2)
    stage.server.expect(unit_of(third, 'a', generation=2), unit_of(well, 'b'), interval_s=0.2)
    wait_for(lambda: ('ready', 'a', 2) in stage.server.readings())
    wait_for(lambda: (stage.server.sample('a')['counters'] or {}).get('beats', 0) > 20)
    assert {one['a']['instances'] for one in stage.server.samples()
            if one.get('a', {}).get('generation') == 2} == {1}
    assert stage.server.readings('late') == []


def test_late_carries_the_node_and_the_state_of_its_process(stage: Scene) -> None:
    """Stopped and hung are different illnesses."""
    stopped, hung, well = (stage.victim(name) for name in 'abc')
    stage.server.expect(unit_of(stopped, 'a'), unit_of(hung, 'b'), unit_of(well, 'c'),
                        timeout_s=30.0)
    wait_for(lambda: len(stage.server.readings('ready')) == 3)
    units = [{**unit_of(one, name), 'heartbeat_timeouts': {name: 1.0 if name == 'a' else 2.5}}
             for one, name in ((stopped, 'a'), (hung, 'b'), (well, 'c'))]
    stage.server.expect(*units, timeout_s=30.0)
    stopped.signal(signal.SIGSTOP)
    wait_for(lambda: stage.server.told('late'))
    hung.tell('hang')
    wait_for(lambda: len(stage.server.told('late')) == 2)
    assert [(one['node'], one['process_state'] == 'T') for one in stage.server.told('late')] == [
        ('a', True), ('b', False)]


def test_most_silent_at_once_are_a_network_fault(stage: Scene) -> None:
    """Two of three: nobody is blamed, and it is over with the first who is heard."""
    victims = [stage.victim(name) for name in 'abc']
    stage.server.expect(*(unit_of(one, name) for one, name in zip(victims, 'abc')),
                        timeout_s=1.5)
    wait_for(lambda: len(stage.server.readings('ready')) == 3)
    for one in victims[:2]:
        one.tell('silent')
    wait_for(lambda: stage.server.told('network_silent'))
    for one in victims[:2]:
        one.tell('beat')
    wait_for(lambda: stage.server.told('network_back'))
    assert stage.server.readings('late') == []


def test_a_monitor_that_was_stopped_accuses_nobody(stage: Scene) -> None:
    """Ten seconds of its own absence are its own; it says how long it was away."""
    victims = {name: stage.victim(name) for name in 'abc'}
    stage.server.expect(*(unit_of(one, name) for name, one in victims.items()), timeout_s=2.0,
                        interval_s=0.5)
    wait_for(lambda: len(stage.server.readings('ready')) == 3)
    wait_for(lambda: len(stage.server.sample('c')) and stage.server.sample('c')['beats_per_s'])
    stage.health.signal(signal.SIGSTOP)
    time.sleep(10)  # the fault itself, not a wait
    before = len(stage.server.samples())
    stage.health.signal(signal.SIGCONT)
    wait_for(lambda: len(stage.server.samples()) > before + 8)
    assert stage.server.readings('late') == [] and not stage.server.told('network_silent')
    lags = [one['args']['system']['monitor_lag_s'] for one in stage.server.requests
            if one['verb'] == 'samples' and 'system' in one['args']]
    assert 9 < max(lags) < 12 and lags[-1] < 1
    after = [sample for one in stage.server.samples()[before:] for sample in one.values()]
    assert max(one['beat_age_s'] for one in after) < 6  # they must find us again
    assert {one['instances'] for one in after} == {1}
    assert {one['counters']['lost_beats'] for one in after} == {0}


def test_ten_thousand_names_cost_bounded_memory(stage: Scene) -> None:
    """They are counted up to a limit; nobody who belongs here suffers."""
    loud, well = stage.victim('a'), stage.victim('b')
    stage.server.expect(unit_of(loud, 'a'), unit_of(well, 'b'), timeout_s=3.0, interval_s=0.5)
    wait_for(lambda: stage.server.sample('b').get('beats_per_s'))
    before_mb, before_s = rss_mb(stage.health.pid), cpu_s(stage.health.pid)
    began = time.monotonic()
    loud.tell('flood 10000')
    wait_for(lambda: len(stage.server.system()['unmanaged']) == 512)
    took_s = time.monotonic() - began
    assert rss_mb(stage.health.pid) - before_mb < 20
    assert cpu_s(stage.health.pid) - before_s < took_s
    assert stage.server.readings('late') == []


def test_garbage_is_counted_and_dropped(stage: Scene) -> None:
    """Megabytes of name, nan, negative: no exception, no memory, no harm to others."""
    loud, well = stage.victim('a'), stage.victim('b')
    stage.server.expect(unit_of(loud, 'a'), unit_of(well, 'b'), timeout_s=3.0, interval_s=0.5)
    wait_for(lambda: stage.server.sample('b').get('beats_per_s'))
    before_mb = rss_mb(stage.health.pid)
    loud.tell('garbage 300')
    wait_for(lambda: stage.server.system()['malformed'] > 150)
    wait_for(lambda: stage.server.sample('a')['beat_age_s'] < 0.3)
    assert rss_mb(stage.health.pid) - before_mb < 150
    assert stage.server.readings('late') == [] and stage.server.system()['unmanaged'] == []
    assert 'Traceback' not in stage.health.text()


def test_who_is_silent_and_still_connected_hangs(stage: Scene) -> None:
    """Most of them hang together: the middleware still reaches them, so it is not the network."""
    victims = [stage.victim(name) for name in 'abc']
    stage.server.expect(*(unit_of(one, name) for one, name in zip(victims, 'abc')),
                        timeout_s=4.0)
    wait_for(lambda: len(stage.server.readings('ready')) == 3)
    for one in victims[:2]:
        one.tell('hang')
    wait_for(lambda: stage.server.told('network_silent'))
    assert stage.server.readings('late') == []
    wait_for(lambda: len(stage.server.told('late')) == 2, 60.0)
    wait_for(lambda: stage.server.told('network_back'))
    assert {one['node'] for one in stage.server.told('late')} == {'a', 'b'}
    assert min(one['silent_for_s'] for one in stage.server.told('late')) > 24
