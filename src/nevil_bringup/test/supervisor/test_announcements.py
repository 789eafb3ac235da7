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

"""Every change is said once: to the log, to the subscribers, to the evaluation."""

from __future__ import annotations

import logging
from pathlib import Path

from nevil_health.control.events import ProcessChanged
from nevil_health.control.events import Settled
from nevil_health.control.events import StateChanged
from nevil_health.core import AnnounceState
from nevil_health.core import MonitorLost
from nevil_health.core import ProcessExited
from nevil_health.core import ReadyConfirmed
from nevil_health.core import StopRequested
import pytest
from supervised import in_memory
from supervised import Supervised
from virtual_time import turn


def _told(supervised: Supervised) -> list[tuple[str, str | None, str]]:
    return [(event.node, event.old, event.new) for event in supervised.told
            if isinstance(event, StateChanged)]


def test_a_change_of_state_is_told_with_the_process(tmp_path: Path) -> None:
    """For each node of the unit, with the reason and its level."""
    async def body(supervised: Supervised) -> None:
        supervised.all_ready()
        change = next(event for event in supervised.told
                      if isinstance(event, StateChanged) and event.new == 'ready')
        assert (change.node, change.pid, change.level, change.old) == (
            'camera', 101, 'INFO', 'starting')
        assert ('nevil_health', 'starting', 'ready') not in _told(supervised)
    in_memory(tmp_path, body)


def test_a_process_that_is_gone_has_no_pid(tmp_path: Path) -> None:
    """Nobody must send a POSIX signal to a number that is somebody else's by now."""
    async def body(supervised: Supervised) -> None:
        supervised.all_ready()
        del supervised.running['camera']
        supervised.robot.feed(ProcessExited(
            at=supervised.robot.now(), unit='camera', generation=1, code=3))
        change = [event for event in supervised.told if isinstance(event, StateChanged)
                  and event.node == 'camera'][-1]
        assert (change.new, change.pid) == ('backoff', None)
        assert 'exit 3' in change.reason
    in_memory(tmp_path, body)


@pytest.mark.parametrize(('code', 'signal', 'returncode'), [(3, None, 3), (None, 11, -11)])
def test_the_end_of_a_process_is_told_as_python_tells_it(
    tmp_path: Path, code: int | None, signal: int | None, returncode: int,
) -> None:
    """launch does, and reads it; with the pid that it had."""
    async def body(supervised: Supervised) -> None:
        supervised.all_ready()
        supervised.told.clear()
        supervised.robot.feed(ProcessExited(
            at=supervised.robot.now(), unit='camera', generation=1, code=code, signal=signal))
        changed, = (event for event in supervised.told if isinstance(event, ProcessChanged))
        assert (changed.nodes, changed.pid, changed.returncode) == (
            ('camera',), 101, returncode)
    in_memory(tmp_path, body)


def test_that_all_is_ready_is_told_once(tmp_path: Path) -> None:
    """And again when it was otherwise for a while."""
    async def body(supervised: Supervised) -> None:
        supervised.all_ready()
        await turn()
        assert supervised.told.count(Settled(state='ready')) == 1
        at = supervised.robot.now()
        supervised.robot.feed(ReadyConfirmed(at=at, unit='camera', generation=1))
        await turn()
        assert supervised.told.count(Settled(state='ready')) == 1
    in_memory(tmp_path, body)


def test_a_system_that_ends_does_not_settle(tmp_path: Path) -> None:
    """Who waits for the start must not take a stop for a success."""
    async def body(supervised: Supervised) -> None:
        supervised.begin()
        supervised.start('nevil_health')
        supervised.attach()
        supervised.robot.shut_down()
        await turn()
        assert not any(isinstance(event, Settled) for event in supervised.told)
    in_memory(tmp_path, body)


def test_each_change_is_in_the_log_with_its_level(
    tmp_path: Path, caplog: pytest.LogCaptureFixture,
) -> None:
    """Those of the health node only where something is wrong with it."""
    caplog.set_level(logging.INFO)

    async def body(supervised: Supervised) -> None:
        supervised.all_ready()
        assert 'camera: starting -> ready' in caplog.text
        assert 'nevil_health: ' not in caplog.text
        for level, number in (('WARN', logging.WARNING), ('ERROR', logging.ERROR)):
            caplog.clear()
            supervised.announcements.state(AnnounceState(
                unit='nevil_health', old='ready', new='unhealthy', reason='it hangs',
                event=MonitorLost, level=level))  # type: ignore[arg-type]
            record, = caplog.records
            assert (record.levelno, record.getMessage()) == (
                number, 'nevil_health: ready -> unhealthy: it hangs')
    in_memory(tmp_path, body)


def test_the_evaluation_hears_of_states(tmp_path: Path) -> None:
    """A stop that an operator asked for is no failure."""
    async def body(supervised: Supervised) -> None:
        supervised.all_ready()
        supervised.robot.feed(StopRequested(at=supervised.robot.now(), unit='camera'))
        await turn()
        assert supervised.health.evaluation.node('camera', 0.0).state == 'stopping'
        assert supervised.health.reports.alerts() == ()
    in_memory(tmp_path, body)
