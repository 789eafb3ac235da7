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

"""Messages of one topic of an MCAP file, which may still be written; see mcap.dev/spec."""

from __future__ import annotations

from collections.abc import Iterator
import os
import struct
from typing import Any

from nevil_nodes.logs.packed import unpacker_of

__all__ = ['McapMessages']

MCAP_MAGIC = b'\x89MCAP0\r\n'
_FOOTER, _CHANNEL, _MESSAGE, _CHUNK, _CHUNK_INDEX, _DATA_END = 2, 4, 5, 6, 8, 15
_RECORD = struct.Struct('<BQ')
_FOOTER_BYTES = _RECORD.size + 20 + len(MCAP_MAGIC)
_MOST_BYTES = 1 << 30


class McapMessages:
    """
    Reads an MCAP file.

    Where it has an index, only the chunks that hold the topic are read: those of a camera are not.

    :raises OSError: it may not be read
    """

    def __init__(self, path: str, topic: str) -> None:
        self._topic = topic
        self._channels: set[int] = set()
        self._file = open(path, 'rb')  # noqa: SIM115 - closed by ``close``
        self._at = len(MCAP_MAGIC)
        self._chunks: set[int] | None = None
        self.close = self._file.close

    @property
    def pending_bytes(self) -> int:
        """Return how much is not read yet."""
        return os.fstat(self._file.fileno()).st_size - self._at

    def read(self) -> Iterator[tuple[int, bytes]]:
        """
        Yield time and content of messages that are whole, from where the last call ended.

        :raises OSError: the file is damaged, or compressed by what is not installed
        """
        size = os.fstat(self._file.fileno()).st_size
        if self._at == len(MCAP_MAGIC):
            self._file.seek(0)
            if self._file.read(len(MCAP_MAGIC)) != MCAP_MAGIC:
                raise OSError('is no MCAP file')
            self._read_index(size)
        while self._at + _RECORD.size <= size:
            self._file.seek(self._at)
            kind, length = _RECORD.unpack(self._file.read(_RECORD.size))
            stop = self._at + _RECORD.size + length
            if stop > size:
                return  # it is still being written
            wanted = kind == _CHUNK and (self._chunks is None or self._at in self._chunks)
            self._at = stop if kind != _DATA_END else size
            if wanted or kind in (_CHANNEL, _MESSAGE):
                yield from self._messages(kind, self._file.read(length))

    def _read_index(self, size: int) -> None:
        """Find out from the summary at the end, if there is one, where the topic's chunks are."""
        self._file.seek(max(0, size - _FOOTER_BYTES))
        end = self._file.read(_FOOTER_BYTES)
        if not end.endswith(MCAP_MAGIC) or end[0] != _FOOTER:
            return
        start, = struct.unpack_from('<Q', end, _RECORD.size)
        if not 0 < start < size:
            return
        self._file.seek(start)
        indexes = []
        for kind, content in _records(self._file.read(size - _FOOTER_BYTES - start)):
            if kind == _CHANNEL:
                self._add_channel(content)
            elif kind == _CHUNK_INDEX:
                indexes.append(content)
        found = set()
        for index in indexes:
            where, = struct.unpack_from('<Q', index, 16)
            many, = struct.unpack_from('<I', index, 32)
            held = {struct.unpack_from('<H', index, 36 + at)[0] for at in range(0, many, 10)}
            if held & self._channels or not many:
                found.add(where)
        if indexes:
            self._chunks = found

    def _add_channel(self, content: bytes) -> None:
        number, _, size = struct.unpack_from('<HHI', content)
        if content[8:8 + size].decode('utf-8', 'replace') == self._topic:
            self._channels.add(number)

    def _messages(self, kind: int, content: bytes) -> Iterator[tuple[int, bytes]]:
        if kind == _CHANNEL:
            self._add_channel(content)
        elif kind == _MESSAGE:
            number, _, logged_ns = struct.unpack_from('<HIQ', content)
            if number in self._channels:
                yield logged_ns, content[22:]
        elif kind == _CHUNK:
            for inner, part in _records(_unpacked(content)):
                yield from self._messages(inner, part)


def _records(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + _RECORD.size <= len(data):
        kind, length = _RECORD.unpack_from(data, at)
        at += _RECORD.size
        yield kind, data[at:at + length]
        at += length


def _unpacked(chunk: bytes) -> bytes:
    """
    Return the records of a chunk.

    :raises OSError: they are damaged, or compressed by what is not installed
    """
    try:
        size, _, length = struct.unpack_from('<QII', chunk, 16)
        name, at = chunk[32:32 + length].decode('ascii', 'replace'), 32 + length + 8
    except struct.error as error:
        raise OSError(f'is damaged: {error}') from None
    data = chunk[at:]
    if not name or not size:
        return data
    if size > _MOST_BYTES:
        raise OSError(f'is damaged: a chunk of {size} bytes')
    if name == 'zstd':
        unpacker = unpacker_of(data[:6])
        if unpacker is None:
            raise OSError('is damaged: a chunk is not what it says')
        return unpacker.feed(data)
    if name == 'lz4':
        return _lz4(data)
    raise OSError(f'is compressed with {name}, which is not known')


def _lz4(data: bytes) -> bytes:
    try:
        import lz4.frame  # type: ignore[import-not-found, unused-ignore]
    except ImportError:
        raise OSError('is compressed with lz4: apt install python3-lz4, or pip install lz4'
                      ) from None
    try:
        found: Any = lz4.frame.decompress(data)
    except (RuntimeError, ValueError) as error:
        raise OSError(f'is damaged: {error}') from None
    return bytes(found)
