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

"""The word that the window is shown, to the command that waits for it."""

from __future__ import annotations

import os
from pathlib import Path

from nevil_logscope.opened import report_opened
import pytest


def test_who_waits_is_told_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The lock stays ours, and is not for programs that we start."""
    end, report = os.pipe()
    lock = os.open(tmp_path / 'lock', os.O_RDWR | os.O_CREAT)
    os.set_inheritable(lock, True)
    monkeypatch.setenv('NEVIL_LOGSCOPE_FDS', f'{report},{lock}')
    report_opened()
    assert os.read(end, 100) == b'ready\n' and os.read(end, 100) == b''
    assert not os.get_inheritable(lock) and 'NEVIL_LOGSCOPE_FDS' not in os.environ
    report_opened()
    os.close(lock)
    os.close(end)


@pytest.mark.parametrize('value', [None, '', '7', 'a,b', '998,999'])
def test_nobody_waits(monkeypatch: pytest.MonkeyPatch, value: str | None) -> None:
    """The window is shown all the same."""
    monkeypatch.delenv('NEVIL_LOGSCOPE_FDS', raising=False)
    if value is not None:
        monkeypatch.setenv('NEVIL_LOGSCOPE_FDS', value)
    report_opened()
