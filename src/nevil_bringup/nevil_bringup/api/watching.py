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

"""Wait for edits of a project's files: told by the kernel where watchdog is installed."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Iterator
import os
from pathlib import Path
import threading
import time
from typing import Any
from typing import Protocol

__all__ = ['edited_files', 'look', 'Polling', 'waker_for']

_POLL_S = 0.3
# With the kernel's help: for what it did not tell, on a network drive for one.
_SELDOM_S = 5.0
# An editor, a checkout or a copy writes several files, and some of them twice.
_QUIET_S = 0.1
_DECLARATIONS = ('.nodes', '.messages', '.env')
_NO_SOURCES = ('__pycache__', 'logs', 'node_modules')

_Seen = dict[Path, tuple[int, int, int]]


class Waker(Protocol):
    """Returns from ``wait`` when something may have changed."""

    def wait(self) -> None:
        """Wait for it."""

    def close(self) -> None:
        """Wait for nothing any more."""


class Polling:
    """Lets the files be looked at again and again."""

    def wait(self) -> None:
        """Wait for a moment."""
        time.sleep(_POLL_S)

    def close(self) -> None:
        """Do nothing."""


class _Told:
    """Waits for the kernel's word (inotify), through watchdog."""

    def __init__(self, project: Path) -> None:
        """
        Begin to watch.

        :raises ImportError: watchdog is not installed
        :raises OSError: the kernel watches as much as it may already
        """
        from watchdog.observers import Observer
        self._changed = threading.Event()
        self._observer: Any = Observer()
        self._observer.schedule(self, str(project), recursive=False)
        for folder in _folders(project):
            self._observer.schedule(self, str(folder), recursive=True)
        self._observer.start()

    def dispatch(self, event: Any) -> None:
        """Handle what watchdog tells."""
        if event.event_type not in ('opened', 'closed_no_write') and (
                _is_source(os.path.basename(os.fsdecode(event.src_path)))
                or event.is_directory or event.event_type == 'moved'):
            self._changed.set()

    def wait(self) -> None:
        """Wait until something has changed, and seldom without that."""
        self._changed.wait(_SELDOM_S)
        self._changed.clear()

    def close(self) -> None:
        """End the threads."""
        self._observer.stop()
        self._observer.join()


def waker_for(project: Path) -> Waker:
    """Return the best that is there."""
    try:
        return _Told(project)
    except (ImportError, OSError):
        return Polling()


def edited_files(project: Path, more: Callable[[], Collection[Path]], waker: Waker,
                 quiet: Callable[[], None] = lambda: time.sleep(_QUIET_S),
                 ) -> Iterator[list[Path]]:
    """
    Yield the files that were written, made, renamed or removed, each time that there are some.

    :param more: files besides the declarations and the Python files
    :param quiet: waits until a writer may be done
    """
    seen = look(project, more())
    while True:
        waker.wait()
        now = look(project, more())
        if now == seen:
            continue
        while True:
            quiet()
            before, now = now, look(project, more())
            if now == before:
                break
        edited = sorted(path for path in {*seen, *now} if seen.get(path) != now.get(path))
        seen = now
        if edited:
            yield edited


def look(project: Path, more: Collection[Path] = ()) -> _Seen:
    """Return what tells two states of a project's files apart."""
    seen: _Seen = {}
    for folder, folders, names in os.walk(project):
        folders[:] = [name for name in folders if _is_folder_of_sources(name)]
        for name in names:
            if _is_source(name):
                _note(seen, Path(folder, name))
    for path in more:
        _note(seen, path)
    return seen


def _note(seen: _Seen, path: Path) -> None:
    try:
        status = path.stat()
    except OSError:
        return
    seen[path] = status.st_mtime_ns, status.st_size, status.st_ino


def _folders(project: Path) -> list[Path]:
    return [path for path in project.iterdir()
            if path.is_dir() and _is_folder_of_sources(path.name)]


def _is_folder_of_sources(name: str) -> bool:
    return not name.startswith('.') and name not in _NO_SOURCES


def _is_source(name: str) -> bool:
    return name in _DECLARATIONS or name.endswith('.py') and not name.startswith('.')
