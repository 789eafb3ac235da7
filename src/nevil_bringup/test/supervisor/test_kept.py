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

"""An operator's stop is on disk before it is answered, and a bad file never stops a start."""

from __future__ import annotations

import json
from pathlib import Path

from nevil_bringup.supervisor.kept import Kept
from nevil_health.alerts.views import Silence
import pytest


def test_stop_outlives_the_supervisor(tmp_path: Path) -> None:
    """What one supervisor remembers, the next one reads."""
    path = tmp_path / 'desired.json'
    Kept(path).stop('camera', True)
    assert Kept(path).stopped == {'camera'}


def test_start_forgets_the_stop(tmp_path: Path) -> None:
    """The operator's newest word counts."""
    path = tmp_path / 'desired.json'
    kept = Kept(path)
    kept.stop('camera', True)
    kept.stop('lidar', True)
    kept.stop('camera', False)
    assert Kept(path).stopped == {'lidar'}


@pytest.mark.parametrize('text', [
    '', '{', '[]', '{"stopped": 3}', '{"silences": [{}]}', '\x00' * 40])
def test_unreadable_file_counts_as_empty_and_is_kept(tmp_path: Path, text: str) -> None:
    """A file cut off by a power failure costs the memory of stops, not the start of the robot."""
    path = tmp_path / 'desired.json'
    path.write_text(text, encoding='utf-8')
    kept = Kept(path)
    assert kept.stopped == frozenset()
    assert path.with_suffix('.unreadable').read_text(encoding='utf-8') == text
    kept.stop('camera', True)
    assert Kept(path).stopped == {'camera'}


def test_failed_write_is_said_and_harmless(
    tmp_path: Path, caplog: pytest.LogCaptureFixture,
) -> None:
    """A full disk (here: a missing folder) must not end supervision."""
    kept = Kept(tmp_path / 'missing' / 'desired.json')
    kept.stop('camera', True)
    assert kept.stopped == {'camera'}
    assert 'the desired state of camera will be lost when this supervisor exits' in caplog.text


def test_file_is_written_whole(tmp_path: Path) -> None:
    """Readers see the old or the new content: it is replaced, never edited."""
    path = tmp_path / 'desired.json'
    Kept(path).stop('camera', True)
    assert json.loads(path.read_text(encoding='utf-8')) == {
        'version': 1, 'stopped': ['camera'], 'held': [], 'silences': []}
    assert [entry.name for entry in tmp_path.iterdir()] == ['desired.json']


def test_hold_and_silence_outlive_the_supervisor(tmp_path: Path) -> None:
    """A robot that is restarted in a debugging session stays as the operator had it."""
    path = tmp_path / 'desired.json'
    kept = Kept(path)
    kept.hold('camera', True)
    kept.silence([Silence(node='lidar', until=160.0, reason='cable out')], at=100.0)
    found = Kept(path).silences(at=7.0)
    assert Kept(path).held == {'camera'}
    assert [(one.node, one.reason) for one in found] == [('lidar', 'cable out')]
    assert 66.0 < found[0].until <= 67.0


def test_silence_that_has_ended_is_not_taken_up_again(tmp_path: Path) -> None:
    """A silence ends by the wall clock, also while no supervisor runs."""
    path = tmp_path / 'desired.json'
    Kept(path).silence([Silence(node='', until=99.0, reason='move')], at=100.0)
    assert Kept(path).silences(at=0.0) == []
