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
Read a pipe without taking anything out of it that is not yet in a file.

``tee`` copies what is in the pipe to one of our own; only when its lines are written are they
taken out. If this process is killed, its successor finds everything that it had not written.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os

__all__ = ['LINE_BYTES', 'Peeker', 'PipeReader', 'TerminalReader', 'set_pipe_size']

# What a process prints without a line break must not fill the memory: it comes in pieces.
LINE_BYTES = 64 * 1024
# A busy process is read some lines ahead, not without limit: the others have their turn.
_BLOCK_BYTES = 256 * 1024
# A little under the tenth of a second that is promised for a prompt or a progress bar.
_FLUSH_S = 0.09
_CUT = b' [line goes on]\n'
# From fcntl.h.
_F_SETPIPE_SZ = 1031
_SPLICE_F_NONBLOCK = 2
_LIBC = ctypes.CDLL(None, use_errno=True)


def set_pipe_size(descriptor: int, size: int) -> None:
    """Let a pipe hold more, as far as this user may; otherwise leave it as it is."""
    try:
        fcntl.fcntl(descriptor, _F_SETPIPE_SZ, size)
    except OSError:
        pass


class Peeker:
    """The pipe and the sink that all readers share."""

    def __init__(self) -> None:
        self._out, self._in = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        set_pipe_size(self._in, 1024 * 1024)
        # splice() into it drops bytes without copying them to us.
        self._sink = os.open('/dev/null', os.O_WRONLY | os.O_CLOEXEC)

    def peek(self, descriptor: int) -> bytes | None:
        """Return what is in a pipe and leave it there; b'' if it is empty, None at its end."""
        # Python has os.splice(), but no tee().
        count = _LIBC.tee(descriptor, self._in, ctypes.c_size_t(_BLOCK_BYTES), _SPLICE_F_NONBLOCK)
        if count < 0:
            number = ctypes.get_errno()
            if number in (errno.EAGAIN, errno.EINTR):
                return b''
            raise OSError(number, os.strerror(number), 'tee')
        return os.read(self._out, count) if count else None

    def take(self, descriptor: int, count: int) -> None:
        """Take that many bytes out of a pipe; they are there."""
        while count > 0:
            count -= os.splice(descriptor, self._sink, count)


class PipeReader:
    """
    One unit's output, cut into lines.

    :param goes_on: the next data continues a line whose beginning was returned before
    :param raw: what was read last, as it came
    :param hurry: its process has ended: no line waits for the rest of it
    """

    def __init__(self, descriptor: int, peeker: Peeker) -> None:
        self.descriptor = descriptor
        self.goes_on = False
        self.ended = False
        self.raw = b''
        self.hurry = False
        self._peeker = peeker
        self._partial_since: float | None = None
        self._count = 0

    @property
    def has_partial(self) -> bool:
        """Return whether a line without an end is left in the pipe."""
        return self._partial_since is not None

    def read(self, now: float) -> bytes:
        """
        Return the next lines, b'' if there is none yet; ``done`` takes them out of the pipe.

        A line longer than ``LINE_BYTES`` comes in marked pieces. The beginning of a line that does
        not end within a tenth of a second comes as it is.
        """
        data = self._peek()
        if data is None:
            self.ended = True
            data = b''
        end = data.rfind(b'\n') + 1
        late = self.hurry or (
            self._partial_since is not None and now >= self._partial_since + _FLUSH_S)
        if end == 0 and len(data) >= LINE_BYTES:
            end = LINE_BYTES
        elif end == 0 and data and (late or self.ended):
            end = len(data)
        elif end == 0 and data and self._partial_since is None:
            self._partial_since = now
        self._count = end
        self.raw = data[:end]
        return _cut_long(self.raw)

    def done(self, data: bytes) -> None:
        """Take what was read out of the pipe: it is written, or lost for good."""
        if self._count:
            self._take(self._count)
            self.goes_on = not data.endswith(b'\n')
            self._partial_since = None

    @property
    def waiting(self) -> int:
        """Return how many bytes are in the pipe."""
        buffer = bytearray(4)
        fcntl.ioctl(self.descriptor, 0x541B, buffer)  # FIONREAD
        return int.from_bytes(buffer, 'little')

    def _peek(self) -> bytes | None:
        return self._peeker.peek(self.descriptor)

    def _take(self, count: int) -> None:
        self._peeker.take(self.descriptor, count)


class TerminalReader(PipeReader):
    """The same for a terminal, from which nothing can be read and left there: kept here."""

    _kept = b''

    @property
    def waiting(self) -> int:
        """Return how many bytes are in the terminal, or were read and not written."""
        return super().waiting + len(self._kept)

    def _peek(self) -> bytes | None:
        if len(self._kept) < _BLOCK_BYTES:
            try:
                self._kept += os.read(self.descriptor, _BLOCK_BYTES)
            except OSError:  # nothing there (EAGAIN), or nobody has it open just now (EIO)
                pass
        return self._kept

    def _take(self, count: int) -> None:
        self._kept = self._kept[count:]


def _cut_long(data: bytes) -> bytes:
    """Cut lines that are too long into marked pieces."""
    if len(data) < LINE_BYTES:
        return data
    pieces = []
    start = 0
    while start < len(data):
        end = data.rfind(b'\n', start, start + LINE_BYTES) + 1
        if end == 0 and len(data) - start >= LINE_BYTES:
            end = start + LINE_BYTES
            pieces.append(data[start:end] + _CUT)
        else:
            end = end or len(data)
            pieces.append(data[start:end])
        start = end
    return b''.join(pieces)
