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
Read one log file through its rotations (``x.log``, ``x.log.1``, ``x.log-20261122.gz``).

The open file is kept when it is renamed: it is read to its end, then the files that came after it,
oldest first. Nothing is lost or read twice unless a file was deleted before it was ever opened.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
import os
from pathlib import Path

from nevil_nodes.logs.encoding import line_text
from nevil_nodes.logs.encoding import SNIFFED_BYTES
from nevil_nodes.logs.encoding import TextDecoder
from nevil_nodes.logs.encoding import valid_lines
from nevil_nodes.logs.format import parse_line
from nevil_nodes.logs.generations import generations
from nevil_nodes.logs.packed import MAGIC_BYTES
from nevil_nodes.logs.packed import unpacker_of
from nevil_nodes.logs.whole_lines import WholeLines

__all__ = ['Tail']

# Large enough for few system calls, small enough for a reader that has a time budget.
_BLOCK_BYTES = 256 * 1024
# Of a packed file at once: it may become a thousand times as much.
_PACKED_BYTES = 16 * 1024
# How much larger a packed log becomes, about.
_PACKED_RATIO = 10


class _Open:
    """One open file of the rotation and how far it is read."""

    def __init__(self, path: str) -> None:
        self.path = path
        # O_NONBLOCK: somebody may name a FIFO, whose open would wait for a writer.
        self.fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            status = os.fstat(self.fd)
            # A rotation renames files, so a path says nothing about what was read; the inode does.
            self.ident = (status.st_dev, status.st_ino)
            self.unpacker = unpacker_of(os.pread(self.fd, MAGIC_BYTES, 0))
        except OSError:
            os.close(self.fd)
            raise
        self.offset = 0
        self.damaged = ''
        self._decoder: TextDecoder | None = None

    @property
    def size(self) -> int:
        return os.fstat(self.fd).st_size

    @property
    def width(self) -> int:
        """Return how many bytes a newline takes."""
        return self._get_decoder().width

    def read(self) -> bytes | None:
        """Return the next bytes as UTF-8, perhaps none; None at the end of the file."""
        block = _PACKED_BYTES if self.unpacker else _BLOCK_BYTES
        # pread() needs no position: looking at the beginning of the file does not move it.
        data = b'' if self.damaged else os.pread(self.fd, block, self.offset)
        if not data:
            return None
        decoder, at_start = self._get_decoder(), self.offset == 0
        self.offset += len(data)
        if self.unpacker is not None:
            try:
                data = self.unpacker.feed(data)
            except OSError as error:
                self.damaged = str(error)
                return None
            if at_start:
                self._decoder = decoder = TextDecoder(data[:SNIFFED_BYTES])
        return decoder.feed(data, at_start)

    def end(self) -> bytes:
        return self._decoder.end() if self._decoder else b''

    def restart(self) -> None:
        self.offset = 0
        self._decoder = None

    def _get_decoder(self) -> TextDecoder:
        if self._decoder is None:
            self._decoder = TextDecoder(os.pread(self.fd, SNIFFED_BYTES, 0))
        return self._decoder


