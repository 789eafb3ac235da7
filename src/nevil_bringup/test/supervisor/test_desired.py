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

from nevil_bringup.supervisor.desired import DesiredState
import pytest


def test_stop_outlives_the_supervisor(tmp_path: Path) -> None:
    """What one supervisor remembers, the next one reads."""
    path = tmp_path / 'desired.json'
    DesiredState(path).remember('camera', stopped=True)
    assert DesiredState(path).stopped == {'camera'}


def test_start_forgets_the_stop(tmp_path: Path) -> None:
    """The operator's newest word counts."""
    path = tmp_path / 'desired.json'
    desired = DesiredState(path)
    desired.remember('camera', stopped=True)
    desired.remember('lidar', stopped=True)
    desired.remember('camera', stopped=False)
    assert DesiredState(path).stopped == {'lidar'}


@pytest.mark.parametrize('text', ['', '{', '[]', '{"stopped": 3}', '\x00' * 40])
def test_unreadable_file_counts_as_empty_and_is_kept(tmp_path: Path, text: str) -> None:
    """A file cut off by a power failure costs the memory of stops, not the start of the robot."""
    path = tmp_path / 'desired.json'
    path.write_text(text, encoding='utf-8')
    desired = DesiredState(path)
    assert desired.stopped == frozenset()
    assert path.with_suffix('.unreadable').read_text(encoding='utf-8') == text
    desired.remember('camera', stopped=True)
    assert DesiredState(path).stopped == {'camera'}


def test_failed_write_is_said_and_harmless(
    tmp_path: Path, caplog: pytest.LogCaptureFixture,
) -> None:
    """A full disk (here: a missing folder) must not end supervision."""
    desired = DesiredState(tmp_path / 'missing' / 'desired.json')
    desired.remember('camera', stopped=True)
    assert desired.stopped == {'camera'}
    assert 'a stop of camera will not outlive this supervisor' in caplog.text


def test_file_is_written_whole(tmp_path: Path) -> None:
    """Readers see the old or the new content: it is replaced, never edited."""
    path = tmp_path / 'desired.json'
    DesiredState(path).remember('camera', stopped=True)
    assert json.loads(path.read_text(encoding='utf-8')) == {'version': 1, 'stopped': ['camera']}
    assert [entry.name for entry in tmp_path.iterdir()] == ['desired.json']
