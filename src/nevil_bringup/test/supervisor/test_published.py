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

"""Health leaves the supervisor with ages instead of its own clock, and with nothing lost."""

from __future__ import annotations

import time

from nevil_bringup.supervisor.published import alert_report
from nevil_bringup.supervisor.published import node_report
from nevil_bringup.supervisor.published import signal_reports
from nevil_bringup.supervisor.published import system_report
from nevil_health.alerts import Alert
from nevil_health.signals import NodeHealth
from nevil_health.signals.views import SignalView
from nevil_health.signals.views import SystemHealth
import pytest

_CPU = SignalView(signal='cpu', level='degraded', since=90.0, value=85.0, threshold=80.0,
                  cause='CPU 85 %')
_NEVER = SignalView(signal='memory', level='unknown', since=0.0)


def test_a_signal_of_which_nothing_was_ever_known_is_left_out() -> None:
    """Its age would be that of the machine."""
    report, = signal_reports([_CPU, _NEVER], 100.0)
    assert (report.name, report.level, report.since, report.value, report.threshold,
            report.cause) == ('cpu', 'degraded', 10.0, 85.0, 80.0, 'CPU 85 %')


def test_a_node_is_told_with_its_process() -> None:
    """Each value under its own name."""
    health = NodeHealth(
        node='camera', level='degraded', state='ready', since=40.0, cause='CPU 85 %',
        signals={'cpu': _CPU, 'memory': _NEVER}, criticality='critical', root='arm')
    report = node_report(health, 100.0, pid=7, generation=3, restarts=2, uptime=50.0,
                         cpu_percent=85.0, memory_mb=12.0)
    assert (report.node, report.level, report.state, report.cause, report.root) == (
        'camera', 'degraded', 'ready', 'CPU 85 %', 'arm')
    assert (report.pid, report.generation, report.restarts, report.uptime) == (7, 3, 2, 50.0)
    assert (report.cpu_percent, report.memory_mb, report.since) == (85.0, 12.0, 60.0)
    assert [one.name for one in report.signals] == ['cpu']


def test_what_has_never_changed_has_no_age() -> None:
    """None, not a number that means nothing."""
    health = NodeHealth(node='a', level='unknown', state='waiting', since=0.0, cause='',
                        signals={})
    assert node_report(health, 100.0, pid=0, generation=0, restarts=0, uptime=None,
                       cpu_percent=None, memory_mb=None).since is None


def test_the_robot_is_told_with_its_sums() -> None:
    """Levels that no node has are 0."""
    report = system_report(SystemHealth(
        level='degraded', since=70.0, causes=('camera: CPU',), nodes={'healthy': 2, 'unknown': 1},
        signals={'cpu': _CPU}, cpu_sum_percent=1.0, cpu_max_percent=2.0, cpu_max_node='camera',
        memory_sum_mb=3.0, memory_max_mb=4.0, memory_max_node='arm', cpu_percent=5.0,
        memory_percent=6.0, messages_per_s=7.0, error_rate=0.8, monitor_lag_s=0.9), 100.0, 'r')
    assert (report.project, report.level, report.causes, report.since) == (
        'r', 'degraded', ('camera: CPU',), 30.0)
    assert (report.healthy, report.degraded, report.unhealthy, report.unknown) == (2, 0, 0, 1)
    assert (report.cpu_sum_percent, report.cpu_max_percent, report.cpu_max_node) == (
        1.0, 2.0, 'camera')
    assert (report.memory_sum_mb, report.memory_max_mb, report.memory_max_node) == (
        3.0, 4.0, 'arm')
    assert (report.cpu_percent, report.memory_percent, report.messages_per_s, report.error_rate,
            report.monitor_lag) == (5.0, 6.0, 7.0, 0.8, 0.9)
    assert [one.name for one in report.signals] == ['cpu']


@pytest.mark.parametrize(('ended', 'duration'), [(None, 60.0), (75.0, 35.0)])
def test_an_incident_is_told_with_its_times(ended: float | None, duration: float) -> None:
    """Its beginning by the wall clock; how long it lasts, or has lasted."""
    before = time.time()
    report = alert_report(Alert(
        id='a1', key='camera/cpu', node='camera', signal='cpu', state='firing', severity='error',
        text='CPU', since=40.0, ended=ended, value=1.0, threshold=2.0, root='a0', flapping=True,
        silenced='repair', acknowledged='seen', count=3, restarts=4), 100.0)
    assert (report.id, report.key, report.node, report.signal, report.state, report.severity) == (
        'a1', 'camera/cpu', 'camera', 'cpu', 'firing', 'error')
    assert (report.text, report.value, report.threshold, report.root) == ('CPU', 1.0, 2.0, 'a0')
    assert (report.flapping, report.silenced, report.acknowledged, report.count,
            report.restarts) == (True, 'repair', 'seen', 3, 4)
    assert (report.age, report.duration) == (60.0, duration)
    assert report.started is not None
    assert before - 60.01 <= report.started <= time.time() - 59.99
