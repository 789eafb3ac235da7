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
The heads of a block in the layout that a file was seen to have, by one pattern.

The pattern holds what a ``RecordReader`` knows of the file's heads; lines that it does not fit are
asked of the reader, which may learn from them.
"""

from __future__ import annotations

import re

from nevil_logscope.sources.heads import Heads
from nevil_logscope.store import Column
from nevil_logscope.store import LEVEL_NUMBERS
from nevil_logscope.store import Names
from nevil_nodes.logs.known_heads import GOES_ON
from nevil_nodes.logs.known_heads import masked
from nevil_nodes.logs.known_heads import SECONDS
from nevil_nodes.logs.reader import RecordReader
import numpy as np

__all__ = ['LearnedHeads']

_MOST_KEYS = 40
_MOST_BETWEEN = 400
_BLANKS = frozenset(b' \t\n')
_TENS = 10 ** np.arange(18, -1, -1, dtype=np.int64)
_SECOND_NS = 1_000_000_000


class LearnedHeads:
    """
    Finds the heads in blocks.

    :param reader: has read the first lines of the file
    """

    def __init__(self, names: Names, reader: RecordReader) -> None:
        self._names = names
        self._reader = reader
        self._known = 0
        # By the last group of the pattern: what heads say by what stands in its last two groups.
        self._table: dict[int, dict[tuple[bytes, bytes], tuple[int, int, int, int]]] = {}
        self._pattern: re.Pattern[bytes] | None = None

    def find(self, data: bytes, starts: Column, ends: Column) -> Heads:
        """Return the heads of a block; ``others`` where they need a reader after all."""
        if len(self._reader.known.heads) != self._known:
            self._compile()
        rows, stamps = self._matches(data)
        line = np.searchsorted(starts, np.array([row[0] for row in rows], np.int64))
        columns = np.array([row[1:] for row in rows], np.int64).reshape(-1, 4)
        at_ns = self._times(stamps)
        right = at_ns >= 0
        line, columns, at_ns = line[right], columns[right], at_ns[right]
        more = self._asked(data, starts, ends, line)
        if more is None:
            none = np.zeros(0, np.int64)
            return Heads(none, none, none, none, none, none, others=True)
        every = np.concatenate([np.column_stack([line, columns[:, 0], at_ns, columns[:, 1:]]),
                                np.array(more, np.int64).reshape(-1, 6)])
        line, at, at_ns, level, node, component = every[np.argsort(every[:, 0], kind='stable')].T
        return Heads(line, at, at_ns, level, node, component)

    def _compile(self) -> None:
        """Make the pattern of what is known of heads now."""
        known = self._reader.known
        self._known = len(known.heads)
        self._table, self._pattern = {}, None
        keys: dict[str, dict[str, None]] = {}
        for (key, between, _), head in known.heads.items():
            if head.head.process:
                return
            keys.setdefault(key, {})[between] = None
        if not keys or len(keys) > _MOST_KEYS or sum(map(len, keys.values())) > _MOST_BETWEEN:
            return
        times = '|'.join(sorted(known.classes, key=len, reverse=True)) or '(?!)'
        parts, group = [], 0
        for key, betweens in keys.items():
            before = [re.escape(part) for part in key.split('\0')]
            group += len(before) + 1
            parts.append((rf'((?<![\w.])(?:{times})(?![\d.]))'.join(before))
                         + f'({"|".join(map(re.escape, sorted(betweens, key=len, reverse=True)))})'
                         + f'((?:{GOES_ON.pattern})?)')
            self._table[group] = {
                (between.encode(), more.encode()): (
                    LEVEL_NUMBERS[head.record.level], self._node(head.record.node),
                    self._names.components.number(head.record.component),
                    group - len(before) + head.of_record if head.of_record >= 0 else 0)
                for (other, between, more), head in known.heads.items() if other == key}
        self._pattern = re.compile(f'^(?:{"|".join(parts)})[^\\n]*\\n'.encode(), re.MULTILINE)

    def _matches(self, data: bytes) -> tuple[list[tuple[int, ...]], list[bytes]]:
        """Return start, message, level, node and component of heads, and their times."""
        rows: list[tuple[int, ...]] = []
        stamps: list[bytes] = []
        if self._pattern is None:
            return rows, stamps
        table = self._table
        for match in self._pattern.finditer(data):
            last = match.lastindex or 0
            more = match[last]
            known = table[last].get((match[last - 1], masked_bytes(more) if more else more))
            if known is not None:
                level, node, component, stamp = known
                rows.append((match.start(), match.end(last - 1), level, node, component))
                stamps.append(match[stamp] if stamp else b'')
        return rows, stamps

    def _asked(
        self, data: bytes, starts: Column, ends: Column, found: Column,
    ) -> list[tuple[int, ...]] | None:
        """Ask the reader for lines that might be heads; None where columns cannot say it."""
        left = np.ones(len(starts), bool)
        left[found] = False
        rows: list[tuple[int, ...]] = []
        for line in np.flatnonzero(left).tolist():
            start, end = int(starts[line]), int(ends[line])
            if start == end or data[start] in _BLANKS:
                continue
            text = data[start:end].decode()
            head = self._reader.head(text)
            if head.process:
                return None
            record = head.record
            if record is None:
                continue
            if not text.endswith(record.message):
                return None
            rows.append((line, end - len(record.message.encode()), record.at_ns,
                         LEVEL_NUMBERS[record.level], self._node(record.node),
                         self._names.components.number(record.component)))
        return rows

    def _node(self, name: str) -> int:
        return self._names.nodes.number(name or self._reader.node)

    def _times(self, stamps: list[bytes]) -> Column:
        """Return what times mean; 0 for none, -1 for one that cannot be."""
        at_ns = np.zeros(len(stamps), np.int64)
        sizes = np.fromiter(map(len, stamps), np.int64, len(stamps))
        for size in np.unique(sizes[sizes > 0]).tolist():
            places = np.flatnonzero(sizes == size)
            text = b''.join([stamps[place] for place in places.tolist()])
            signs = np.frombuffer(text, np.uint8).reshape(-1, size)
            shape = np.where((signs >= 48) & (signs <= 57), 48, signs)
            alike = (shape == shape[0]).all(axis=1)
            at_ns[places[alike]] = self._alike(signs[alike])
            for place in places[~alike].tolist():
                at_ns[place] = self._time(stamps[place])
        return at_ns

    def _alike(self, signs: Column) -> Column:
        """Return what times mean that have their digits at the same places."""
        first = signs[0].tobytes().decode()
        match = SECONDS.fullmatch(first)
        if match is None:
            return np.array([self._time(one.tobytes()) for one in signs], np.int64)
        second = match.start(2)
        parts = [second, second + 1, *range(match.start(3), match.end(3))] if match[3] else [
            second, second + 1]
        values = (signs[:, parts].astype(np.int64) - 48) @ _TENS[-len(parts):]
        values *= 10 ** (11 - len(parts))
        minute = np.delete(signs, parts, axis=1)
        changes = np.flatnonzero((minute[1:] != minute[:-1]).any(axis=1)) + 1
        bounds = [0, *changes.tolist(), len(signs)]
        base = np.empty(len(signs), np.int64)
        for begin, end in zip(bounds, bounds[1:]):
            text = signs[begin].tobytes().decode()
            at_ns = self._reader.known.minute(text[:second], text[match.start(4):])
            base[begin:end] = -1 if at_ns is None else at_ns
        return np.where((base < 0) | (values >= 60 * _SECOND_NS), -1, base + values)

    def _time(self, text: bytes) -> int:
        at_ns = self._reader.known.time(text.decode())
        return -1 if at_ns is None else at_ns


def masked_bytes(text: bytes) -> bytes:
    """Return what ``masked`` does of bytes."""
    return masked(text.decode()).encode()
