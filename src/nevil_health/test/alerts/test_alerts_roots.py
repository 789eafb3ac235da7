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

"""What is the consequence of what: told once, at its root."""

from __future__ import annotations

from alert_history import Alerts
import pytest

BEAT = 'camera/heartbeat'
PROCESS = 'camera/process'
MEMORY = 'camera/memory'


def test_hang_kill_and_start_are_one_incident() -> None:
    """The heartbeat is late, the supervisor kills the process and starts another: one story."""
    alerts = Alerts().unhealthy(0.0, BEAT, 'no heartbeat for 30 s')
    alerts.unhealthy(5.0, PROCESS, 'killed by SIGKILL, restart 1 of 5 in 2.0 s')
    alerts.unknown(5.0, BEAT).restarted(7.0, 'camera').degraded(7.0, 'camera/start')
    assert alerts.open(PROCESS).root == alerts.open('camera/start').root == 'i1'
    for signal in ('start', 'process', 'heartbeat'):
        alerts.healthy(9.0, f'camera/{signal}')
    assert alerts.until(1000.0).loud() == [(0.0, 'firing'), (39.0, 'resolved')]
    assert alerts.book.firing == ()


def test_giving_up_in_a_consequence_escalates_the_root() -> None:
    """No second incident: the first one gets worse, and says why."""
    alerts = Alerts().unhealthy(0.0, BEAT, 'no heartbeat for 30 s').unknown(5.0, BEAT)
    alerts.unhealthy(5.0, PROCESS, 'killed, restart 1 of 5 in 2.0 s')
    alerts.unhealthy(60.0, PROCESS, 'exit 1, given up after 5 restarts').until(700.0)
    assert alerts.loud() == [(0.0, 'firing'), (60.0, 'changed'), (660.0, 'repeated')]
    root = alerts.open(BEAT)
    assert root.severity == 'critical'
    assert root.text == 'no heartbeat for 30 s; exit 1, given up after 5 restarts'


def test_root_keeps_while_its_consequence_stands_though_itself_unknown() -> None:
    """A node in a long backoff has no heartbeat to watch; its incident must not end for that."""
    alerts = Alerts().unhealthy(0.0, BEAT).unknown(5.0, BEAT).unhealthy(5.0, PROCESS)
    alerts.until(3000.0)
    assert alerts.open(BEAT).state == 'firing'
    assert 'resolved' not in [kind for _, kind in alerts.loud()]


def test_root_and_consequence_of_which_nobody_knows_both_end() -> None:
    """Neither may keep the other for ever."""
    alerts = Alerts().unhealthy(0.0, 'camera/lifecycle').unhealthy(1.0, 'camera/cpu')
    alerts.unknown(5.0, 'camera/lifecycle').unknown(5.0, 'camera/cpu').until(700.0)
    assert alerts.book.firing == ()


def test_consequence_that_is_over_does_not_make_its_root_worse() -> None:
    """The process is back; that the check fails is a warning, as before."""
    alerts = Alerts().degraded(0.0, 'camera/health_check').unhealthy(5.0, PROCESS)
    assert alerts.open('camera/health_check').severity == 'error'
    assert alerts.healthy(9.0, PROCESS).open('camera/health_check').severity == 'warning'


def test_consequence_that_outlives_its_root_is_told_itself() -> None:
    """What stays when the cause is gone has another cause."""
    alerts = Alerts().unhealthy(0.0, PROCESS).unhealthy(5.0, 'camera/cpu')
    alerts.healthy(10.0, PROCESS).until(40.0)
    assert alerts.loud() == [(0.0, 'firing'), (40.0, 'resolved'), (40.0, 'firing')]
    assert alerts.open('camera/cpu').root == ''


def test_consequence_that_is_going_away_when_its_root_ends_is_not_told() -> None:
    """Telling something that ends in a second helps nobody."""
    alerts = Alerts().unhealthy(0.0, PROCESS).unhealthy(5.0, 'camera/cpu')
    alerts.healthy(10.0, PROCESS).healthy(11.0, 'camera/cpu').until(100.0)
    assert alerts.loud() == [(0.0, 'firing'), (40.0, 'resolved')]


def test_what_comes_after_the_root_was_over_is_no_consequence() -> None:
    """A crash while an old incident only waits for its end must not wait with it."""
    alerts = Alerts().unhealthy(0.0, BEAT).healthy(10.0, BEAT).unhealthy(20.0, PROCESS)
    assert alerts.loud(PROCESS) == [(20.0, 'firing')] and alerts.open(PROCESS).root == ''


@pytest.mark.parametrize(
    'signal', ['memory', 'cpu', 'threads', 'fds', 'error_rate', 'memory_trend'])
def test_resource_that_fired_before_a_crash_is_a_cause_of_its_own(signal: str) -> None:
    """A warning about memory does not hide a crash, nor the crash the warning."""
    alerts = Alerts().degraded(0.0, f'camera/{signal}').unhealthy(300.0, PROCESS)
    assert (alerts.open(f'camera/{signal}').root, alerts.open(PROCESS).root) == ('', '')
    assert alerts.loud(PROCESS) == [(300.0, 'firing')]


