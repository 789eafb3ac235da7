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

"""
How a record gets out of a node process whole, whatever else is printed.

What a node prints goes into one pipe: the author's prints, half a line of a progress bar, the
words of a C library. There a record of Nevil's is one line, marked with RS at its beginning and
with US where its own lines end, so that the capture process need not guess (``Lines``). Nevil's
own words keep a descriptor of their own: neither ``sys.stderr = None`` nor a ``dup2()`` that
silences a library takes them away.
"""

from __future__ import annotations

import fcntl
import os
import select
import stat
import sys

__all__ = [
    'as_written', 'flush_streams', 'frame', 'frames_records', 'keep_output', 'write_record']

RECORD = '\x1e'
LINE = '\x1f'
# So many characters of UTF-8 fit what capture takes for one line (64 KiB).
_PIECE = 12_000
_FIRST_FREE = 3

_own_fd = -1
_framing = False


def keep_output() -> None:
    """Remember where stderr goes now; for the process of a node, before the author's code."""
    global _own_fd, _framing
    for number in range(_FIRST_FREE):
        try:
            os.fstat(number)
        except OSError:  # closed by the caller: else a socket of ROS would get the number
            os.open(os.devnull, os.O_RDWR)
    # Not below 3: a program that has closed its input must not get this as descriptor 0.
    _own_fd = fcntl.fcntl(2, fcntl.F_DUPFD_CLOEXEC, _FIRST_FREE)
    _framing = bool(os.environ.get('NEVIL_RUN_ID')) and stat.S_ISFIFO(os.fstat(2).st_mode)


def frames_records(stream: object) -> bool:
    """Return whether records on a stream go to the capture process."""
    if not _framing:
        return False
    try:
        return int(stream.fileno()) == 2  # type: ignore[attr-defined]
    except (AttributeError, OSError, ValueError):
        return False  # the author's own: a file, a buffer, nothing


def as_written(text: str) -> str:
    """Return a record as it is written where stderr went at the beginning."""
    return frame(text) if _framing else text


def frame(text: str) -> str:
    """Return the lines of a record as the capture process knows them, without a last newline."""
    for end in ('\r\n', '\r', '\n'):
        text = text.replace(end, LINE)
    pieces = [text[at:at + _PIECE] for at in range(0, len(text), _PIECE)]
    return f'\n{RECORD}{LINE}'.join([RECORD + pieces[0], *pieces[1:]])


def flush_streams() -> None:
    """Let out what was printed; never raises."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:  # noqa: B902 - it may be anything that the author has put there
            pass


def write_record(text: str) -> None:
    """Write a record of Nevil's own; never raises."""
    flush_streams()
    if _own_fd < 0:
        print(text, file=sys.stderr, flush=True)
        return
    data = f'{as_written(text)}\n'.encode('utf-8', 'backslashreplace')
    try:
        _write(_own_fd, data)
    except OSError:  # closed by a program that closes all it does not know
        try:
            _write(2, data)
        except OSError:
            pass


def _write(fd: int, data: bytes) -> None:
    while data:
        try:
            data = data[os.write(fd, data):]
        except BlockingIOError:
            # Somebody has made the pipe non-blocking, which holds for all who share it; wait as if
            # it blocked.
            select.select([], [fd], [])