class Tail:
    """
    The lines of one log file, those written later included.

    :param path: of the current file; it may not exist yet
    :param last: begin that many records before the end; None begins with the oldest line kept
    :raises OSError: a file may not be read
    """

    def __init__(self, path: str | Path, last: int | None = None) -> None:
        self._path = os.fspath(path)
        self._files: deque[_Open] = deque()
        self._lines = WholeLines()
        # Files of the rotation that cannot be read, and why.
        self.damaged: dict[str, str] = {}
        # How much of what there was is not read.
        self.skipped = 0
        self._open_newer()
        if last is not None:
            self._begin_before_end(last)

    def lines(self) -> Iterator[str]:
        """
        Yield the complete lines written since the last call, without their newlines.

        What is written meanwhile comes with the next call: this one ends, however fast it grows.
        """
        for block in self.blocks():
            yield from block.decode().split('\n')[:-1]

    def blocks(self) -> Iterator[bytes]:
        """Yield the same lines as bytes in UTF-8, many at once, each with its newline."""
        self._open_newer()
        if not self._files:
            return
        newest = self._files[-1]
        # Taken once: a node that writes faster than we read would else never let this end.
        end = newest.size
        while (current := self._files[0]) is not newest:
            yield from self._drain(current, None)
            rest = self._lines.feed(current.end()) + self._lines.end()
            if rest:
                yield valid_lines(rest)
            os.close(self._files.popleft().fd)
        yield from self._drain(newest, end)

    def skip_but(self, size: int) -> None:
        """Begin about that many bytes before the end, at a line."""
        for index in reversed(range(len(self._files))):
            file = self._files[index]
            length = file.size * (_PACKED_RATIO if file.unpacker else 1)
            if length >= size:
                if not file.unpacker:
                    file.offset = _line_after(file, max(0, file.size - size - 1))
                self.skipped += file.offset + sum(
                    self._files[older].size for older in range(index))
                for _ in range(index):
                    os.close(self._files.popleft().fd)
                return
            size -= length

    def close(self) -> None:
        """Close the files."""
        while self._files:
            os.close(self._files.popleft().fd)

    @property
    def pending(self) -> int:
        """Return how many bytes there are to read, of the open files."""
        return sum(max(0, file.size - file.offset) for file in self._files if not file.damaged)

    @property
    def written_s(self) -> float | None:
        """Return when the file that is read next was written last, in seconds since 1970."""
        return os.fstat(self._files[0].fd).st_mtime if self._files else None

    @property
    def found(self) -> bool:
        """Return whether there is a file."""
        return bool(self._files)

    @property
    def paths(self) -> list[str]:
        """Return the files that are still read, oldest first."""
        return [file.path for file in self._files]

    def _drain(self, current: _Open, end: int | None) -> Iterator[bytes]:
        """Yield lines up to about that offset, or to the end of a file that is complete."""
        # logrotate with copytruncate does that.
        if current.size < current.offset:  # truncated in place
            current.restart()
            self._lines.end()
        while end is None or current.offset < end:
            data = current.read()
            if current.damaged:
                self.damaged[current.path] = current.damaged
            if data is None:
                break
            if whole := self._lines.feed(data):
                yield valid_lines(whole)
        if current.unpacker is not None:  # it has stopped growing
            if current.unpacker.begun and not current.damaged:
                self.damaged[current.path] = 'is damaged: it ends too early'
            if rest := self._lines.end():
                yield valid_lines(rest)

    def _open_newer(self) -> None:
        """
        Open the files that are newer than the last one open.

        They are tried from the newest on, because a rotation meanwhile moves each to a higher
        number: so none is overlooked, and one met twice is known by its inode. What is packed
        while we follow was read before it was.
        """
        last = self._files[-1] if self._files else None
        if last is not None and self._is_current(last):
            return
        newer: list[_Open] = []
        for path, packed in generations(self._path):
            if packed and last is not None:
                continue
            try:
                opened = _Open(path)
            except FileNotFoundError:
                continue
            except OSError as error:
                if packed or path != self._path:
                    self.damaged[path] = (error.strerror or str(error)).lower()
                    continue
                for file in newer:
                    os.close(file.fd)
                raise
            if last is not None and opened.ident == last.ident:
                os.close(opened.fd)
                break
            if any(opened.ident == other.ident for other in newer):
                os.close(opened.fd)
            else:
                newer.append(opened)
        self._files.extend(reversed(newer))

    def _is_current(self, last: _Open) -> bool:
        try:
            status = os.stat(self._path)
        except FileNotFoundError:
            return True  # in the midst of a rotation, or removed: there is nothing newer
        return (status.st_dev, status.st_ino) == last.ident

    def _begin_before_end(self, records: int) -> None:
        for index in reversed(range(len(self._files))):
            file = self._files[index]
            if file.unpacker or file.width > 1:
                found = 0  # it is read from its start on
            else:
                found, file.offset = _start_of_last(file.fd, records)
            records -= found
            if records <= 0:
                for _ in range(index):
                    os.close(self._files.popleft().fd)
                return


def _line_after(file: _Open, offset: int) -> int:
    """Return where the first line after an offset starts."""
    data = os.pread(file.fd, _BLOCK_BYTES, offset)
    start = offset + data.find(b'\n') + 1
    return start + start % 2 if file.width == 2 else start


def _start_of_last(fd: int, records: int) -> tuple[int, int]:
    """Return how many of the last records a file holds, and where the first of them starts."""
    position = os.fstat(fd).st_size
    rest = b''
    found = 0
    end = True
    while position > 0:
        step = min(_BLOCK_BYTES, position)
        position -= step
        lines = (os.pread(fd, step, position) + rest).split(b'\n')
        rest = lines[0]
        offset = position + sum(len(line) + 1 for line in lines)
        for line in reversed(lines[0 if position == 0 else 1:]):
            offset -= len(line) + 1
            if end:  # what follows the last newline is not yet a line
                end = False
                if records <= 0:
                    return 0, offset
            elif line[:1].strip() and parse_line(line_text(line)):
                found += 1
                if found == records:
                    return found, offset
    return found, 0
