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

"""What counts as an edit of a project, and when it is told."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
import os
from pathlib import Path
import threading

from nevil_bringup.api.watching import edited_files
from nevil_bringup.api.watching import Polling
from nevil_bringup.api.watching import waker_for
import pytest


class Script:
    """Lets a step of a test happen each time that somebody waits."""

    def __init__(self, *steps: Callable[[], object]) -> None:
        """Take the steps in their order; after the last one, waiting is a mistake."""
        self._steps = iter(steps)

    def wait(self) -> None:
        """Let the next step happen."""
        step = next(self._steps, None)
        assert step is not None, 'waits for ever'
        step()

    def close(self) -> None:
        """Do nothing."""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project with one node."""
    for name in ('.nodes', 'nodes/arm/.nodes', 'nodes/arm/arm_node.py', 'logs/arm.log',
                 'nodes/arm/__pycache__/x.py', '.git/x.py', 'notes.txt', 'horn.sh'):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text('1')
    return tmp_path


def edits(project: Path, *steps: Callable[[], object], more: tuple[str, ...] = ()) -> list[str]:
    """Return the first edit that is told."""
    found: Iterator[list[Path]] = edited_files(
        project, lambda: {project / name for name in more}, Script(*steps), lambda: None)
    return [str(path.relative_to(project)) for path in next(found)]


@pytest.mark.parametrize('name', ['.nodes', 'nodes/arm/.nodes', 'nodes/arm/arm_node.py',
                                  'nodes/arm/.messages', 'shared/new.py', '.env'])
def test_written_and_new_files_are_edits(project: Path, name: str) -> None:
    """Declarations and Python files, in folders that are new too."""
    def write() -> None:
        (project / name).parent.mkdir(exist_ok=True)
        (project / name).write_text('edited')
    assert edits(project, write) == [name]


@pytest.mark.parametrize('name', ['logs/arm.log', 'nodes/arm/__pycache__/x.py', '.git/x.py',
                                  'notes.txt', 'nodes/arm/data.csv', 'nodes/arm/.arm_node.py'])
def test_all_else_is_none(project: Path, name: str) -> None:
    """What nodes write, what tools keep, and what editors do not mean yet."""
    def write() -> None:
        (project / name).write_text('edited')
    with pytest.raises(AssertionError, match='waits for ever'):
        edits(project, write)


def test_files_named_besides_count_too(project: Path) -> None:
    """A script that a node is."""
    assert edits(project, lambda: (project / 'horn.sh').write_text('edited'),
                 more=('horn.sh',)) == ['horn.sh']


def test_removed_and_renamed_files_are_edits(project: Path) -> None:
    """A folder that is gone stops its node."""
    assert edits(project, lambda: os.rename(project / 'nodes' / 'arm', project / 'nodes' / 'leg')
                 ) == ['nodes/arm/.nodes', 'nodes/arm/arm_node.py', 'nodes/leg/.nodes',
                       'nodes/leg/arm_node.py']


def test_a_file_that_is_replaced_by_a_like_one_is_edited(project: Path) -> None:
    """Editors write a new file and rename it; with the same time and size it is another one."""
    path = project / '.nodes'
    status = path.stat()

    def replace() -> None:
        other = project / 'other'
        other.write_text('2')
        os.utime(other, ns=(status.st_atime_ns, status.st_mtime_ns))
        other.replace(path)
    assert edits(project, replace) == ['.nodes']


def test_what_is_written_together_is_told_together(project: Path) -> None:
    """A checkout is one edit: it is told when nothing more comes."""
    written = iter(['a.py', 'b.py'])

    def quiet() -> None:
        name = next(written, None)
        if name:
            (project / name).write_text('')
    waker = Script(lambda: (project / '.env').write_text(''))
    assert [path.name for path in next(edited_files(project, set, waker, quiet))] == [
        '.env', 'a.py', 'b.py']


def test_what_is_undone_at_once_is_none(project: Path) -> None:
    """An editor that tries whether it may write."""
    path = project / 'trial.py'
    with pytest.raises(AssertionError, match='waits for ever'):
        next(edited_files(project, set, Script(lambda: path.write_text('')),
                          lambda: path.unlink(missing_ok=True)))


def test_without_watchdog_the_files_are_looked_at(
    project: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is not needed."""
    monkeypatch.setitem(__import__('sys').modules, 'watchdog.observers', None)
    assert isinstance(waker_for(project), Polling)


def test_the_kernel_tells_where_it_is_asked(project: Path) -> None:
    """A new file in a folder of a node wakes whoever waits, within the time of a seldom look."""
    pytest.importorskip('watchdog')
    waker = waker_for(project)
    try:
        assert not isinstance(waker, Polling)
        threading.Timer(0.1, (project / 'nodes' / 'arm' / 'new.py').write_text, ['']).start()
        waker.wait()
        assert (project / 'nodes' / 'arm' / 'new.py').exists()
    finally:
        waker.close()
