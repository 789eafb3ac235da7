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

"""The causal chain of ``nevil why``: from a node's present state back to what began it all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from alert_history import Alerts
from nevil_health.alerts import Alert
from nevil_health.alerts import explain
from nevil_health.alerts import explain_system
from nevil_health.alerts import Step
from nevil_health.core import UnitView
from nevil_health.signals.views import LevelChange
from nevil_health.signals.views import NodeHealth
from nevil_health.signals.views import SignalView
from nevil_health.signals.views import SystemHealth
import pytest

Known = tuple[UnitView, NodeHealth]


def unit(name: str, state: str = 'ready', **more: Any) -> UnitView:
    """Make a unit, by default one that is ready since 10 s."""
    return UnitView(**{
        'name': name, 'state': state, 'generation': 1, 'pid': 7, 'since': 10.0, 'restarts': 0,
        'consecutive_failures': 0, 'reason': state, 'waiting_for': (), 'until': None,
        'desired': 'running', 'muted': False, 'last_exit': None, **more})


def health(node: str, level: str = 'healthy', *signals: SignalView, **more: Any) -> NodeHealth:
    """Make the health of a node, by default good since 12 s."""
    return NodeHealth(**{
        'node': node, 'level': level, 'state': 'ready', 'since': 12.0, 'cause': '',
        'signals': {one.signal: one for one in signals}, **more})


def bad(signal: str, since: float, cause: str, **more: Any) -> SignalView:
    """Make an unhealthy signal."""
    return SignalView(signal=signal, level='unhealthy', since=since, cause=cause, **more)


def failure(at: float, node: str, signal: str, cause: str) -> LevelChange:
    """Make the record of a failure."""
    return LevelChange(sequence=0, at=at, node=node, signal=signal, old='healthy',
                       new='unhealthy', cause=cause)


def why(node: str, known: dict[str, Known], *, at: float = 100.0, alerts: Sequence[Alert] = (),
        changes: Sequence[LevelChange] = ()) -> list[tuple[float, str, str, str]]:
    """Return the steps as tuples."""
    there = known[node]
    steps = explain(node, at=at, unit=there[0], health=there[1], alerts=alerts,
                    changes=changes, other=lambda name: known[name])
    assert all(isinstance(step, Step) for step in steps)
    return [(step.at, step.node, step.what, step.detail) for step in steps]


def test_healthy_node_says_since_when() -> None:
    """The shortest answer for the best case."""
    assert why('camera', {'camera': (unit('camera'), health('camera'))}) == [
        (10.0, 'camera', 'state', 'ready for 90 s, healthy for 88 s')]


def test_healthy_node_tells_its_last_incident() -> None:
    """Who asks why has seen something."""
    alerts = Alerts().unhealthy(20.0, 'camera/heartbeat', 'no heartbeat for 30.0 s').healthy(
        25.0, 'camera/heartbeat').until(60.0)
    steps = why('camera', {'camera': (unit('camera'), health('camera'))},
                alerts=alerts.book.alerts(60.0))
    assert steps[1:] == [
        (20.0, 'camera', 'last alert', 'no heartbeat for 30.0 s; over after 35 s')]


def test_healthy_node_tells_the_incident_that_is_about_to_end() -> None:
    """It is well since a moment only."""
    alerts = Alerts().unhealthy(20.0, 'camera/cpu', 'CPU 99 %').healthy(95.0, 'camera/cpu')
    steps = why('camera', {'camera': (unit('camera'), health('camera'))},
                alerts=alerts.book.alerts(100.0))
    assert steps[1:] == [(20.0, 'camera', 'alert', 'CPU 99 %; over, if it stays so')]


def test_healthy_node_tells_its_last_failure_where_the_incident_is_forgotten() -> None:
    """The record of changes is longer than the list of alerts."""
    steps = why('camera', {'camera': (unit('camera'), health('camera'))},
                changes=[failure(5.0, 'camera', 'process', 'exit 1'),
                         failure(6.0, 'lidar', 'process', 'exit 2')])
    assert steps[1:] == [(5.0, 'camera', 'last failure', 'exit 1')]


def test_node_that_nobody_knows_of_yet_is_not_called_healthy() -> None:
    """No data is no health."""
    steps = why('camera', {'camera': (unit('camera', muted=True), health('camera', 'unknown'))})
    assert steps == [
        (10.0, 'camera', 'state', 'ready for 90 s, nothing is known of its health yet (muted)')]


def test_node_in_backoff_says_what_happened_and_what_happens_next() -> None:
    """State, recovery with the time left, the failure, and what to do."""
    there = (unit('camera', 'backoff', since=98.0, until=103.1, consecutive_failures=2,
                  reason='killed by SIGSEGV, restart 2 of 5 in 5.1 s',
                  last_exit='killed by SIGSEGV'),
             health('camera', 'unhealthy', bad('process', 90.0, 'exit 1')))
    alerts = Alerts().unhealthy(90.0, 'camera/process', 'exit 1').restarted(95.0, 'camera')
    steps = why('camera', {'camera': there}, alerts=alerts.book.alerts(100.0),
                changes=[failure(90.0, 'camera', 'process', 'exit 1')])
    assert steps == [
        (98.0, 'camera', 'state', 'backoff for 2.0 s: killed by SIGSEGV'),
        (98.0, 'camera', 'recovery', 'restart 2 of 5 in 3.1 s'),
        (90.0, 'camera', 'alert', 'error i1, 1 restart'),
        (90.0, 'camera', 'process', 'exit 1'),
        (100.0, 'camera', 'do', 'nevil logs camera (what it logged)'),
        (100.0, 'camera', 'do', 'nevil node restart camera (restarts it at once)')]


def test_same_words_are_said_once() -> None:
    """State, signal and last failure are often one fact."""
    there = (unit('camera', 'failed', since=62.0, reason='exit 1, given up after 5 restarts'),
             health('camera', 'unhealthy',
                    bad('process', 62.0, 'exit 1, given up after 5 restarts')))
    steps = why('camera', {'camera': there}, changes=[
        failure(62.0, 'camera', 'process', 'exit 1, given up after 5 restarts')])
    assert steps == [
        (62.0, 'camera', 'state', 'failed for 38 s: exit 1, given up after 5 restarts'),
        (62.0, 'camera', 'recovery', 'none: it stays down until an operator starts it'),
        (100.0, 'camera', 'do', 'nevil logs camera (what it logged)'),
        (100.0, 'camera', 'do', 'nevil node restart camera (tries again, with a new budget)')]


def test_bad_signals_come_newest_first_with_their_numbers() -> None:
    """Value and limit are said once: where the cause has them, not again."""
    there = (unit('camera'), health(
        'camera', 'unhealthy',
        bad('memory', 30.0, 'memory grows', value=812.0, threshold=800.0),
        bad('cpu', 50.0, 'CPU 96 % of a core, more than 80 % for 15 s', value=96.04,
            threshold=80.0),
        SignalView(signal='fds', level='healthy', since=1.0, cause='few'),
        SignalView(signal='threads', level='unknown', since=1.0)))
    steps = why('camera', {'camera': there})
    assert steps[1:3] == [
        (50.0, 'camera', 'cpu', 'CPU 96 % of a core, more than 80 % for 15 s'),
        (30.0, 'camera', 'memory', 'memory grows, now 812, limit 800')]
    assert [what for _, _, what, _ in steps] == ['state', 'cpu', 'memory', 'do', 'do']


def test_a_start_that_takes_long_names_what_may_hang() -> None:
    """A first callback that does not return: no heartbeat comes, and nothing has failed yet."""
    there = (unit('camera', 'starting', reason='its turn'), health('camera', 'unknown'))
    assert why('camera', {'camera': there}) == [
        (10.0, 'camera', 'state', 'starting for 90 s: its turn'),
        (10.0, 'camera', 'startup', 'it has not said that it is ready; what it does first '
                                    '(__init__(), initialize(), a callback) may not return'),
        (100.0, 'camera', 'do', 'nevil logs camera (what it logged)')]


def test_last_exit_is_told_where_no_record_has_it() -> None:
    """After a restart of the supervisor only the unit remembers."""
    there = (unit('camera', 'starting', consecutive_failures=1, last_exit='exit 3',
                  reason='restart by policy'), health('camera', 'unknown'))
    assert why('camera', {'camera': there}) == [
        (10.0, 'camera', 'state', 'starting for 90 s: restart by policy'),
        (10.0, 'camera', 'recovery', 'restarted once since its last stable run'),
        (10.0, 'camera', 'last exit', 'exit 3'),
        (100.0, 'camera', 'do', 'nevil logs camera (what it logged)')]


def test_chain_goes_to_the_root() -> None:
    """The planner waits for slam, slam for the lidar, and the lidar hangs: advice is for it."""
    alerts = Alerts().unhealthy(80.0, 'lidar/heartbeat', 'no heartbeat for 30.0 s')
    known = {
        'planner': (unit('planner', paused_by=('slam',), root='lidar'), health('planner')),
        'slam': (unit('slam', paused_by=('lidar',), root='lidar'), health('slam')),
        'lidar': (unit('lidar', 'unhealthy', since=80.5,
                       reason='no heartbeat for 30.0 s, stopping it'),
                  health('lidar', 'unhealthy', bad('heartbeat', 80.0, 'no heartbeat for 30.0 s',
                                                   value=30.0)))}
    steps = why('planner', known, alerts=alerts.book.alerts(100.0))
    assert steps == [
        (10.0, 'planner', 'state', 'paused because of slam'),
        (80.0, 'slam', 'state', 'paused because of lidar'),
        (80.5, 'lidar', 'state', 'unhealthy for 20 s: no heartbeat for 30.0 s, stopping it'),
        (80.5, 'lidar', 'recovery',
         'its process is being stopped, then its restart policy applies'),
        (80.0, 'lidar', 'alert', 'error i1'),
        (100.0, 'lidar', 'do', 'nevil logs lidar (what it logged)')]


def test_diamond_is_told_once() -> None:
    """Two ways to one cause are one cause."""
    known = {
        'a': (unit('a', paused_by=('b', 'c')), health('a')),
        'b': (unit('b', paused_by=('d',)), health('b')),
        'c': (unit('c', paused_by=('d',)), health('c')),
        'd': (unit('d', 'failed', reason='exit 1, given up'), health('d', 'unhealthy'))}
    steps = why('a', known)
    assert [node for _, node, what, _ in steps if what == 'state'] == ['a', 'b', 'd', 'c']
    assert steps[0][3] == 'paused because of b and c'
    assert {node for _, node, what, _ in steps if what == 'do'} == {'d'}


def test_ring_ends() -> None:
    """Declarations forbid it; an explanation must not hang if it happens."""
    known = {'a': (unit('a', paused_by=('b',)), health('a')),
             'b': (unit('b', paused_by=('a',)), health('b'))}
    assert [node for _, node, _, _ in why('a', known)] == ['a', 'b']


def test_long_chain_is_followed_to_its_end() -> None:
    """Depth is no reason to stop."""
    known = {f'n{i}': (unit(f'n{i}', 'waiting', waiting_for=(f'n{i + 1}',)), health(f'n{i}'))
             for i in range(200)}
    known['n200'] = (unit('n200', 'failed', reason='exit 1'), health('n200', 'unhealthy'))
    assert why('n0', known)[-1][1] == 'n200'


def test_cause_that_is_not_known_by_name_ends_the_chain() -> None:
    """A process of several nodes has a name of its own."""
    there = (unit('a', 'waiting', reason='waiting for composed', paused_by=('composed',)),
             health('a'))
    assert why('a', {'a': there}) == [(10.0, 'a', 'state', 'waiting because of composed')]


@pytest.mark.parametrize(('state', 'more', 'level', 'words'), [
    ('stopped', {}, 'unknown', ['nevil node start camera']),
    ('completed', {}, 'unknown', ['nevil node start camera']),
    ('disabled', {}, 'unknown',
     ['runtime.status: live in the .nodes of camera (it is disabled there)']),
    ('ready', {'paused_by': ('operator',)}, 'healthy',
     ['nevil node resume camera (the operator has paused it)']),
    ('failed', {'held': True}, 'unhealthy',
     ['nevil node release camera (resumes automatic recovery)']),
    ('ready', {}, 'degraded',
     ['nevil logs camera (what it logged)',
      'nevil node restart camera (if it does not recover by itself)']),
    ('ready', {}, 'healthy', []),
    ('stopping', {}, 'unknown', []),
    ('waiting', {}, 'unknown', []),
])
def test_advice_fits_the_state(
    state: str, more: dict[str, Any], level: str, words: list[str],
) -> None:
    """What to type next, and nothing that does not help."""
    steps = why('camera', {'camera': (unit('camera', state, **more), health('camera', level))})
    assert [detail for _, _, what, detail in steps if what == 'do'] == words


def test_held_node_says_so() -> None:
    """Otherwise nobody understands why nothing happens."""
    steps = why('camera', {'camera': (unit('camera', held=True), health('camera'))})
    assert (10.0, 'camera', 'held',
            'held by the operator: recovery suspended') in steps


def test_incident_tells_its_count_marks_and_beginning() -> None:
    """A loop is not one crash."""
    alerts = Alerts().unhealthy(20.0, 'camera/process', 'exit 1')
    alerts.restarted(22.0, 'camera').restarted(26.0, 'camera')
    alerts.unhealthy(30.0, 'camera/process', 'exit 2').silence(31.0, 'camera', 500.0, 'tests')
    alerts.acknowledge(32.0, 'camera', 'cable')
    steps = why('camera', {'camera': (unit('camera', 'starting'), health('camera', 'unhealthy'))},
                alerts=alerts.book.alerts(100.0), changes=[
                    failure(20.0, 'camera', 'process', 'exit 1'),
                    failure(30.0, 'camera', 'process', 'exit 2')])
    assert [step for step in steps if step[2] in ('alert', 'process')] == [
        (30.0, 'camera', 'process', 'exit 2'),
        (20.0, 'camera', 'alert', 'error i1, came 2 times, 2 restarts, silent: tests, '
                                  'acknowledged: cable; the first cause was: exit 1')]


def test_blindness_comes_first() -> None:
    """What is said of a node then is what was known last."""
    alerts = Alerts().degraded(40.0, '/monitor', 'no health node').until(60.0)
    steps = why('camera', {'camera': (unit('camera'), health('camera', 'unknown'))},
                alerts=alerts.book.alerts(100.0))
    assert steps[0] == (40.0, '', 'monitor', 'no health node, for 60 s')


def test_blindness_that_is_over_is_not_said() -> None:
    """The health node is back."""
    alerts = Alerts().degraded(40.0, '/monitor', 'no health node').healthy(50.0, '/monitor')
    steps = why('camera', {'camera': (unit('camera'), health('camera'))},
                alerts=alerts.until(90.0).book.alerts(90.0))
    assert [what for _, _, what, _ in steps] == ['state']


def test_system_names_its_roots_worst_first_with_who_follows() -> None:
    """The robot as a whole: each cause once."""
    alerts = Alerts().degraded(5.0, 'arm/cpu', 'CPU 90 %')
    alerts.unhealthy(9.0, 'lidar/process', 'exit 1')
    for node in ('slam', 'planner'):
        alerts.blame(9.0, node, 'lidar').unhealthy(9.0, f'{node}/lifecycle')
    system = SystemHealth(level='unhealthy', since=9.0, causes=('lidar: exit 1',), nodes={},
                          signals={})
    steps = explain_system(at=20.0, system=system, alerts=alerts.book.alerts(20.0))
    assert [(one.at, one.node, one.what, one.detail) for one in steps] == [
        (9.0, '', 'state', 'unhealthy for 11 s'),
        (9.0, 'lidar', 'process', 'exit 1; for it planner, slam cannot work'),
        (5.0, 'arm', 'cpu', 'CPU 90 %'),
        (20.0, 'lidar', 'do', 'nevil why lidar'), (20.0, 'arm', 'do', 'nevil why arm')]


def test_a_cause_does_not_hide_behind_an_alert_of_something_else() -> None:
    """A busy machine is told of at once, a node that is still tried a moment later."""
    alerts = Alerts()
    alerts.degraded(5.0, '/cpu', cause='CPU 100 %')
    system = SystemHealth(level='unhealthy', since=9.0, causes=('arm: exit 1', 'CPU 100 %'),
                          nodes={}, signals={})
    steps = explain_system(at=20.0, system=system, alerts=alerts.book.alerts(20.0))
    assert [one.detail for one in steps][1:] == ['arm: exit 1', 'CPU 100 %']


def test_system_without_alerts_gives_its_causes() -> None:
    """Before the first data nothing fires, and yet it is not healthy."""
    system = SystemHealth(level='degraded', since=0.0, causes=('no data yet',), nodes={},
                          signals={})
    steps = explain_system(at=1.0, system=system, alerts=())
    assert [(one.what, one.detail) for one in steps] == [
        ('state', 'degraded for 1.0 s'), ('cause', 'no data yet')]
