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

"""Unpack a file as it is read: gzip, xz, bzip2, Zstandard; known by how it starts."""

from __future__ import annotations

import bz2
from collections.abc import Callable
import lzma
from typing import Any
import zlib

__all__ = ['MAGIC_BYTES', 'unpacker_of']

MAGIC_BYTES = 6
_ERRORS = (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError)


class Unpacker:
    """
    Unpacks blocks; several packed pieces may stand one after the other.

    :param make: makes what unpacks one piece
    """

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make
        self._piece = make()
        # Whether a piece has begun that has not ended.
        self.begun = False

    def feed(self, data: bytes) -> bytes:
        """
        Return what the next bytes hold.

        :raises OSError: they are damaged
        """
        parts = []
        try:
            while data:
                parts.append(self._piece.decompress(data))
                self.begun = not self._piece.eof
                if self.begun:
                    break
                data = self._piece.unused_data.lstrip(b'\0')  # padding
                self._piece = self._make()
        except _ERRORS as error:
            raise OSError(f'is damaged: {error}') from None
        return b''.join(parts)


def unpacker_of(start: bytes) -> Unpacker | None:
    """
    Return what unpacks a file that starts so; None for one that is not packed.

    :raises OSError: what unpacks it is not installed
    """
    if start.startswith(b'\x1f\x8b'):
        return Unpacker(lambda: zlib.decompressobj(31))
    if start.startswith(b'\xfd7zXZ\0'):
        return Unpacker(lzma.LZMADecompressor)
    if start.startswith(b'BZh'):
        return Unpacker(bz2.BZ2Decompressor)
    if start.startswith(b'\x28\xb5\x2f\xfd'):
        try:
            import zstandard  # type: ignore[import-not-found, unused-ignore]
        except ImportError:
            raise OSError('is packed with zstd: apt install python3-zstandard, '
                          'or pip install zstandard') from None
        return Unpacker(lambda: zstandard.ZstdDecompressor().decompressobj())
    return None
