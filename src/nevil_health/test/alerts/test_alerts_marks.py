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

"""Silences and planned stops: they mark, and never drop."""

from __future__ import annotations

from alert_history import Alerts
from nevil_health.alerts import Silence

CPU = 'camera/cpu'
PROCESS = 'camera/process'


def test_silenced_is_recorded_and_not_told() -> None:
    """Silence is for ears, not for eyes."""
    alerts = Alerts().silence(0.0, 'camera', 600.0, 'lens change').unhealthy(10.0, CPU)
    assert alerts.until(599.0).loud() == []
    assert alerts.open(CPU).silenced == 'lens change'
    assert [one.kind for _, one in alerts.news] == ['firing']


def test_what_still_stands_at_the_end_of_a_silence_is_told() -> None:
    """Nothing is lost by having been quiet."""
    alerts = Alerts().silence(0.0, 'camera', 600.0).unhealthy(10.0, CPU).unhealthy(
        20.0, 'camera/memory').healthy(30.0, 'camera/memory').until(700.0)
    assert alerts.heard == [(600.0, 'firing', CPU)]
    assert alerts.open(CPU).silenced == ''


def test_what_was_told_before_a_silence_is_told_after_it_when_its_repeat_is_due() -> None:
    """Twice within a minute would be a repeat that came too early."""
    short = Alerts().unhealthy(0.0, CPU).silence(10.0, 'camera', 60.0).until(400.0)
    assert short.loud() == [(0.0, 'firing'), (300.0, 'repeated')]
    long = Alerts().unhealthy(0.0, CPU).silence(10.0, 'camera', 500.0).until(600.0)
    assert long.loud() == [(0.0, 'firing'), (500.0, 'repeated')]


def test_worse_under_a_silence_is_told_at_its_end() -> None:
    """The listener knows of a warning; it is an error now."""
    alerts = Alerts().degraded(0.0, CPU).silence(10.0, 'camera', 60.0).unhealthy(20.0, CPU)
    assert alerts.until(100.0).loud() == [(0.0, 'firing'), (60.0, 'changed')]


def test_end_under_a_silence_is_not_told() -> None:
    """Silent is silent."""
    alerts = Alerts().unhealthy(0.0, CPU).silence(1.0, 'camera', 600.0).healthy(2.0, CPU)
    assert alerts.until(700.0).loud() == [(0.0, 'firing')]
    assert ('resolved', False) in [(one.kind, one.loud) for _, one in alerts.news]


def test_silence_of_a_node_leaves_the_others() -> None:
    """And the system."""
    alerts = Alerts().silence(0.0, 'camera', 60.0).unhealthy(1.0, 'lidar/cpu')
    assert len(alerts.unhealthy(1.0, '/disk').loud()) == 2


def test_silence_of_one_signal_leaves_the_others() -> None:
    """Known CPU load does not hide a crash."""
    alerts = Alerts().silence(0.0, 'camera', 60.0, signal='cpu').unhealthy(1.0, CPU)
    assert alerts.unhealthy(2.0, PROCESS).loud() == [(2.0, 'firing')]


def test_silenced_root_leaves_its_consequences_to_speak() -> None:
    """Somebody has to, when the heartbeat may not and the node crashes over and over."""
    alerts = Alerts().silence(0.0, 'camera', 60.0, signal='heartbeat')
    alerts.unhealthy(1.0, 'camera/heartbeat').unhealthy(2.0, PROCESS)
    assert alerts.open(PROCESS).root == 'i1' and alerts.loud() == [(2.0, 'firing')]


def test_dependents_of_a_silenced_node_stay_silent() -> None:
    """Their cause is known: the operator has said so."""
    alerts = Alerts().silence(0.0, 'lidar', 60.0).unhealthy(1.0, 'lidar/process')
    alerts.blame(1.0, 'slam', 'lidar').unhealthy(2.0, 'slam/lifecycle')
    assert alerts.loud() == []


