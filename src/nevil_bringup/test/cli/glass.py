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
"""A terminal for a test: a pseudo terminal, and what a person would see on it."""

from __future__ import annotations

from collections.abc import Callable
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
from typing import Any

from place import Place
from quality.waiting import wait_for

__all__ = ['Glass']

_SEQUENCE = re.compile(r'\x1b\[(\??)([0-9;]*)([A-Za-z])')
_BEGUN = re.compile(rb'\x1b(?:\[\??[0-9;]*)?\Z')


class Glass:
    """
    Runs the command on a terminal of its own.

    :ivar raw: all that was written to it
    :ivar modes: private modes that are set: 25 cursor, 7 wrapping, 1049 the other screen
    """

    def __init__(
        self, place: Place, *args: str, columns: int = 100, lines: int = 30, keyboard: bool = True,
        **environ: str,
    ) -> None:
        """Start it."""
        self.raw = b''
        self.modes = {25, 7}
        self._cells: list[list[str]] = []
        self._at = (0, 0)
        self._seen = b''
        self._ours, self._theirs = pty.openpty()
        self.resize(columns, lines)
        self.settings = termios.tcgetattr(self._theirs)
        self.process: subprocess.Popen[Any] = place.begin(
            *args, stdout=self._theirs, stderr=self._theirs, start_new_session=True,
            stdin=self._theirs if keyboard else subprocess.DEVNULL, preexec_fn=_own_terminal,
            env={**place.environ, 'TERM': 'xterm', **environ})

    def __enter__(self) -> Glass:
        """Return it."""
        return self

    def __exit__(self, *_: object) -> None:
        """End what runs."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for end in (self._ours, self._theirs):
            os.close(end)

    def resize(self, columns: int, lines: int) -> None:
        """Change the size; the kernel tells the command."""
        self._lines = lines
        fcntl.ioctl(self._ours, termios.TIOCSWINSZ, struct.pack('4H', lines, columns, 0, 0))

    def press(self, keys: str) -> None:
        """Send keys."""
        os.write(self._ours, keys.encode())

    @property
    def restored(self) -> bool:
        """Return whether everything is as it was found."""
        return self.modes == {25, 7} and termios.tcgetattr(self._theirs) == self.settings

    @property
    def text(self) -> str:
        """Return what is to be seen."""
        return '\n'.join(''.join(row).rstrip() for row in self._cells)

    def shows(self, text: str, *, never: str = '\0') -> str:
        """Wait until a text is to be seen, and another is not."""
        return self.until(lambda: text in self.text and never not in self.text)

    def until(self, met: Callable[[], bool], limit_s: float = 20.0) -> str:
        """Wait until a condition is met; return what is to be seen then."""
        wait_for(met, limit_s, what=lambda: self.text, step=lambda: self.look(0.05))
        return self.text

    def look(self, wait_s: float) -> None:
        """Read what is written next."""
        if select.select([self._ours], [], [], wait_s)[0]:
            data = os.read(self._ours, 65536)
            self.raw += data
            data = self._seen + data
            begun = _BEGUN.search(data)
            self._seen = data[begun.start():] if begun else b''
            self._draw(data[:begun.start()] if begun else data)

    def ends(self) -> int:
        """Wait until the command has ended and everything is read; return its exit code."""
        self.until(lambda: self.process.poll() is not None)
        while select.select([self._ours], [], [], 0.05)[0]:
            self.look(0)
        return int(self.process.returncode)

    def _draw(self, data: bytes) -> None:
        text = data.decode(errors='replace')
        position = 0
        for match in _SEQUENCE.finditer(text):
            self._put(text[position:match.start()])
            position = match.end()
            self._obey(*match.groups())
        self._put(text[position:])

    def _obey(self, private: str, numbers: str, order: str) -> None:
        line, column = self._at
        if private:
            change = self.modes.add if order == 'h' else self.modes.discard
            change(int(numbers))
        elif order == 'H':
            line, column = [int(number or 1) - 1 for number in (numbers + ';').split(';')[:2]]
            self._at = (min(line, self._lines - 1), column)
        elif order in 'JK':
            if line < len(self._cells):
                del self._cells[line][column:]
            if order == 'J':
                del self._cells[line + (column > 0):]
        else:
            assert order == 'm', order

    def _put(self, text: str) -> None:
        for char in text:
            line, column = self._at
            if char == '\n':
                self._at = (line + 1, column)
                continue
            if char == '\r':
                self._at = (line, 0)
                continue
            while len(self._cells) <= line:
                self._cells.append([])
            row = self._cells[line]
            row.extend(' ' * (column - len(row)))
            row[column:column + 1] = [char]
            self._at = (line, column + 1)


def _own_terminal() -> None:
    """Make it the terminal whose Ctrl-C reaches the command."""
    fcntl.ioctl(1, termios.TIOCSCTTY, 0)
