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
The bytes of a log file as UTF-8 with plain ends of lines.

A file may be UTF-16 (what PowerShell writes), begin with a byte order mark, end its lines with
CRLF, or hold runs of zero bytes, which a file system leaves after the power was cut.
"""

from __future__ import annotations

import codecs
import re

__all__ = ['SNIFFED_BYTES', 'TextDecoder', 'line_text', 'valid_lines']

SNIFFED_BYTES = 4096
_UTF8_MARK = codecs.BOM_UTF8
# So many zero bytes nobody writes: a line was cut here, and another one begins after them.
_RUN = 4
_ZEROS = re.compile(rb'\0{%d,}' % _RUN)


class TextDecoder:
    """
    Decodes one file, block by block.

    :param start: how the file starts
    """

    def __init__(self, start: bytes) -> None:
        encoding = _utf_16(start)
        self._decoder = codecs.getincrementaldecoder(encoding)('replace') if encoding else None
        self.width = 2 if encoding else 1
        self._marked = start.startswith(_UTF8_MARK)
        self._held = b''

    def feed(self, data: bytes, at_start: bool) -> bytes:
        """
        Return the next bytes as UTF-8; what may mean something else with more is held back.

        :param at_start: these are the first of the file
        """
        if self._decoder is not None:
            data = self._decoder.decode(data).lstrip('\ufeff' if at_start else '').encode()
        elif self._marked and at_start:
            data = data[len(_UTF8_MARK):]
        data = self._held + data
        self._held = b''
        if b'\0' in data or data[-1:] == b'\r':
            data = self._hold(data)
        if b'\r' in data:
            data = data.replace(b'\r\n', b'\n')
        return _ZEROS.sub(b'\n', data) if b'\0' in data else data

    def end(self) -> bytes:
        """Return what was held back: the file has stopped growing."""
        held, self._held = self._held.replace(b'\r', b'').replace(b'\0', b''), b''
        return held

    def _hold(self, data: bytes) -> bytes:
        kept = data.rstrip(b'\0')
        zeros = len(data) - len(kept)
        if zeros:
            self._held = b'\0' * min(zeros, _RUN)
        elif data.endswith(b'\r'):
            kept, self._held = data[:-1], b'\r'
        return kept


def line_text(line: bytes) -> str:
    """Return a line as text: UTF-8, or Latin-1 where it cannot be that."""
    try:
        return line.decode()
    except UnicodeDecodeError:
        text = line.decode('utf-8', 'replace')
        # Some letters are right: it is UTF-8 with damage.
        if any(sign > '\x7f' and sign != '\ufffd' for sign in text):
            return text
        return line.decode('latin-1')


def valid_lines(data: bytes) -> bytes:
    """Return whole lines as valid UTF-8."""
    if data.isascii():
        return data
    try:
        data.decode()
        return data
    except UnicodeDecodeError:
        return b'\n'.join(line_text(line).encode() for line in data.split(b'\n'))


def _utf_16(start: bytes) -> str | None:
    """Return which UTF-16 a file is in that starts so, None if in none."""
    if start.startswith(codecs.BOM_UTF16_LE):
        return 'utf-16-le'
    if start.startswith(codecs.BOM_UTF16_BE):
        return 'utf-16-be'
    many = len(start) // 2
    if many >= 8:  # without a mark: Latin letters have a zero byte each
        odd, even = start[1:2 * many:2].count(0), start[:2 * many:2].count(0)
        if odd > many * 0.6 and even < many * 0.1:
            return 'utf-16-le'
        if even > many * 0.6 and odd < many * 0.1:
            return 'utf-16-be'
    return None
