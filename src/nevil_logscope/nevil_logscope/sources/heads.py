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
The heads of records in a block of lines: the common formats by columns, the rest line by line.

What stands between the time and the message is the same in many lines, so it is understood once
(by ``nevil_nodes.logs.parse_line``) and looked up from then on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo

from nevil_logscope.store import Column
from nevil_logscope.store import LEVEL_NUMBERS
from nevil_logscope.store import Names
from nevil_nodes.logs import parse_line
from nevil_nodes.logs.heads import read_head
from nevil_nodes.logs.heads import seconds_of
from nevil_nodes.logs.known_heads import KnownHeads
from nevil_nodes.logs.stamps import Clock
import numpy as np

__all__ = ['HeadFinder', 'Heads']

_ZERO, _OPEN, _CLOSE, _SPACE, _COLON = (np.uint8(ord(sign)) for sign in '0[] :')
# `[2026-11-22 17:54:03`: the columns of its digits and of what stands between them.
_DAY_DIGITS = [1, 2, 3, 4, 6, 7, 9, 10, 12, 13, 15, 16, 18, 19]
_DAY_SIGNS = {0: '[', 5: '-', 8: '-', 14: ':', 17: ':'}
_FRACTION = 21
# `] [1700000000.123456789] [`, from the end of the level on.
_STAMP_DIGITS = [*range(3, 13), *range(14, 23)]
_STAMP_SIGNS = {0: ']', 1: ' ', 2: '[', 13: '.', 23: ']', 24: ' ', 25: '['}
_WIDTH = 32
_TENS = 10 ** np.arange(8, -1, -1, dtype=np.int64)
_MINUTE = 10 ** np.arange(11, -1, -1, dtype=np.int64)
_MAX_KNOWN = 20_000
_NONE = (-1, 0, 0, 0)


@dataclass(frozen=True)
class Heads:
    """
    The lines that start records, as columns; ``at`` is where a message starts in the block.

    :param line: number of the line
    :param others: whether there are heads of other formats, or lines of processes
    :param asked: how many of the lines were looked at one by one
    """

    line: Column
    at: Column
    at_ns: Column
    level: Column
    node: Column
    component: Column
    others: bool = False
    asked: int = 0


