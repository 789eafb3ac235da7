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

"""The life of one incident: when it begins, comes back, gets worse and ends."""

from __future__ import annotations

from alert_history import Alerts
from nevil_health.alerts import AlertRules
import pytest

PROCESS = 'camera/process'
BEAT = 'camera/heartbeat'


def test_bad_signal_fires_at_once() -> None:
    """The evaluation has counted its samples already; waiting again would only be late."""
    for signal in ('process', 'start', 'heartbeat', 'health_check', 'cpu', 'error_rate'):
        alerts = Alerts().unhealthy(5.0, f'camera/{signal}', 'the cause')
        (news,) = [one for _, one in alerts.news]
        assert (news.kind, news.loud) == ('firing', True)
        alert = news.alert
        assert (alert.state, alert.since, alert.fired, alert.ended) == ('firing', 5.0, 5.0, None)
        assert (alert.key, alert.node, alert.signal) == (f'camera/{signal}', 'camera', signal)
        assert (alert.text, alert.count, alert.restarts) == ('the cause', 1, 0)
        assert (alert.root, alert.silenced, alert.acknowledged) == ('', '', '')
        assert not alert.flapping


def test_whole_of_a_node_opens_nothing() -> None:
    """Its signals have said why already: a second incident for them would be an echo."""
    alerts = Alerts().unhealthy(0.0, 'camera/').unhealthy(0.0, '/')
    assert alerts.news == [] and alerts.book.alerts(0.0) == ()


def test_good_news_of_what_was_not_bad_is_nothing() -> None:
    """A resolved incident without a beginning would be told to nobody's use."""
    alerts = Alerts().healthy(0.0, BEAT).unknown(1.0, BEAT)
    assert alerts.news == [] and alerts.book.alerts(1.0) == ()


def test_resolved_when_the_cause_was_gone_for_keep_firing() -> None:
    """One good sample is no recovery."""
    alerts = Alerts(AlertRules(keep_firing_s=30.0)).unhealthy(0.0, BEAT).healthy(12.0, BEAT)
    assert alerts.until(41.9).open(BEAT).state == 'firing'
    alerts.until(42.0)
    assert alerts.loud() == [(0.0, 'firing'), (42.0, 'resolved')]
    (alert,) = alerts.book.alerts(42.0)
    assert (alert.state, alert.ended) == ('resolved', 42.0)
    assert alert.text == 'camera/heartbeat is unhealthy; over after 42 s'


def test_end_has_its_time_even_when_asked_late() -> None:
    """A supervisor that was busy for a while must not make an incident longer."""
    alerts = Alerts().unhealthy(0.0, BEAT).healthy(10.0, BEAT)
    alerts.book.advance(100.0)
    assert alerts.book.alerts(100.0)[0].ended == 40.0


def test_resolved_stays_in_the_list_for_a_while() -> None:
    """Who looks a minute later still sees what it was."""
    alerts = Alerts(AlertRules(keep_resolved_s=300.0)).unhealthy(0.0, BEAT).healthy(0.0, BEAT)
    assert len(alerts.until(329.9).book.alerts(329.9)) == 1
    assert alerts.book.alerts(330.0) == ()
    assert alerts.until(330.0).book.next_deadline() is None


def test_return_before_the_end_is_the_same_incident() -> None:
    """One cause, one incident: a cause that comes back is counted, not told again."""
    alerts = Alerts().unhealthy(0.0, BEAT).healthy(10.0, BEAT).unhealthy(39.9, BEAT, 'again')
    alert = alerts.until(200.0).open(BEAT)
    assert (alert.id, alert.count, alert.text, alert.since) == ('i1', 2, 'again', 0.0)
    assert alerts.loud() == [(0.0, 'firing')]


def test_return_after_the_end_is_another_incident() -> None:
    """What was told as over must be told again when it is not."""
    alerts = Alerts().unhealthy(0.0, BEAT).healthy(10.0, BEAT).unhealthy(40.0, BEAT)
    assert alerts.loud() == [(0.0, 'firing'), (40.0, 'resolved'), (40.0, 'firing')]
    assert [one.id for one in alerts.book.alerts(40.0)] == ['i2', 'i1']


def test_unknown_is_not_the_end() -> None:
    """A dead node has no memory to measure; its leak is not repaired by that."""
    alerts = Alerts().unhealthy(0.0, BEAT).unknown(10.0, BEAT)
    assert alerts.until(200.0).open(BEAT).state == 'firing'
    alerts.healthy(200.0, BEAT).until(230.0)
    assert alerts.loud() == [(0.0, 'firing'), (230.0, 'resolved')]


def test_unknown_returning_is_not_counted() -> None:
    """When the health node comes back and sees the same as before, nothing has come back."""
    alerts = Alerts().unhealthy(0.0, 'camera/memory').unknown(10.0, 'camera/memory')
    assert alerts.unhealthy(20.0, 'camera/memory').open('camera/memory').count == 1