def test_silence_of_all_is_for_all() -> None:
    """Work on the whole robot."""
    alerts = Alerts().silence(0.0, '', 60.0, 'transport')
    for key in (CPU, 'lidar/process', '/disk'):
        assert alerts.unhealthy(1.0, key).open(key).silenced == 'transport'
    assert alerts.loud() == []


def test_silence_can_be_ended_early() -> None:
    """What stands is told then."""
    alerts = Alerts().silence(0.0, 'camera', 600.0).unhealthy(1.0, CPU).unsilence(50.0, 'lidar')
    assert alerts.loud() == []
    assert alerts.unsilence(50.0, 'camera').loud() == [(50.0, 'firing')]
    assert alerts.book.silences == ()


def test_newer_silence_replaces_that_of_the_same_node() -> None:
    """The operator has thought again."""
    alerts = Alerts().silence(0.0, 'camera', 600.0).silence(10.0, 'camera', 20.0, 'shorter')
    assert alerts.book.silences == (Silence(node='camera', until=20.0, reason='shorter'),)


def test_silence_in_the_past_is_none() -> None:
    """One from disk may be over long ago."""
    alerts = Alerts().silence(100.0, 'camera', 50.0).unhealthy(100.0, CPU)
    assert alerts.book.silences == () and alerts.loud() == [(100.0, 'firing')]


def test_planned_stop_marks_and_ends() -> None:
    """The operator stops a node: its exit is no alarm; when it should run again, it is."""
    alerts = Alerts().planned(0.0, 'camera', True).unhealthy(1.0, PROCESS)
    assert alerts.open(PROCESS).silenced == 'planned stop' and alerts.loud() == []
    assert alerts.planned(60.0, 'camera', False).loud() == [(60.0, 'firing')]


def test_planned_stop_marks_dependents() -> None:
    """Who waits for a node that was stopped on purpose waits on purpose."""
    alerts = Alerts().planned(0.0, 'lidar', True).blame(0.0, 'slam', 'lidar')
    alerts.blame(0.0, 'planner', 'slam')
    for key in ('slam/lifecycle', 'planner/lifecycle'):
        assert alerts.unhealthy(1.0, key).open(key).silenced == 'planned stop'
    assert alerts.unhealthy(2.0, 'camera/process').loud() == [(2.0, 'firing')]


def test_planned_stop_reaches_through_dependents_that_are_well() -> None:
    """Slam has nothing to say for itself, and passes on why the planner waits."""
    alerts = Alerts().planned(0.0, 'lidar', True).blame(0.0, 'slam', 'lidar')
    alerts.blame(0.0, 'planner', 'slam').unhealthy(1.0, 'planner/lifecycle')
    assert alerts.open('planner/lifecycle').silenced == 'planned stop'


def test_failed_node_that_is_stopped_on_purpose_is_resolved() -> None:
    """It was given up, the operator stops it: nothing is wrong any more."""
    alerts = Alerts().unhealthy(0.0, PROCESS, 'exit 1, given up').planned(100.0, 'camera', True)
    alerts.unknown(100.0, PROCESS).until(130.0)
    assert not alerts.is_open(PROCESS)
    assert alerts.book.alerts(130.0)[0].ended == 130.0


def test_order_of_stop_and_unknown_does_not_matter() -> None:
    """The news of one moment come in some order."""
    alerts = Alerts().unhealthy(0.0, PROCESS).unknown(99.0, PROCESS).planned(
        100.0, 'camera', True).until(130.0)
    assert not alerts.is_open(PROCESS)


def test_reason_of_the_operator_goes_before_the_planned_stop() -> None:
    """It says more."""
    alerts = Alerts().planned(0.0, 'camera', True).silence(0.0, 'camera', 60.0, 'lens change')
    assert alerts.unhealthy(1.0, PROCESS).open(PROCESS).silenced == 'lens change'
    assert alerts.until(60.0).open(PROCESS).silenced == 'planned stop'