class HeadFinder:
    """
    Finds the heads in blocks; remembers what it has understood.

    :param zone: of times with a mere label (EST) or none; None is this machine's
    """

    def __init__(self, names: Names, zone: tzinfo | None = None) -> None:
        self._names = names
        self._zone = zone
        self._clock = Clock(zone)
        self._heads = KnownHeads(self._clock)
        self._zones: dict[str, int] = {}
        # Heads and their places in the table of level, node, component, zone; 0 says nothing.
        self._known: dict[bytes, int] = {b'': 0}
        self._table = [_NONE]

    def find(self, data: bytes, starts: Column, ends: Column) -> Heads:
        """Return the heads of a block of whole lines; ``ends`` are where the newlines are."""
        if len(self._known) > _MAX_KNOWN:
            self._known = {b'': 0}
            del self._table[1:]
        buffer = np.frombuffer(data + bytes(_WIDTH), np.uint8)
        first = buffer[starts]
        closing = np.concatenate([
            np.flatnonzero(buffer == _CLOSE), np.full(4, len(data), np.int64)])
        bracketed = np.flatnonzero((first == _OPEN) & (ends - starts > 8))
        windows = np.lib.stride_tricks.sliding_window_view(buffer, _WIDTH)
        block = _Block(data, buffer, windows, closing, starts, ends)
        parts = [self._dated(block, bracketed), self._stamped(block, bracketed)]
        maybe = (first == _OPEN) | ((first >= _ZERO) & (first <= _ZERO + 9))
        for part in parts:
            maybe[part.line] = False
        singly, others = self._singly(block, np.flatnonzero(maybe))
        parts.append(singly)
        order = np.argsort(np.concatenate([part.line for part in parts]), kind='stable')
        line, at, at_ns, level, node, component = (
            np.concatenate([getattr(part, name) for part in parts])[order]
            for name in ('line', 'at', 'at_ns', 'level', 'node', 'component'))
        return Heads(line, at, at_ns, level, node, component, others, len(singly.line))

    def _dated(self, block: _Block, lines: Column) -> Heads:
        """Find Nevil's and v3's: `[date time] [LEVEL] [node] [component] message`."""
        starts = block.starts[lines]
        window = block.windows[starts]
        digits = window - _ZERO
        right = (digits[:, _DAY_DIGITS] <= 9).all(axis=1)
        for column, sign in _DAY_SIGNS.items():
            right &= window[:, column] == ord(sign)
        right &= (window[:, 11] == _SPACE) | (window[:, 11] == ord('T'))
        lines, starts, window, digits = (part[right] for part in (lines, starts, window, digits))
        fraction = (window[:, 20] == ord('.')) | (window[:, 20] == ord(','))
        run = np.logical_and.accumulate(digits[:, _FRACTION:_FRACTION + 10] <= 9, axis=1)
        run &= fraction[:, None]
        fraction_ns = (digits[:, _FRACTION:_FRACTION + 9] * run[:, :9]).astype(np.int64) @ _TENS
        rest = np.where(fraction, _FRACTION + run.sum(axis=1), 20)
        right = ~run[:, 9] & ((rest > _FRACTION) | ~fraction)
        begin = starts + rest
        stop, sure = block.fields(begin, block.ends[lines], np.where(right, 4, 0))
        data = block.data
        heads = self._look_up(
            [data[start:end] for start, end in zip(
                begin.tolist(), np.where(sure, stop, begin).tolist())], b'[2000-01-01 00:00:00')
        seconds = digits[:, 18].astype(np.int64) * 10 + digits[:, 19]
        minutes = digits[:, _DAY_DIGITS[:12]].astype(np.int64) @ _MINUTE
        zones = heads[:, 3]
        base = self._minutes(minutes, zones, heads[:, 0] >= 0)
        known = (base >= 0) & (seconds < 60)
        at_ns = (base + seconds) * 1_000_000_000 + fraction_ns
        stop = stop + (block.buffer[stop] == _COLON)
        stop = stop + (block.buffer[stop] == _SPACE)
        return Heads(lines[known], stop[known], at_ns[known], heads[known, 0], heads[known, 1],
                     heads[known, 2])

    def _stamped(self, block: _Block, lines: Column) -> Heads:
        """Find rcutils': `[LEVEL] [seconds.nanoseconds] [node]: message`."""
        starts = block.starts[lines]
        closing = block.closing[np.searchsorted(block.closing, starts)]
        window = block.windows[np.minimum(closing, len(block.data))]
        digits = window - _ZERO
        right = (digits[:, _STAMP_DIGITS] <= 9).all(axis=1) & (closing - starts < 10)
        for column, sign in _STAMP_SIGNS.items():
            right &= window[:, column] == ord(sign)
        lines, starts, closing, digits = (part[right] for part in (lines, starts, closing, digits))
        name = closing + 25
        stop = block.closing[np.searchsorted(block.closing, name)] + 3
        right = stop <= block.ends[lines]
        lines, starts, closing, digits, name, stop = (
            part[right] for part in (lines, starts, closing, digits, name, stop))
        data = block.data
        heads = self._look_up(
            [data[start:close + 2] + data[begin:end] for start, close, begin, end in zip(
                starts.tolist(), closing.tolist(), name.tolist(), stop.tolist())], b'')
        known = heads[:, 0] >= 0
        values = digits[:, _STAMP_DIGITS].astype(np.int64)
        at_ns = values @ 10 ** np.arange(18, -1, -1, dtype=np.int64)
        return Heads(lines[known], stop[known], at_ns[known], heads[known, 0], heads[known, 1],
                     heads[known, 2])

    def _look_up(self, keys: list[bytes], before: bytes) -> Column:
        """Return level, node, component and zone for each of the heads; level -1 is none."""
        get = self._known.get
        codes = [get(key, -1) for key in keys]
        if -1 in codes:
            for row, key in enumerate(keys):
                if key not in self._known:
                    self._known[key] = self._understand(before + key)
                codes[row] = self._known[key]
        return np.array(self._table, np.int64)[codes]

    def _understand(self, head: bytes) -> int:
        """Return the place of what a head says in the table; 0 where it is none."""
        text = head.decode('utf-8', 'replace')
        record = parse_line(text, self._zone)
        if record is None or record.message.strip(' '):
            return 0
        zone = text[20:text.find(']')].strip(' ') if text.startswith('[2000') else ''
        self._table.append((
            LEVEL_NUMBERS[record.level], self._names.nodes.number(record.node),
            self._names.components.number(record.component),
            self._zones.setdefault(zone, len(self._zones))))
        return len(self._table) - 1

    def _minutes(self, minutes: Column, zones: Column, known: Column) -> Column:
        """Return the seconds since 1970 of minutes like 202611221754; -1 where there is none."""
        base = np.full(len(minutes), -1, np.int64)
        if not known.any():
            return base
        labels = list(self._zones)
        codes = minutes[known] * 256 + zones[known] % 256
        if (codes == codes[0]).all():
            codes, places = codes[:1], np.zeros(len(codes), np.int64)
        else:
            codes, places = np.unique(codes, return_inverse=True)
        found = []
        for code in codes.tolist():
            text = f'{code >> 8:012d}'
            seconds = seconds_of(
                f'{text[:4]}-{text[4:6]}-{text[6:8]} {text[8:10]}:{text[10:]}:00',
                labels[code & 255], self._zone)
            found.append(-1 if seconds is None or seconds < 0 else seconds)
        base[known] = np.array(found, np.int64)[places]
        return base

    def _singly(self, block: _Block, lines: Column) -> tuple[Heads, bool]:
        """Ask line by line for what the columns do not show; and whether it needs a reader."""
        rows, others = [], False
        for line in lines.tolist():
            start, end = int(block.starts[line]), int(block.ends[line])
            text = block.data[start:end].decode('utf-8', 'replace')
            head = self._heads.find(text)
            if head is None:
                head = read_head(text, self._clock)
                self._heads.remember(text, head)
            record = head.record
            if head.process or (record is not None and head.sure and (
                    text[:1] != '[' or not record.node or not text.endswith(record.message))):
                others = True
            elif record is not None and head.sure and 0 <= record.at_ns < 1 << 63:
                length = len(record.message.encode('utf-8', 'replace'))
                rows.append((
                    line, end - length, record.at_ns, LEVEL_NUMBERS[record.level],
                    self._names.nodes.number(record.node),
                    self._names.components.number(record.component)))
        line, at, at_ns, level, node, component = np.array(rows, np.int64).reshape(-1, 6).T
        return Heads(line, at, at_ns, level, node, component), others


@dataclass(frozen=True)
class _Block:
    """A block of lines, and where its closing brackets are."""

    data: bytes
    buffer: Column
    windows: Column
    closing: Column
    starts: Column
    ends: Column

    def fields(self, begin: Column, ends: Column, wanted: Column) -> tuple[Column, Column]:
        """Return where `...] [level] [node] [component]` ends, and whether it is there."""
        place = np.searchsorted(self.closing, begin)
        last = len(self.closing) - 1
        one, two, three, four = (self.closing[np.minimum(place + step, last)] for step in range(4))
        right = (wanted > 0) & (three < ends)
        for close in (one, two):
            right &= self._opens(close)
        component = self._opens(three) & (four < ends) & right
        return np.where(component, four, np.where(right, three, begin)) + 1, right

    def _opens(self, close: Column) -> Column:
        """Return after which closing brackets there is ` [`."""
        near = np.minimum(close, len(self.data))
        return (self.buffer[near + 1] == _SPACE) & (self.buffer[near + 2] == _OPEN)
