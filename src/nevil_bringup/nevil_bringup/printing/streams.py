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

"""Make the standard streams ones that nothing takes down, and that steer no terminal."""

from __future__ import annotations

from io import TextIOWrapper
import os
import re
import sys

from nevil_bringup.printing.terminal import COLOUR_CODES
from nevil_bringup.printing.terminal import colours_wanted

__all__ = ['guard_streams', 'open_missing_streams', 'release_streams']

_REPLACED = '\ufffd'
# Names and messages are other people's words: what a terminal obeys is C0, DEL and C1, of which
# a text has only tab and newline.
_STEERING = re.compile('[\x00-\x08\x0b-\x1f\x7f-\x9f]')
_BUT_COLOURS = re.compile(
    f'(?!\x1b\\[(?:0|{"|".join(sorted(set(COLOUR_CODES)))})m){_STEERING.pattern}')


class Shown(TextIOWrapper):
    """A standard stream on which only this program steers the terminal."""

    steering: re.Pattern[str] | None = _STEERING

    def write(self, text: str) -> int:
        """Write a text, with what would steer a terminal made visible."""
        if self.steering is not None and self.steering.search(text):
            text = self.steering.sub(_REPLACED, text)
        return super().write(text)

    def control(self, text: str) -> None:
        """Write a text of which every character is this program's own."""
        super().write(text)


def open_missing_streams() -> None:
    """
    Open standard streams that the caller has closed, on the null device.

    Python has None for such a stream, and its number would be that of the next file or socket.
    """
    for number, name in enumerate(('stdin', 'stdout', 'stderr')):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest number that is free: this one
            os.set_inheritable(number, True)
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, 'w' if number else 'r', encoding='utf-8',
                                    closefd=False))


def guard_streams() -> None:
    """
    Let no character end this program or steer its terminal.

    One that an encoding (``LC_ALL=C``, ``PYTHONIOENCODING``) does not have is written as its code.
    A stream that somebody has put there (a test, a program that calls this one) stays.
    """
    for name in ('stdout', 'stderr'):
        stream = getattr(sys, name)
        if type(stream) is not TextIOWrapper or stream is not getattr(sys, f'__{name}__'):
            continue
        stream.flush()
        # Bytes of a path that is not UTF-8 go out as they came in, where Python would do so.
        keeps = stream.errors == 'surrogateescape' and stream.encoding.lower() == 'utf-8'
        shown = Shown(stream.detach(), encoding=stream.encoding,
                      errors=stream.errors if keeps else 'backslashreplace',
                      line_buffering=stream.line_buffering, write_through=stream.write_through)
        if colours_wanted(shown):
            shown.steering = _BUT_COLOURS
        setattr(sys, name, shown)
        setattr(sys, f'__{name}__', shown)


def release_streams() -> None:
    """Let all through: what is printed from now on is said by a program of the user's."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, Shown):
            stream.steering = None