def test_what_nobody_knows_of_is_not_repeated_and_ends_some_day() -> None:
    """A node that ran to its end never says that it is well; its incident must end anyway."""
    alerts = Alerts(AlertRules(repeat_s=100.0, keep_resolved_s=300.0))
    alerts.unhealthy(0.0, 'camera/memory').unknown(10.0, 'camera/memory').until(1000.0)
    assert alerts.loud() == [(0.0, 'firing'), (310.0, 'resolved')]


def test_pending_monitor_that_comes_back_is_a_near_miss() -> None:
    """A health node is back within a second or two of its death: not worth a word, but counted."""
    alerts = Alerts().unhealthy(0.0, '/monitor')
    assert alerts.open('/monitor').state == 'pending'
    alerts.healthy(4.9, '/monitor').until(100.0)
    assert alerts.loud() == [] and alerts.book.near_misses == 1
    assert alerts.book.alerts(4.9) == ()
    assert [(one.kind, one.alert.state) for _, one in alerts.news] == [
        ('changed', 'pending'), ('resolved', 'resolved')]


def test_pending_monitor_that_stays_away_fires() -> None:
    """Without a health node, nobody hears a heartbeat: that must be told."""
    alerts = Alerts().degraded(0.0, '/monitor').until(5.0)
    assert alerts.loud() == [(5.0, 'firing')]
    assert alerts.open('/monitor').fired == 5.0 and alerts.book.near_misses == 0


def test_pending_of_which_nothing_is_known_any_more_is_a_near_miss() -> None:
    """A pending incident is a suspicion; without evidence nothing is left of it."""
    alerts = Alerts().unhealthy(0.0, '/monitor').unknown(2.0, '/monitor').until(100.0)
    assert alerts.loud() == [] and alerts.book.near_misses == 1


def test_second_good_news_does_not_put_off_the_end() -> None:
    """It has been well since the first."""
    alerts = Alerts().unhealthy(0.0, BEAT).healthy(10.0, BEAT).healthy(35.0, BEAT).until(40.0)
    assert alerts.loud() == [(0.0, 'firing'), (40.0, 'resolved')]


def test_firing_once_returned_near_miss_does_not_count_again() -> None:
    """Each near miss is one."""
    alerts = Alerts()
    for at in (0.0, 10.0, 20.0):
        alerts.unhealthy(at, '/monitor').healthy(at + 1.0, '/monitor')
    assert alerts.book.near_misses == 3 and alerts.loud() == []


@pytest.mark.parametrize(('key', 'level', 'cause', 'criticality', 'severity'), [
    ('camera/cpu', 'degraded', 'CPU 90 %', 'important', 'warning'),
    ('camera/cpu', 'degraded', 'CPU 90 %', 'critical', 'warning'),
    ('camera/cpu', 'unhealthy', 'CPU 99 %', 'important', 'error'),
    ('camera/cpu', 'unhealthy', 'CPU 99 %', 'optional', 'error'),
    ('camera/cpu', 'unhealthy', 'CPU 99 %', 'critical', 'critical'),
    ('camera/process', 'unhealthy', 'exit 1', 'important', 'error'),
    ('camera/process', 'unhealthy', 'exit 1', 'critical', 'critical'),
    ('camera/process', 'unhealthy', 'exit 1, given up after 5 restarts', 'optional', 'error'),
    ('camera/process', 'unhealthy', 'exit 1, given up after 5 restarts', 'important', 'critical'),
    ('camera/process', 'unhealthy', 'exit 1, given up after 5 restarts', 'critical', 'critical'),
    ('camera/process', 'unhealthy', 'exit 78 is not restarted', 'important', 'critical'),
    ('camera/process', 'unhealthy', 'exit 1, not restarted (never)', 'important', 'critical'),
    ('camera/health_check', 'unhealthy', 'lens given up', 'important', 'error'),
    ('/disk', 'degraded', 'disk 96 %', 'important', 'warning'),
    ('/disk', 'unhealthy', 'disk 99 %', 'important', 'error'),
    ('/network', 'degraded', 'all silent', 'important', 'error'),
    ('/network', 'unhealthy', 'all silent', 'important', 'error'),
])
def test_severity_follows_level_criticality_and_giving_up(
    key: str, level: str, cause: str, criticality: str, severity: str,
) -> None:
    """What the robot cannot do without, and what nobody repairs, comes first."""
    alerts = Alerts(criticality={'camera': criticality, '': criticality})
    alerts.signal(0.0, key, level, cause)  # type: ignore[arg-type]
    assert alerts.open(key).severity == severity


def test_crash_loop_is_one_incident_until_given_up() -> None:
    """Six crashes in a minute are one story: told at its beginning and when it gets worse."""
    alerts = Alerts()
    for number, at in enumerate((0.0, 2.1, 6.2, 14.3, 30.4)):
        alerts.unhealthy(at, PROCESS, f'exit 1, restart {number + 1} of 5 in 2.0 s')
        alerts.restarted(at + 2.0, 'camera')
    alerts.unhealthy(62.0, PROCESS, 'exit 1, given up after 5 restarts').until(660.0)
    assert alerts.loud() == [(0.0, 'firing'), (62.0, 'changed')]
    alert = alerts.open(PROCESS)
    assert (alert.count, alert.restarts, alert.severity) == (6, 5, 'critical')
    assert not alert.flapping, 'a crash loop has its own end'


