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
Read one log file through its rotations (``x.log``, ``x.log.1``, ``x.log.2``).

The open file is kept when it is renamed: it is read to its end, then the files that came after it,
oldest first. Nothing is lost or read twice unless a file was deleted before it was ever opened.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
import os
from pathlib import Path

from nevil_nodes.logs.format import parse_line
from nevil_nodes.logs.whole_lines import WholeLines

__all__ = ['Tail']

_BLOCK_BYTES = 256 * 1024
_MAX_GENERATIONS = 32
# What a record may start with.
_HEADS = tuple(bytes([byte]) for byte in b'[\x1b0123456789')


class _Open:
    """One open file of the rotation and how far it is read."""

    def __init__(self, path: str) -> None:
        self.fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        status = os.fstat(self.fd)
        self.ident = (status.st_dev, status.st_ino)
        self.offset = 0

    def read(self) -> bytes:
        data = os.pread(self.fd, _BLOCK_BYTES, self.offset)
        self.offset += len(data)
        return data


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
        self._open_newer()
        if last is not None:
            self._begin_before_end(last)

    def lines(self) -> Iterator[str]:
        """
        Yield the complete lines written since the last call, without their newlines.

        What is written meanwhile comes with the next call: this one ends, however fast it grows.
        """
        for block in self.blocks():
            for line in block.split(b'\n')[:-1]:
                yield _text(line)

    def blocks(self) -> Iterator[bytes]:
        """Yield the same lines as bytes, many at once, each with its newline."""
        self._open_newer()
        if not self._files:
            return
        newest = self._files[-1]
        end = os.fstat(newest.fd).st_size
        while (current := self._files[0]) is not newest:
            yield from self._drain(current, None)
            if rest := self._lines.end():
                yield rest
            os.close(self._files.popleft().fd)
        yield from self._drain(newest, end)

    def skip_but(self, size: int) -> None:
        """Begin about that many bytes before the end, at a line."""
        for index in reversed(range(len(self._files))):
            file = self._files[index]
            length = os.fstat(file.fd).st_size
            if length >= size:
                start = os.pread(file.fd, _BLOCK_BYTES, max(0, length - size - 1))
                file.offset = max(0, length - size - 1) + start.find(b'\n') + 1
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
        return sum(max(0, os.fstat(file.fd).st_size - file.offset) for file in self._files)

    @property
    def found(self) -> bool:
        """Tell whether there is a file."""
        return bool(self._files)

    def _drain(self, current: _Open, end: int | None) -> Iterator[bytes]:
        """Yield lines up to about that offset, or to the end of a file that grows no more."""
        if os.fstat(current.fd).st_size < current.offset:  # truncated in place
            current.offset = 0
            self._lines.end()
        while (end is None or current.offset < end) and (data := current.read()):
            if whole := self._lines.feed(data):
                yield whole

    def _open_newer(self) -> bool:
        """
        Open the files that are newer than the last one open; tell whether there are any.

        They are tried from the newest on, because a rotation meanwhile moves each to a higher
        number: so none is overlooked, and one met twice is known by its inode.
        """
        last = self._files[-1] if self._files else None
        if last is not None and self._is_current(last):
            return False
        newer: list[_Open] = []
        for number in range(_MAX_GENERATIONS):
            try:
                opened = _Open(f'{self._path}.{number}' if number else self._path)
            except FileNotFoundError:
                continue
            except OSError:
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
        return bool(newer)

    def _is_current(self, last: _Open) -> bool:
        try:
            status = os.stat(self._path)
        except FileNotFoundError:
            return True  # in the midst of a rotation, or removed: there is nothing newer
        return (status.st_dev, status.st_ino) == last.ident

    def _begin_before_end(self, records: int) -> None:
        for index in reversed(range(len(self._files))):
            found, offset = _start_of_last(self._files[index].fd, records)
            records -= found
            self._files[index].offset = offset
            if records <= 0:
                for _ in range(index):
                    os.close(self._files.popleft().fd)
                return


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
            elif line[:1] in _HEADS and parse_line(_text(line)):
                found += 1
                if found == records:
                    return found, offset
    return found, 0


def _text(line: bytes) -> str:
    return line.decode('utf-8', 'replace')
