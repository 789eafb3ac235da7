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
"""A terminal as a whole screen, drawn line by line, and left as it was found."""

from __future__ import annotations

import os
import termios
from typing import Any

__all__ = ['Screen']

# Another screen, no cursor, no wrapping of long lines; and all of it back.
_ENTER = '\x1b[?1049h\x1b[?25l\x1b[?7l'
_LEAVE = '\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l'
_LOCAL = 3
_CONTROL = 6
_USUAL = (80, 24)


class Screen:
    """
    Within its context the terminal shows what is drawn; keys arrive at once and are not echoed.

    Ctrl-C and Ctrl-Z remain signals.
    """

    def __init__(self, output: int, keyboard: int | None) -> None:
        """
        Choose a terminal.

        :param keyboard: where keys come from, None where they do not
        """
        self._output = output
        self._keyboard = keyboard
        self._before: list[Any] | None = None
        self._shown: list[str] = []

    def __enter__(self) -> Screen:
        """Take the terminal."""
        if self._keyboard is not None:
            self._before = termios.tcgetattr(self._keyboard)
        try:
            self.enter()
        except BaseException:
            self.leave()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Give it back."""
        self.leave()

    def enter(self) -> None:
        """Take the terminal, also when something else has used it meanwhile."""
        if self._keyboard is not None and self._before is not None:
            mode = [*self._before[:_CONTROL], [*self._before[_CONTROL]]]
            mode[_LOCAL] &= ~(termios.ECHO | termios.ICANON)
            mode[_CONTROL][termios.VMIN] = 1
            mode[_CONTROL][termios.VTIME] = 0
            termios.tcsetattr(self._keyboard, termios.TCSADRAIN, mode)
        self._shown = []
        self._write(_ENTER)

    def leave(self) -> None:
        """Give the terminal back; one that is gone is no error."""
        try:
            self._write(_LEAVE)
        except OSError:
            pass
        if self._keyboard is not None and self._before is not None:
            try:
                termios.tcsetattr(self._keyboard, termios.TCSADRAIN, self._before)
            except termios.error:
                pass

    def size(self) -> tuple[int, int]:
        """Return columns and lines."""
        try:
            columns, lines = os.get_terminal_size(self._output)
        except OSError:
            return _USUAL
        return columns or _USUAL[0], lines or _USUAL[1]

    def redraw(self) -> None:
        """Redraw everything the next time."""
        self._shown = []

    def show(self, lines: list[str]) -> None:
        """Bring the lines to the terminal; only those that are others than before."""
        # Cleared first: below the last line there is none, and the last one would go.
        parts = ['\x1b[H\x1b[J'] if len(self._shown) > len(lines) or not self._shown else []
        shown = [] if parts else self._shown
        parts += [f'\x1b[{number};1H\x1b[K{line}' for number, line in enumerate(lines, 1)
                  if number > len(shown) or shown[number - 1] != line]
        if parts:
            self._write(''.join(parts))
        self._shown = lines

    def _write(self, text: str) -> None:
        data = text.encode(errors='replace')
        while data:
            data = data[os.write(self._output, data):]