def test_process_ended_for_a_limit_is_its_consequence() -> None:
    """Over the limit, ended by the supervisor or the kernel, started again: one story."""
    alerts = Alerts().degraded(0.0, MEMORY).unhealthy(500.0, MEMORY, 'memory 812 MB of 800')
    alerts.unhealthy(503.0, PROCESS, 'killed by SIGKILL (out of memory)')
    assert alerts.open(PROCESS).root == 'i1' and alerts.loud(PROCESS) == []


def test_crash_long_after_a_limit_was_exceeded_is_another_story() -> None:
    """A minute is enough for stopping and killing; a crash after an hour has its own cause."""
    alerts = Alerts().unhealthy(0.0, MEMORY).unhealthy(61.0, PROCESS)
    assert alerts.loud(PROCESS) == [(61.0, 'firing')]


def test_two_resources_are_two_incidents() -> None:
    """Memory does not explain CPU."""
    alerts = Alerts().unhealthy(0.0, MEMORY).unhealthy(1.0, 'camera/cpu')
    assert alerts.loud() == [(0.0, 'firing'), (1.0, 'firing')]


def test_nodes_of_one_process_fail_as_one() -> None:
    """Three nodes in one process, one crash, one message."""
    process = {'a': 'composed', 'b': 'composed', 'c': 'composed'}
    alerts = Alerts(processes=process)
    for node in ('a', 'b', 'c'):
        alerts.unhealthy(0.0, f'{node}/process')
    alerts.unhealthy(0.0, 'd/process').unhealthy(1.0, 'a/error_rate').unhealthy(
        90.0, 'b/error_rate')
    assert alerts.loud('a/process') and alerts.loud('d/process')
    assert not alerts.loud('b/process') and not alerts.loud('c/process')
    assert alerts.open('b/process').root == alerts.open('c/process').root == 'i1'


def test_nodes_of_one_process_have_their_own_rates() -> None:
    """A callback that fails is one node's."""
    alerts = Alerts(processes={'a': 'composed', 'b': 'composed'})
    alerts.unhealthy(0.0, 'a/error_rate').unhealthy(1.0, 'b/error_rate')
    assert len(alerts.loud()) == 2


def test_dependents_are_silent_while_their_root_fires() -> None:
    """One lidar down is one message, not one for each node that waits for it."""
    alerts = Alerts().unhealthy(0.0, 'lidar/process')
    for node in ('slam', 'planner'):
        alerts.blame(0.0, node, 'lidar').unhealthy(0.1, f'{node}/lifecycle')
    assert alerts.until(250.0).loud() == [(0.0, 'firing')]
    assert alerts.open('slam/lifecycle').root == alerts.open('planner/lifecycle').root == 'i1'


def test_blame_reaches_through_nodes_that_are_well_themselves() -> None:
    """The planner waits for slam, slam waits for the lidar; slam has done nothing wrong."""
    alerts = Alerts().blame(0.0, 'planner', 'slam').blame(0.0, 'slam', 'lidar')
    alerts.unhealthy(0.0, 'lidar/process').unhealthy(1.0, 'planner/lifecycle')
    assert alerts.open('planner/lifecycle').root == 'i1'


def test_root_of_a_root_is_the_root_of_all() -> None:
    """Chains are told at their very beginning."""
    alerts = Alerts().unhealthy(0.0, 'lidar/process').blame(0.0, 'slam', 'lidar')
    alerts.blame(0.0, 'planner', 'slam').unhealthy(1.0, 'slam/lifecycle')
    alerts.unhealthy(2.0, 'planner/lifecycle')
    assert alerts.open('planner/lifecycle').root == 'i1'
    assert len(alerts.loud()) == 1


def test_blame_may_come_before_or_after_the_incident() -> None:
    """The order of two pieces of news of one moment must not matter."""
    early = Alerts().unhealthy(0.0, 'lidar/process').blame(0.0, 'slam', 'lidar')
    early.unhealthy(0.0, 'slam/heartbeat')
    late = Alerts().unhealthy(0.0, 'lidar/process').unhealthy(0.0, 'slam/heartbeat')
    late.blame(0.0, 'slam', 'lidar')
    assert early.open('slam/heartbeat').root == late.open('slam/heartbeat').root == 'i1'


def test_blamed_node_that_is_well_excuses_nobody() -> None:
    """Without an incident at the root there is nobody to tell it instead."""
    alerts = Alerts().blame(0.0, 'slam', 'lidar').unhealthy(1.0, 'slam/process')
    assert alerts.loud() == [(1.0, 'firing')]


