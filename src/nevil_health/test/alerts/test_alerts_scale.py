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

"""Many incidents: bounded memory, and time that stays small."""

from __future__ import annotations

import time

from alert_history import Alerts
from nevil_health.alerts import AlertRules

MAX = 512


def test_no_more_incidents_than_allowed_are_kept() -> None:
    """A robot that falls apart must not take its supervisor with it."""
    alerts = Alerts()
    for number in range(MAX + 100):
        alerts.unhealthy(0.0, f'node{number}/process')
    assert len(alerts.book.alerts(0.0)) == MAX
    assert alerts.book.dropped == 100


def test_resolved_go_before_open_ones() -> None:
    """History is worth less than what is wrong now."""
    alerts = Alerts(AlertRules(keep_resolved_s=1e6))
    for number in range(MAX):
        alerts.unhealthy(0.0, f'old{number}/process').healthy(0.0, f'old{number}/process')
    alerts.until(100.0)
    for number in range(MAX):
        alerts.unhealthy(200.0, f'new{number}/process')
    kept = alerts.book.alerts(200.0)
    assert {one.node[:3] for one in kept} == {'new'} and len(kept) == MAX
    assert alerts.book.dropped == 0


def test_critical_one_finds_room_among_warnings() -> None:
    """What goes is the least, and it is counted aloud."""
    alerts = Alerts(criticality={'base': 'critical'})
    for number in range(MAX):
        alerts.degraded(0.0, f'node{number}/cpu')
    alerts.until(60.0).unhealthy(60.0, 'base/process')
    assert alerts.open('base/process').severity == 'critical'
    assert alerts.loud('base/process') == [(60.0, 'firing')]
    alerts.until(62.0)
    assert (alerts.book.dropped, alerts.news[-1][1].alert.text) == (
        1, '1 more alert: nevil status shows them')


def test_least_one_is_not_kept_when_there_is_no_room() -> None:
    """A warning does not push out an error; and it says nothing that nobody can look up."""
    alerts = Alerts()
    for number in range(MAX):
        alerts.unhealthy(0.0, f'node{number}/liveness')
    alerts.until(60.0).degraded(60.0, 'arm/cpu')
    assert not alerts.is_open('arm/cpu') and alerts.loud('arm/cpu') == []
    alerts.healthy(61.0, 'arm/cpu')


def test_names_that_come_and_go_leave_nothing() -> None:
    """Memory is bounded over time, too: 20 000 incidents, each over before the next but few."""
    alerts = Alerts(AlertRules(keep_firing_s=1.0, keep_resolved_s=5.0))
    for number in range(2000):
        key, at = f'node{number}/process', number * 1.0
        alerts.planned(at, f'node{number}', True).blame(at, f'node{number}', 'root')
        alerts.unhealthy(at, key).healthy(at, key)
        alerts.planned(at, f'node{number}', False).blame(at, f'node{number}', '')
    alerts.until(3000.0)
    book = alerts.book
    assert book.alerts(3000.0) == () and book.next_deadline() is None
    assert not book._blames and not book._marks.planned and not book._shelf.open
    assert not book._shelf._ended


def test_cascade_of_two_hundred_nodes_is_one_message_and_quick() -> None:
    """The supervisor has other things to do, just then."""
    alerts = Alerts().unhealthy(0.0, 'lidar/process')
    began = time.process_time()
    for number in range(200):
        node = f'node{number}'
        alerts.blame(0.1, node, f'node{number - 1}' if number else 'lidar')
        alerts.unhealthy(0.2, f'{node}/lifecycle')
    assert alerts.loud() == [(0.0, 'firing')]
    assert time.process_time() - began < 3.0
