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
Blocks of lines become batches; a record's further lines belong to it.

A file of Nevil's lines, or of rcutils', is read by columns. Any other one, and the output of
several processes, is read line by line (``nevil_nodes.logs.reader``).
"""

from __future__ import annotations

from datetime import tzinfo
import re

from nevil_logscope.sources.heads import HeadFinder
from nevil_logscope.sources.heads import Heads
from nevil_logscope.sources.learned_heads import LearnedHeads
from nevil_logscope.sources.marks import flags_in
from nevil_logscope.store import Batch
from nevil_logscope.store import Column
from nevil_logscope.store import LEVEL_NUMBERS
from nevil_logscope.store import Names
from nevil_nodes.logs.encoding import valid_lines
from nevil_nodes.logs.heads import ANSI
from nevil_nodes.logs.reader import RecordReader
from nevil_nodes.logs.record import Record
from nevil_nodes.logs.whole_lines import CUT_NOTE
import numpy as np

__all__ = ['LineParser']

_ANSI = re.compile(ANSI.encode())
_UNKNOWN = '\N{REPLACEMENT CHARACTER}'.encode()
_INFO = LEVEL_NUMBERS['INFO']
_MOST_LOOKS = 4
_TRACEBACK = b'Traceback (most recent call last)'
# So many lines show what a file is like.
_TRIAL_LINES = 200
_MAX_TEXT = 256 * 1024
# A record that is open gets no more lines than that; the next ones are a record of their own.
_MAX_OPEN = 64 * 1024


class LineParser:
    """
    Parses the lines of one file.

    :param names: of the store the batches are for
    :param source: for the source column
    :param node: whose lines are of no known format, as INFO
    :param origin: the file, '' where it is none
    :param near_s: when it was written last, in seconds since 1970; None is now
    """

    def __init__(
        self, names: Names, source: str, node: str, zone: tzinfo | None = None, *,
        origin: str = '', near_s: float | None = None,
    ) -> None:
        self._names = names
        self._source = names.sources.number(source)
        self._origin = names.origins.number(origin)
        self._finder: HeadFinder | LearnedHeads = HeadFinder(names, zone)
        # Reads line by line; whether it does now.
        self._reader = RecordReader(node, zone, near_s)
        self._singly = False
        # How often it is looked whether columns do after all.
        self._looks = _MOST_LOOKS
        # Time, level, node and component for lines whose record has been given away.
        self._head = (0, _INFO, names.nodes.number(node), 0)
        self._headed = False
        self._open = b''

    @property
    def waiting(self) -> bool:
        """Return whether there is a record that may get further lines."""
        return bool(self._open) or self._reader.waiting

    def written(self, near_s: float | None) -> None:
        """Know when the file was written last, for times that have no date."""
        self._reader.written(near_s)

    def feed(self, data: bytes) -> Batch | None:
        """
        Return the records that are complete: each but the last is.

        :param data: whole lines, the last one with its newline too
        """
        data = self._open + _clean(data)
        self._open = b''
        if not data:
            return None
        if self._singly:
            return self._feed_singly(data)
        ends = np.flatnonzero(np.frombuffer(data, np.uint8) == 10)
        starts = np.concatenate([[0], ends[:-1] + 1])
        if not self._headed and len(ends) > _TRIAL_LINES:
            few = slice(_TRIAL_LINES)
            self._singly = not self._by_columns(data, starts[few], ends[few])
        if not self._singly:
            heads = self._finder.find(data, starts, ends)
            self._singly = heads.others or not (
                self._headed or self._mostly(heads, data, starts))
        if self._singly:
            return self._feed_singly(data)
        return self._parse(data, starts, heads, keep_last=True)

    def flush(self) -> Batch | None:
        """Return the last record: no further line has come for a while."""
        if self._singly:
            return self.of_records(self._reader.finish())
        data, self._open = self._open, b''
        if not data:
            return None
        ends = np.flatnonzero(np.frombuffer(data, np.uint8) == 10)
        starts = np.concatenate([[0], ends[:-1] + 1])
        return self._parse(data, starts, self._finder.find(data, starts, ends), keep_last=False)

    def _by_columns(self, data: bytes, starts: Column, ends: Column) -> bool:
        """Return whether columns are enough for these lines."""
        heads = self._finder.find(data, starts, ends)
        return not heads.others and 2 * heads.asked <= len(heads.line) and (
            self._mostly(heads, data, starts))

    @staticmethod
    def _mostly(heads: Heads, data: bytes, starts: Column) -> bool:
        """Return whether most lines that could begin a record do, and no traceback is before."""
        first = np.frombuffer(data, np.uint8)[starts]
        could = np.count_nonzero((first != 32) & (first != 9) & (first != 10))
        before = data[:int(starts[heads.line[0]])] if len(heads.line) else b''
        return bool(2 * len(heads.line) >= could) and _TRACEBACK not in before

    def _feed_singly(self, data: bytes) -> Batch | None:
        lines = data.decode().split('\n')[:-1]
        if self._looks and self._reader.learned and self._by_columns_again(data):
            batch = self.of_records(self._reader.finish())
            newest = self._reader.newest
            self._head = (
                newest.at_ns, LEVEL_NUMBERS[newest.level], self._names.nodes.number(newest.node),
                self._names.components.number(newest.component))
            self._singly, self._headed = False, True
            more = self.feed(data)
            both = [one for one in (batch, more) if one is not None]
            return Batch.joined(both) if both else None
        self._reader.observe(lines)
        feed = self._reader.feed
        return self.of_records([record for line in lines for record in feed(line)])

    def _by_columns_again(self, data: bytes) -> bool:
        """Return whether columns do for a block after all, by what is known of the file now."""
        self._looks -= 1
        ends = np.flatnonzero(np.frombuffer(data, np.uint8) == 10)
        starts = np.concatenate([[0], ends[:-1] + 1])
        finders = (self._finder, LearnedHeads(self._names, self._reader))
        for finder in finders[data[:1] != b'[':]:
            heads = finder.find(data, starts, ends)
            if not heads.others and len(heads.line) > 0 and int(heads.line[0]) == 0 and (
                    self._mostly(heads, data, starts)):
                self._finder = finder
                return True
        return False

    def of_records(self, records: list[Record]) -> Batch | None:
        """Return records that are understood already, None for none."""
        if not records:
            return None
        texts = [_one(record.message.encode('utf-8', 'replace')) for record in records]
        nodes, components = self._names.nodes.number, self._names.components.number
        values = np.array([
            (record.at_ns, LEVEL_NUMBERS[record.level], nodes(record.node),
             components(record.component)) for record in records], np.int64).T
        values = _timed(values, 0)
        ends = np.cumsum(np.fromiter(map(len, texts), np.int64, len(texts)) + 1)
        return self._made(b'\n'.join([*texts, b'']), ends, values)

    def _parse(
        self, data: bytes, starts: Column, heads: Heads, *, keep_last: bool,
    ) -> Batch | None:
        begin, at, values = self._records(data, starts, heads)
        stop = np.concatenate([begin[1:], [len(data)]])
        may_grow = at[-1] > begin[-1] or not self._headed
        if keep_last and may_grow and stop[-1] - begin[-1] < _MAX_OPEN:
            self._open = data[begin[-1]:]
            at, stop, values = at[:-1], stop[:-1], values[:, :-1]
        if not len(at):
            return None
        values = _timed(values, self._head[0])
        self._head = tuple(values[:, -1].tolist())
        return self._batch(data, at, stop, values)

    def _records(self, data: bytes, starts: Column, heads: Heads) -> tuple[Column, Column, Column]:
        """Return where records begin, where their messages do, and what their heads say."""
        at, begin = heads.at, starts[heads.line]
        values = np.array([heads.at_ns, heads.level, heads.node, heads.component], np.int64)
        if len(begin) and begin[0] == 0:
            self._headed = True
            return begin, at, values
        # Lines of the record before; where there was none, each is one, but for indented ones.
        lines = starts[:1]
        if not self._headed:
            before = starts[starts < begin[0]] if len(begin) else starts
            first = np.frombuffer(data, np.uint8)[before]
            lines = before[(before == 0) | ((first != 32) & (first != 9) & (first != 10))]
            self._headed = bool(len(begin))
        ours = np.repeat(np.array([self._head], np.int64).T, len(lines), axis=1)
        return (np.concatenate([lines, begin]), np.concatenate([lines, at]),
                np.concatenate([ours, values], axis=1))

    def _batch(self, data: bytes, at: Column, stop: Column, values: Column) -> Batch:
        texts = [data[start:end] for start, end in zip(at.tolist(), (stop - 1).tolist())]
        text = b'\n'.join([*texts, b''])
        if text.count(b'\n') > len(texts) or len(text) > _MAX_TEXT:
            texts = [_one(text) for text in texts]
            text = b'\n'.join([*texts, b''])
        return self._made(text, np.cumsum(
            np.fromiter(map(len, texts), np.int64, len(texts)) + 1), values)

    def _made(self, text: bytes, ends: Column, values: Column) -> Batch:
        at_ns, level, node, component = values
        level, node = level.astype(np.uint8), node.astype(np.uint16)
        return Batch(
            at_ns, level, node, component.astype(np.uint16),
            np.full(len(ends), self._source, np.uint8),
            np.full(len(ends), self._origin, np.uint16),
            flags_in(text, ends, level, node, self._names), ends, text)


def _clean(data: bytes) -> bytes:
    """Return text without colours, and in which only the ends of lines end lines."""
    if b'\x1b' in data:
        data = _ANSI.sub(b'', data)
    if b'\r' in data:
        data = data.replace(b'\r\n', b'\n')
    data = valid_lines(data)
    for sign in (b'\0', b'\x0b'):
        if sign in data:
            data = data.replace(sign, _UNKNOWN)
    return data


def _one(text: bytes) -> bytes:
    """Return a text of several lines as it is stored, not too long."""
    if len(text) > _MAX_TEXT and not text.endswith(CUT_NOTE):
        left = text[:_MAX_TEXT].decode('utf-8', 'ignore').encode()
        text = left + b' [... %d%s' % (len(text) - len(left), CUT_NOTE)
    return text.replace(b'\n', b'\x0b')


def _timed(values: Column, before_ns: int) -> Column:
    """Give what has no time that of the record before; the first ones that of the next."""
    at_ns = values[0]
    if (at_ns == 0).any():
        places = np.maximum.accumulate(np.where(at_ns > 0, np.arange(len(at_ns)), -1))
        first = before_ns or (int(at_ns[at_ns > 0][0]) if places[-1] >= 0 else 0)
        values[0] = np.where(places < 0, first, at_ns[places])
    return values
