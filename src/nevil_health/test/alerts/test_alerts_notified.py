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

"""How often an incident is told, and when it is not."""

from __future__ import annotations

from alert_history import Alerts
from nevil_health.alerts import AlertRules
import pytest

CPU = 'camera/cpu'
BEAT = 'camera/heartbeat'


def test_repeats_become_rarer() -> None:
    """720 messages an hour for one condition teach people not to read them."""
    alerts = Alerts(AlertRules(repeat_s=300.0)).unhealthy(0.0, CPU).until(3600.0)
    assert alerts.loud() == [(0.0, 'firing'), (300.0, 'repeated'), (900.0, 'repeated'),
                             (2100.0, 'repeated')]


def test_repeats_double_up_to_the_limit() -> None:
    """What stands for days is told six times a day, not once a month."""
    alerts = Alerts(AlertRules(repeat_s=300.0, repeat_max_s=4 * 3600.0)).unhealthy(0.0, CPU)
    times = [at for at, _ in alerts.until(7 * 24 * 3600.0).loud()]
    gaps = [later - earlier for earlier, later in zip(times, times[1:])]
    assert gaps[:7] == [300.0, 600.0, 1200.0, 2400.0, 4800.0, 9600.0, 14400.0]
    assert set(gaps[6:]) == {14400.0}


def test_repeat_that_was_missed_is_told_once() -> None:
    """After a long pause of the supervisor nobody wants all that was due meanwhile."""
    alerts = Alerts(AlertRules(repeat_s=300.0)).unhealthy(0.0, CPU)
    assert [one.kind for one in alerts.book.advance(5000.0)] == ['repeated']
    assert alerts.book.next_deadline() == 5600.0


def test_nothing_is_repeated_while_it_is_going_away() -> None:
    """To say that it still fires would be false."""
    alerts = Alerts(AlertRules(repeat_s=300.0)).unhealthy(0.0, CPU).healthy(290.0, CPU)
    assert alerts.until(1000.0).loud() == [(0.0, 'firing'), (320.0, 'resolved')]


@pytest.mark.parametrize('worse', [None, 5.0, 299.0, 301.0])
@pytest.mark.parametrize('over', [40.0, 310.0, 560.0])
def test_three_messages_at_most_in_the_first_ten_minutes(worse: float | None, over: float) -> None:
    """Begin, one word in between, end: more is noise; only that it got worse may add one."""
    alerts = Alerts().degraded(0.0, CPU)
    if worse is not None and worse < over:
        alerts.unhealthy(worse, CPU)
    alerts.healthy(over, CPU).until(600.0)
    assert len(alerts.loud()) <= 3 + (worse == 301.0)
    assert alerts.loud()[-1] == (over + 30.0, 'resolved')


def test_worse_is_told_at_once_and_moves_the_repeat() -> None:
    """Who heard "warning" has to hear "error", but not both and a repeat."""
    alerts = Alerts(AlertRules(repeat_s=300.0)).degraded(0.0, CPU).unhealthy(62.0, CPU)
    assert alerts.until(1000.0).loud() == [
        (0.0, 'firing'), (62.0, 'changed'), (662.0, 'repeated')]


def test_better_and_as_bad_as_before_are_not_told() -> None:
    """Around a threshold levels go to and fro."""
    alerts = Alerts().unhealthy(0.0, CPU).degraded(10.0, CPU).unhealthy(20.0, CPU)
    assert alerts.open(CPU).severity == 'error'
    assert alerts.degraded(30.0, CPU).open(CPU).severity == 'warning'
    assert alerts.loud() == [(0.0, 'firing')]
    assert [one.kind for _, one in alerts.news] == ['firing', 'changed', 'changed', 'changed']


