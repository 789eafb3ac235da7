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

"""A log is bounded, its predecessors are kept, and a disk that is full costs lines only."""

from __future__ import annotations

import os
from pathlib import Path
import subprocess
import time

from nevil_bringup.capture import files
from nevil_bringup.capture.files import LogFile
from nevil_bringup.capture.files import LogFolder
import pytest


def texts(folder: Path) -> dict[str, str]:
    """Return the content of every file."""
    return {path.name: path.read_text() for path in sorted(folder.iterdir())}


def test_a_log_is_rotated_before_it_outgrows_its_limit(tmp_path: Path) -> None:
    """A robot's card must not fill up."""
    log = LogFile(tmp_path / 'x.log', 10, 3)
    for number in range(5):
        log.append(b'line %d\n' % number)
    assert texts(tmp_path) == {
        'x.log': 'line 4\n', 'x.log.1': 'line 3\n', 'x.log.2': 'line 2\n'}


def test_a_block_is_cut_at_lines(tmp_path: Path) -> None:
    """No line is torn in two by a rotation, and no file is larger than allowed."""
    log = LogFile(tmp_path / 'x.log', 20, 9)
    log.append(b''.join(b'line %d\n' % number for number in range(10)))
    found = texts(tmp_path)
    assert all(len(text) <= 20 for text in found.values())
    assert sorted(''.join(found.values()).split('\n')[:-1])[:1] == ['line 0']
    assert ''.join(found.values()).count('line') == 10


def test_a_line_longer_than_the_limit_is_still_written(tmp_path: Path) -> None:
    """The limit is about the whole; one long line alone is no reason to lose it."""
    log = LogFile(tmp_path / 'x.log', 10, 2)
    log.append(b'short\n' + b'x' * 50 + b'\nshort\n')
    assert texts(tmp_path) == {'x.log': 'short\n', 'x.log.1': 'x' * 50 + '\n'}


def test_a_reader_keeps_the_file_it_follows(tmp_path: Path) -> None:
    """``tail`` reads the rest of the old file before it turns to the new one."""
    log = LogFile(tmp_path / 'x.log', 100, 3)
    log.append(b'before\n')
    with open(tmp_path / 'x.log') as reader:
        log.rotate()
        log.append(b'after\n')
        assert reader.read() == 'before\n'
        assert os.fstat(reader.fileno()).st_ino == (tmp_path / 'x.log.1').stat().st_ino


def test_one_file_is_emptied(tmp_path: Path) -> None:
    """KEEP_LOG_FILES=1 keeps only the current one."""
    log = LogFile(tmp_path / 'x.log', 10, 1)
    log.append(b'line 1\n')
    log.append(b'line 2\n')
    assert texts(tmp_path) == {'x.log': 'line 2\n'}


def test_a_line_that_was_torn_is_ended(tmp_path: Path) -> None:
    """After a power cut the next record begins on a line of its own."""
    (tmp_path / 'x.log').write_text('torn')
    log = LogFile(tmp_path / 'x.log', 100, 3)
    log.append(b'next\n')
    assert texts(tmp_path) == {'x.log': 'torn\nnext\n'}


def test_a_removed_log_is_made_anew(tmp_path: Path) -> None:
    """Somebody tidies up; logging goes on."""
    folder = LogFolder(directory=str(tmp_path / 'logs'), max_bytes=100, keep_files=3,
                       retention_days=30, per_node_max_bytes={})
    folder.file('x').append(b'one\n')
    (tmp_path / 'logs' / 'x.log').unlink()
    (tmp_path / 'logs').rmdir()
    folder.check()
    folder.file('x').append(b'two\n')
    assert texts(tmp_path / 'logs') == {'x.log': 'two\n'}


def test_only_old_logs_are_removed(tmp_path: Path) -> None:
    """Logs of a node that is gone do not stay for ever, and nothing else is touched."""
    for name in ('old.log', 'old.log.1', 'new.log', 'notes.txt'):
        (tmp_path / name).write_text('x')
    for name in ('old.log', 'old.log.1', 'notes.txt'):
        os.utime(tmp_path / name, (0, time.time() - 31 * 86400))
    LogFolder(directory=str(tmp_path), max_bytes=100, keep_files=3, retention_days=30,
              per_node_max_bytes={}).remove_old()
    assert list(texts(tmp_path)) == ['new.log', 'notes.txt']


def test_a_node_may_have_its_own_limit(tmp_path: Path) -> None:
    """``resources.max_log_size_mb`` of its file."""
    folder = LogFolder(directory=str(tmp_path), max_bytes=10**6, keep_files=2, retention_days=30,
                       per_node_max_bytes={'x': 10})
    for node in 'xy':
        for _ in range(3):
            folder.file(node).append(b'line 1\n')
    assert sorted(texts(tmp_path)) == ['x.log', 'x.log.1', 'y.log']


def test_what_cannot_be_written_is_counted_and_told(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk costs lines, and the log says how many."""
    monkeypatch.setattr(files, '_RETRY_S', 0.0)
    path = tmp_path / 'x.log'
    path.symlink_to('/dev/full')
    log = LogFile(path, 10**6, 3)
    for _ in range(3):
        log.append(b'one\ntwo\n')
    assert log.lost == 6
    path.unlink()
    log.append(b'seven\n')
    first, second = path.read_text().splitlines()
    assert first.endswith('[WARNING] [x] [capture] 6 lines were lost while this log could not be '
                          'written: No space left on device')
    assert second == 'seven'
    assert log.lost == 0


def test_a_real_full_disk_is_survived(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A write may succeed in part; what is in the file is whole lines all the same."""
    if subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=64k', 'none', str(tmp_path)],
                      capture_output=True).returncode != 0:
        pytest.skip('this user may not mount a file system')
    monkeypatch.setattr(files, '_RETRY_S', 0.0)
    try:
        log = LogFile(tmp_path / 'x.log', 10**6, 3)
        (tmp_path / 'ballast').write_bytes(b'x' * 20000)
        for number in range(4000):
            log.append(b'this is line %07d of them\n' % number)
        lost = log.lost
        assert lost > 1000
        (tmp_path / 'ballast').unlink()
        log.append(b'room again\n')
        lines = (tmp_path / 'x.log').read_text().splitlines()
        assert lines[-1] == 'room again'
        assert f'{lost} lines were lost' in lines[-2]
        assert all(line.startswith('this is line') for line in lines[:-2])
        assert len(lines) - 2 + lost >= 4000
        log.close()
    finally:
        subprocess.run(['umount', str(tmp_path)], check=True)
