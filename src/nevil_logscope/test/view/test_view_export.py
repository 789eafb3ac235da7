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

"""An export is whole and can be read back, or the file is as it was and the window says why."""

from __future__ import annotations

import csv
import errno
import json
import os
from pathlib import Path
from typing import Any

from nevil_logscope.store import Entry
from nevil_logscope.view.export import as_text
from nevil_logscope.view.export import Export
from nevil_logscope.view.export import ExportError
from nevil_nodes.logs import read_records
import pytest
from view_made import Bench
from view_made import made_entry


def export(bench: Bench, qtbot: Any, path: Path) -> bool:
    """Export what is shown; return whether it was written."""
    with qtbot.waitSignal(bench.scope.commands.exporter.ended, timeout=10_000) as ended:
        bench.scope.commands.exporter.write(path)
    return bool(ended.args[0])


def test_text_is_read_back_by_nevil(bench: Bench, qtbot: Any, tmp_path: Path) -> None:
    """Also by ``nevil logs``, tracebacks included; only what is shown is written."""
    bench.do('crash')
    path = tmp_path / 'out.log'
    assert export(bench, qtbot, path)
    model = bench.scope.model
    shown = [model.line(row).entry for row in range(len(model))]
    assert [(one.at_ns, one.level, one.node, one.component, one.message)
            for one in read_records([path])] == [
        (one.at_ns, one.level, one.node, one.component, one.message) for one in shown]


def test_csv_keeps_lines_and_quotes(bench: Bench, qtbot: Any, tmp_path: Path) -> None:
    """rqt_console loses the newlines of a message when it reads its own file."""
    odd = 'says "yes", and\nthen; no'
    bench.put([made_entry(300, message=odd)])
    path = tmp_path / 'out.csv'
    assert export(bench, qtbot, path)
    with open(path, encoding='utf-8', newline='') as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 201 and rows[-1]['message'] == odd and rows[8]['level'] == 'ERROR'


def test_json_has_a_line_for_each_entry(bench: Bench, qtbot: Any, tmp_path: Path) -> None:
    """So that it can be read while it is large."""
    path = tmp_path / 'out.json'
    assert export(bench, qtbot, path)
    rows = [json.loads(line) for line in path.read_text(encoding='utf-8').splitlines()]
    assert [row['at_ns'] for row in rows] == [bench.store.at_ns(one) for one in range(200)]


def test_without_permission_the_window_says_so(bench: Bench, qtbot: Any, tmp_path: Path) -> None:
    """Who exports to a place that cannot be must learn it at once."""
    assert not export(bench, qtbot, tmp_path / 'missing' / 'out.log')
    text = bench.scope.status.message.text()
    assert str(tmp_path) in text and 'No such file or directory' in text
    assert not export(bench, qtbot, tmp_path)
    assert 'Nothing was exported' in bench.scope.status.message.text()


def test_a_full_disk_leaves_the_old_file_whole(tmp_path: Path, monkeypatch: Any) -> None:
    """The old one may be the only one; nothing half-written stays."""
    path = tmp_path / 'out.log'
    path.write_text('precious')
    job = Export(path, range(100_000), lambda number: made_entry(number))

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert job._file is not None
    monkeypatch.setattr(job._file, 'flush', full)
    with pytest.raises(ExportError, match='No space left on device. Nothing was exported, the'):
        while not job.advance(1.0):
            pass
    assert path.read_text() == 'precious' and os.listdir(tmp_path) == ['out.log']


@pytest.mark.skipif(not os.path.exists('/dev/full'), reason='a device that is always full')
def test_a_really_full_device_is_an_error(tmp_path: Path, monkeypatch: Any) -> None:
    """The kernel's own ENOSPC, when the buffer is written out."""
    path = tmp_path / 'out.log'
    job = Export(path, range(100), lambda number: made_entry(number))
    assert job._file is not None
    os.dup2(os.open('/dev/full', os.O_WRONLY), job._file.fileno())
    with pytest.raises(ExportError, match='No space left'):
        job.advance(1.0)
    assert os.listdir(tmp_path) == []


def test_entries_that_leave_meanwhile_are_counted(tmp_path: Path) -> None:
    """A live log goes on while it is written."""
    def entry(number: int) -> Entry:
        if number < 10:
            raise KeyError(number)
        return made_entry(number)
    job = Export(tmp_path / 'out.log', range(30), entry)
    while not job.advance(0.1):
        pass
    assert (job.written, job.missed) == (20, 10)
    assert (tmp_path / 'out.log').read_text() == ''.join(
        as_text(made_entry(number)) for number in range(10, 30))


def test_an_export_that_is_given_up_leaves_nothing(tmp_path: Path) -> None:
    """The window may be closed meanwhile."""
    job = Export(tmp_path / 'out.log', range(10), made_entry)
    job.cancel()
    job.cancel()
    assert os.listdir(tmp_path) == [] and job.advance(0.1)