def test_acknowledged_is_not_repeated() -> None:
    """Somebody knows."""
    alerts = Alerts().unhealthy(0.0, CPU)
    assert alerts.acknowledge(10.0, 'i1', 'lens cap is on')
    assert alerts.book.next_deadline() is None
    alerts.until(10000.0)
    assert alerts.open(CPU).acknowledged == 'lens cap is on'
    alerts.healthy(10000.0, CPU).until(10030.0)
    assert alerts.loud() == [(0.0, 'firing'), (10030.0, 'resolved')]


def test_acknowledged_is_quiet_when_something_else_happens() -> None:
    """News of others is no reason to repeat this."""
    alerts = Alerts().unhealthy(0.0, CPU)
    alerts.acknowledge(1.0, 'camera')
    assert alerts.unhealthy(5000.0, 'lidar/cpu').loud(CPU) == [(0.0, 'firing')]


def test_acknowledged_is_not_told_to_flap() -> None:
    """Somebody is at it: it will come and go."""
    alerts = Alerts().unhealthy(0.0, CPU)
    alerts.acknowledge(1.0, 'camera')
    assert flap(alerts.healthy(2.0, CPU), 10, begin=20.0).loud() == [(0.0, 'firing')]


def test_worse_and_flapping_at_once_is_told_once() -> None:
    """One moment, one message."""
    alerts = Alerts()
    for at in (0.0, 20.0, 40.0, 60.0):
        alerts.degraded(at, CPU).healthy(at + 10.0, CPU)
    flap(alerts, 40, begin=80.0)
    assert alerts.loud() == [(0.0, 'firing'), (80.0, 'changed')]


def test_acknowledged_is_told_when_it_gets_worse() -> None:
    """What somebody knows of is not this any more; the text stays, for who reads on."""
    alerts = Alerts().degraded(0.0, CPU)
    alerts.acknowledge(10.0, 'camera', 'known')
    alerts.unhealthy(500.0, CPU).until(1100.0)
    assert alerts.loud() == [(0.0, 'firing'), (500.0, 'changed'), (1100.0, 'repeated')]
    assert alerts.open(CPU).acknowledged == 'known'


def test_acknowledge_by_node_takes_all_of_it_and_no_other() -> None:
    """The operator says "camera", not "9f3a"."""
    alerts = Alerts().unhealthy(0.0, CPU).unhealthy(0.0, 'camera/memory').unhealthy(0.0, 'arm/cpu')
    assert alerts.acknowledge(1.0, 'camera')
    assert [bool(alerts.open(key).acknowledged) for key in (CPU, 'camera/memory', 'arm/cpu')] == [
        True, True, False]


def test_acknowledge_says_whether_it_changed_anything() -> None:
    """The command is idempotent and says so."""
    alerts = Alerts().unhealthy(0.0, CPU).unhealthy(0.0, '/disk')
    assert not alerts.acknowledge(1.0, 'nobody')
    assert not alerts.acknowledge(1.0, '')
    assert alerts.acknowledge(1.0, 'camera')
    assert not alerts.acknowledge(2.0, 'camera')
    assert alerts.acknowledge(3.0, 'camera', 'another reason')


def test_acknowledged_ends_with_the_incident() -> None:
    """The next one is not known to anybody."""
    alerts = Alerts().unhealthy(0.0, CPU)
    alerts.acknowledge(1.0, 'camera')
    alerts.healthy(2.0, CPU).unhealthy(100.0, CPU)
    assert alerts.open(CPU).acknowledged == ''
    assert alerts.loud()[-1] == (100.0, 'firing')


def flap(alerts: Alerts, times: int, begin: float = 0.0) -> Alerts:
    """Let the signal come and go every 20 s."""
    for at in range(times):
        alerts.unhealthy(begin + 20.0 * at, CPU).healthy(begin + 20.0 * at + 10.0, CPU)
    return alerts


def test_flapping_is_told_once_and_then_quiet() -> None:
    """What comes and goes ten times is one message more, not twenty."""
    alerts = flap(Alerts(), 30)
    assert alerts.open(CPU).flapping
    assert alerts.loud() == [(0.0, 'firing'), (80.0, 'changed')]


