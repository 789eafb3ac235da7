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

"""Many ends at once have one cause, and are one alert with their number."""

from __future__ import annotations

from alert_history import Alerts
import pytest


def ends(alerts: Alerts, count: int, at: float = 0.0, apart_s: float = 0.01) -> Alerts:
    """Let so many nodes end, one after the other."""
    for number in range(count):
        alerts.unhealthy(at + number * apart_s, f'node_{number}/process', 'killed by SIGKILL')
    return alerts


@pytest.mark.parametrize(('count', 'apart_s', 'told'), [
    (1, 0.0, 1), (2, 0.0, 2), (2, 0.9, 2), (3, 0.0, 1), (3, 0.4, 1), (3, 0.6, 3), (20, 0.01, 1),
    (20, 0.0, 1), (5, 2.0, 5)])
def test_from_three_on_within_a_second_the_first_stands_for_all(
        count: int, apart_s: float, told: int) -> None:
    """Two may be chance; what comes later is another story."""
    alerts = ends(Alerts(), count, apart_s=apart_s).until(60.0)
    assert len([key for _, kind, key in alerts.heard if kind == 'firing']) == told


def test_number_is_told_once_it_is_known() -> None:
    """The first is told at once: nobody waits a second for the news of an end."""
    alerts = ends(Alerts(), 20).until(60.0)
    assert alerts.loud() == [(0.0, 'firing'), (1.0, 'changed')]
    assert alerts.open('node_0/process').text == (
        'killed by SIGKILL; 19 other nodes at the same time')


def test_those_that_are_back_meanwhile_are_counted() -> None:
    """A restart takes less than the second for which is waited."""
    alerts = ends(Alerts(), 20)
    for number in range(20):
        alerts.healthy(0.5, f'node_{number}/process')
    alerts.until(200.0)
    assert [kind for _, kind, _ in alerts.heard] == ['firing', 'changed', 'resolved']
    assert len([one for one in alerts.book.alerts(1.0) if one.ended]) == 20


def test_second_of_two_is_told_though_it_is_back_meanwhile() -> None:
    """It waited for others that did not come."""
    alerts = ends(Alerts(), 2)
    alerts.healthy(0.5, 'node_0/process').healthy(0.5, 'node_1/process').until(200.0)
    assert [kind for _, kind, key in alerts.heard if key == 'node_1/process'] == [
        'firing', 'resolved']


def test_ends_with_the_spawner_are_its_consequence() -> None:
    """And so is the absence of the health node, which ended with it."""
    alerts = Alerts().unhealthy(0.0, '/spawner', 'the spawner ended, 20 nodes with it')
    ends(alerts, 20, at=0.01, apart_s=0.0).degraded(0.02, '/monitor').until(8.0)
    assert alerts.loud() == [(0.0, 'firing')]
    alerts.healthy(8.0, '/spawner').healthy(9.0, '/monitor')
    for number in range(20):
        alerts.healthy(10.0, f'node_{number}/process')
    assert [key for _, _, key in alerts.until(300.0).heard] == ['/spawner', '/spawner']


def test_later_end_is_not_the_spawners_fault() -> None:
    """Only what ended with it."""
    alerts = Alerts().unhealthy(0.0, '/spawner').unhealthy(5.0, 'camera/process')
    assert alerts.loud('camera/process') == [(5.0, 'firing')]


def test_node_that_hung_before_keeps_its_own_cause() -> None:
    """It is ended for that, at the same time as others end."""
    alerts = Alerts().unhealthy(0.0, 'node_1/heartbeat', 'no heartbeat')
    ends(alerts, 3, at=5.0).until(60.0)
    assert alerts.open('node_1/process').root == alerts.open('node_1/heartbeat').id
    assert alerts.loud('node_0/process') == [(5.0, 'firing')]