def test_crash_loop_that_is_ready_between_is_one_incident() -> None:
    """Ready for a moment is not well."""
    alerts = Alerts()
    for at in range(0, 300, 30):
        alerts.unhealthy(at, PROCESS).restarted(at + 2.0, 'camera').healthy(at + 5.0, PROCESS)
    alerts.until(1000.0)
    assert alerts.loud() == [(0.0, 'firing'), (305.0, 'resolved')]
    (resolved,) = [one.alert for _, one in alerts.news if one.kind == 'resolved']
    assert (resolved.count, resolved.restarts) == (10, 10)
    assert resolved.text.endswith('; over after 5 min, came 10 times')


def test_crash_in_the_start_comes_back_although_it_was_unknown() -> None:
    """While a process starts nobody knows whether it stays: its next end is another one."""
    alerts = Alerts().unhealthy(0.0, PROCESS).unknown(2.0, PROCESS).unhealthy(3.0, PROCESS)
    assert alerts.open(PROCESS).count == 2 and alerts.loud() == [(0.0, 'firing')]


def test_given_up_again_after_an_operators_start_is_told_again() -> None:
    """The operator has tried: that it was in vain is news."""
    alerts = Alerts().unhealthy(0.0, PROCESS, 'exit 1, given up')
    alerts.healthy(100.0, PROCESS).unhealthy(110.0, PROCESS, 'exit 1, restart 1 of 5 in 2.0 s')
    alerts.unhealthy(120.0, PROCESS, 'exit 1, given up')
    assert alerts.loud() == [(0.0, 'firing'), (120.0, 'changed')]


def test_giving_up_that_no_transition_tells_makes_the_failure_worse() -> None:
    """The signal was unhealthy all along the crash loop: that it is over is told in words."""
    alerts = Alerts().unhealthy(0.0, PROCESS, 'exit 1').restarted(2.0, 'camera')
    alerts.given_up(62.0, 'camera', 'exit 1, given up after 5 restarts').until(600.0)
    assert alerts.loud() == [(0.0, 'firing'), (62.0, 'changed')]
    alert = alerts.open(PROCESS)
    assert (alert.text, alert.severity) == ('exit 1, given up after 5 restarts', 'critical')


@pytest.mark.parametrize(('keys', 'hit'), [
    (('heartbeat', 'process'), 'process'), (('cpu', 'heartbeat'), 'heartbeat'),
    (('cpu', 'memory'), 'cpu'), (('memory',), 'memory')])
def test_giving_up_belongs_to_what_brought_the_node_down(keys: tuple[str, ...], hit: str) -> None:
    """The process before the heartbeat, both before a limit that was exceeded."""
    alerts = Alerts()
    for number, signal in enumerate(keys):
        alerts.unhealthy(100.0 * number, f'camera/{signal}')
    alerts.given_up(300.0, 'camera', 'given up')
    assert alerts.open(f'camera/{hit}').text == 'given up'


def test_giving_up_of_a_node_without_an_incident_opens_none() -> None:
    """Nobody would ever end it."""
    assert Alerts().given_up(0.0, 'camera', 'given up').book.alerts(0.0) == ()


def test_restarts_of_another_node_are_not_counted() -> None:
    """The count is what this incident has cost."""
    alerts = Alerts().unhealthy(0.0, PROCESS).restarted(1.0, 'lidar')
    assert alerts.open(PROCESS).restarts == 0


def test_value_and_threshold_follow_the_last_news() -> None:
    """The number beside the text belongs to it."""
    from nevil_health.signals.views import LevelChange
    alerts = Alerts()
    alerts.book.handle(LevelChange(
        sequence=1, at=0.0, node='camera', signal='cpu', old='healthy', new='degraded',
        cause='CPU 96 %', value=96.0, threshold=80.0))
    alert = alerts.open('camera/cpu')
    assert (alert.value, alert.threshold) == (96.0, 80.0)


@pytest.mark.parametrize('name', ['repeat_s', 'repeat_max_s', 'flapping_changes'])
def test_rules_that_would_tell_all_the_time_are_refused(name: str) -> None:
    """A repeat each 0 s would keep the supervisor busy with nothing else."""
    with pytest.raises(ValueError, match=f'{name}: 0 must be more than 0'):
        AlertRules(**{name: 0})


def test_worst_comes_first_and_causes_before_consequences() -> None:
    """Who reads one line reads the right one."""
    alerts = Alerts(criticality={'base': 'critical'})
    alerts.unhealthy(0.0, 'old/process').healthy(0.0, 'old/process').until(30.0)
    alerts.degraded(31.0, 'arm/cpu').unhealthy(32.0, 'base/process')
    alerts.unhealthy(33.0, 'base/heartbeat').unhealthy(34.0, 'camera/memory')
    assert [one.key for one in alerts.book.alerts(40.0)] == [
        'base/process', 'camera/memory', 'arm/cpu', 'base/heartbeat', 'old/process']
    assert [one.key for one in alerts.book.firing] == [
        'base/process', 'camera/memory', 'arm/cpu', 'base/heartbeat']