def test_as_many_returns_as_allowed_are_no_flapping() -> None:
    """The rule says: more than so many."""
    alerts = flap(Alerts(AlertRules(flapping_changes=4)), 4)
    assert not alerts.open(CPU).flapping
    assert flap(Alerts(AlertRules(flapping_changes=3)), 4).open(CPU).flapping


def test_slow_returns_are_no_flapping() -> None:
    """Five returns in ten minutes are five, not a flutter."""
    alerts = Alerts(AlertRules(keep_firing_s=100.0))
    for at in (0.0, 40.0, 80.0, 121.0, 161.0, 201.0):
        alerts.unhealthy(at, CPU).healthy(at + 5.0, CPU)
    assert not alerts.open(CPU).flapping


def test_flapping_does_not_end_before_it_is_calm() -> None:
    """30 s of peace between two flutters are part of them."""
    alerts = flap(Alerts(), 6).until(1000.0)
    assert alerts.loud() == [(0.0, 'firing'), (80.0, 'changed'), (220.0, 'resolved')]


def test_flapping_that_stays_is_told_again_when_its_time_has_come() -> None:
    """After the flutter the truth: it stands."""
    alerts = flap(Alerts(), 40).unhealthy(800.0, CPU)
    alerts.until(919.9)
    assert alerts.loud() == [(0.0, 'firing'), (80.0, 'changed')] and alerts.open(CPU).flapping
    assert not alerts.until(920.0).open(CPU).flapping
    assert alerts.loud()[2:] == [(920.0, 'repeated')]


def test_flapping_counts_across_incidents_of_one_key() -> None:
    """With a short hold each return would be an incident of its own, told each time."""
    alerts = flap(Alerts(AlertRules(keep_firing_s=1.0)), 12)
    assert len(alerts.loud()) <= 9, 'quiet after the fifth'
    assert alerts.open(CPU).flapping


def test_flapping_does_not_come_on_top_of_other_news() -> None:
    """Begin, worse, flapping, end would be four: it waits for the time of the repeat."""
    alerts = Alerts().degraded(0.0, CPU).unhealthy(5.0, CPU).healthy(10.0, CPU)
    flap(alerts, 40, begin=20.0)
    assert alerts.loud() == [(0.0, 'firing'), (5.0, 'changed'), (605.0, 'changed')]


def test_storm_is_summed_up() -> None:
    """200 nodes that fail at once are 50 messages and a number, not 200."""
    alerts = Alerts()
    for number in range(200):
        alerts.unhealthy(0.0, f'node{number}/liveness')
    assert len(alerts.loud()) == 50
    alerts.until(1.0)
    assert alerts.loud()[50:] == [(1.0, 'firing')]
    summary = alerts.news[-1][1].alert
    assert summary.text == '150 more alerts: nevil status shows them'
    assert (summary.severity, summary.count, summary.signal) == ('error', 150, 'overflow')
    assert len(alerts.book.firing) == 200, 'what was not told is shown'


def test_one_more_alert_is_said_as_one() -> None:
    """The words fit the number."""
    alerts = Alerts()
    for number in range(51):
        alerts.degraded(0.0, f'node{number}/cpu')
    summary = alerts.until(1.0).news[-1][1].alert
    assert (summary.text, summary.severity) == (
        '1 more alert: nevil status shows them', 'warning')


def test_ten_a_second_are_told_for_ever() -> None:
    """The bucket fills again."""
    alerts = Alerts()
    for number in range(500):
        alerts.unhealthy(number * 0.125, f'node{number}/liveness')
    assert len(alerts.loud()) == 500


def test_end_of_what_was_only_summed_up_is_told() -> None:
    """The number was a telling, too."""
    alerts = Alerts()
    for number in range(60):
        alerts.unhealthy(0.0, f'node{number}/liveness')
    alerts.until(20.0).healthy(20.0, 'node59/liveness').until(50.0)
    assert alerts.loud('node59/liveness') == [(50.0, 'resolved')]