def test_dependent_that_still_fails_after_its_root_is_told() -> None:
    """The lidar is back, slam is not: now it is slam's own failure."""
    alerts = Alerts().unhealthy(0.0, 'lidar/process').blame(0.0, 'slam', 'lidar')
    alerts.unhealthy(1.0, 'slam/process').healthy(5.0, 'lidar/process').until(100.0)
    assert alerts.loud() == [(0.0, 'firing'), (35.0, 'resolved'), (35.0, 'firing')]
    assert alerts.loud('slam/process') == [(35.0, 'firing')]


def test_dependents_do_not_make_their_root_worse() -> None:
    """A lidar that is important stays an error, whoever waits for it."""
    alerts = Alerts(criticality={'base': 'critical'}).unhealthy(0.0, 'lidar/process')
    alerts.blame(0.0, 'base', 'lidar').unhealthy(1.0, 'base/lifecycle')
    assert alerts.open('lidar/process').severity == 'error'
    assert alerts.open('base/lifecycle').severity == 'critical'


def test_silent_node_is_not_forgotten_while_nobody_hears() -> None:
    """It hung before the health node was lost; an hour later it may hang still."""
    alerts = Alerts().unhealthy(0.0, BEAT).unhealthy(10.0, '/monitor').unknown(10.0, BEAT)
    assert alerts.blame(10.0, 'camera', '').until(3600.0).open(BEAT).state == 'firing'


def test_end_of_blame_tells_what_stands() -> None:
    """Resumed, and still wrong."""
    alerts = Alerts().unhealthy(0.0, 'lidar/process').blame(0.0, 'slam', 'lidar')
    alerts.unhealthy(1.0, 'slam/process').blame(9.0, 'slam', '')
    assert alerts.loud('slam/process') == [(9.0, 'firing')]


def test_resource_of_a_dependent_from_before_is_its_own() -> None:
    """Slam has leaked for an hour; that the lidar fails does not explain it."""
    alerts = Alerts().degraded(0.0, 'slam/memory').unhealthy(10.0, 'lidar/process')
    alerts.blame(10.0, 'slam', 'lidar').degraded(12.0, 'slam/throughput')
    assert alerts.open('slam/memory').root == ''
    assert alerts.open('slam/throughput').root == alerts.open('lidar/process').id


def test_nodes_that_blame_each_other_are_told_once() -> None:
    """A ring has no root; the oldest speaks for it."""
    alerts = Alerts().blame(0.0, 'a', 'b').blame(0.0, 'b', 'a')
    alerts.unhealthy(1.0, 'a/process').unhealthy(2.0, 'b/process').until(100.0)
    assert alerts.loud() == [(1.0, 'firing')]
    assert (alerts.open('a/process').root, alerts.open('b/process').root) == ('', 'i1')


def test_node_that_blames_itself_blames_nobody() -> None:
    """It would be silent for ever."""
    alerts = Alerts().blame(0.0, 'a', 'a').unhealthy(1.0, 'a/process')
    assert alerts.loud() == [(1.0, 'firing')]


@pytest.mark.parametrize('signal', ['network', 'monitor'])
def test_heartbeats_prove_nothing_when_nobody_hears(signal: str) -> None:
    """More than half of all beats lost at once is the network, not twenty dead nodes."""
    alerts = Alerts().unhealthy(0.0, f'/{signal}')
    for node in ('a', 'b', 'c'):
        alerts.unhealthy(1.0, f'{node}/heartbeat')
    alerts.unhealthy(2.0, 'a/cpu').until(10.0)
    assert [key for _, _, key in alerts.heard if 'heartbeat' in key] == []
    assert {alerts.open(f'{node}/heartbeat').root for node in 'abc'} == {'i1'}


@pytest.mark.parametrize('signal', ['cpu', 'memory', 'disk', 'monitor_lag', 'unmanaged'])
def test_other_signals_of_the_system_excuse_nobody(signal: str) -> None:
    """A full disk does not explain a silent node."""
    alerts = Alerts().unhealthy(0.0, f'/{signal}').unhealthy(1.0, BEAT)
    assert alerts.loud(BEAT) == [(1.0, 'firing')]


def test_process_exit_is_told_while_nobody_hears() -> None:
    """An exit is seen by the parent, whatever the network does."""
    alerts = Alerts().unhealthy(0.0, '/network').unhealthy(1.0, PROCESS)
    assert alerts.loud(PROCESS) == [(1.0, 'firing')]


def test_late_heartbeat_is_told_when_the_monitor_was_only_away_for_a_moment() -> None:
    """The pending incident has excused it as long as it was there."""
    alerts = Alerts().unhealthy(0.0, '/monitor').unhealthy(1.0, BEAT).healthy(2.0, '/monitor')
    assert alerts.loud() == [(2.0, 'firing')] and alerts.open(BEAT).root == ''


def test_failure_of_one_node_does_not_excuse_another() -> None:
    """Bystanders speak for themselves."""
    alerts = Alerts().unhealthy(0.0, PROCESS).unhealthy(1.0, 'lidar/process')
    assert len(alerts.loud()) == 2
