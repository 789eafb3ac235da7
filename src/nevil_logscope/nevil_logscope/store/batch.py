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

"""Entries on their way into the store, as columns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from typing import NamedTuple
from typing import TypeAlias

from nevil_logscope.store.names import Names
from nevil_nodes.logs.format import LEVELS
import numpy as np

__all__ = ['Batch', 'Column', 'Entry', 'LEVEL_NAMES', 'LEVEL_NUMBERS', 'LINE_BREAK']

# An array of numpy; its types differ from one numpy to the next.
Column: TypeAlias = Any
# The level column holds the place of a level in this list: 0 DEBUG to 4 CRITICAL.
LEVEL_NAMES = tuple(LEVELS)
LEVEL_NUMBERS = {name: number for number, name in enumerate(LEVEL_NAMES)}
# Stands for a newline inside a text, so that a newline ends an entry and `.` crosses lines. A
# vertical tab, since it is space to `\s` of both Python and Qt, and no end of a line to `$`.
LINE_BREAK = '\x0b'
_COLUMNS = ('at_ns', 'level', 'node', 'component', 'source', 'origin', 'flags')


class Entry(NamedTuple):
    """
    One entry, made when it is looked at.

    :param id: its absolute number in the store
    :param at_ns: nanoseconds since 1970 UTC, 0 where unknown
    :param level: a key of ``nevil_nodes.logs.LEVELS``
    :param source: where it came from: ``/rosout``, ``files``, ...
    :param flags: ``nevil_nodes.logs.Flag``
    :param message: with its newlines
    :param origin: the file it is in, '' where it comes from none
    """

    id: int  # noqa: A003 - its name everywhere
    at_ns: int
    level: str
    node: str
    component: str
    source: str
    flags: int
    message: str
    origin: str = ''


@dataclass(frozen=True)
class Batch:
    """
    Entries as columns of one length, in order of arrival.

    :param at_ns: int64
    :param level: uint8, place in ``LEVEL_NAMES``
    :param node: uint16, number in ``Names.nodes``; so ``component``, and ``source`` as uint8
    :param origin: uint16, number in ``Names.origins``: the file it is in
    :param flags: uint8, ``nevil_nodes.logs.Flag``
    :param ends: int64, where each text ends in ``text``, its newline included
    :param text: UTF-8; newlines inside an entry are ``LINE_BREAK``
    """

    at_ns: Column
    level: Column
    node: Column
    component: Column
    source: Column
    origin: Column
    flags: Column
    ends: Column
    text: bytes

    def __len__(self) -> int:
        return len(self.at_ns)

    def texts(self) -> list[bytes]:
        """Return the texts, without their newlines."""
        return self.text.split(b'\n')[:-1]

    def take(self, order: Column) -> Batch:
        """Return the entries at these places, in this order."""
        texts = self.texts()
        return Batch.of_columns(
            [getattr(self, name)[order] for name in _COLUMNS],
            [texts[place] for place in order.tolist()])

    def part(self, start: int, stop: int) -> Batch:
        """Return the entries from one place to before another."""
        if (start, stop) == (0, len(self)):
            return self
        begin = int(self.ends[start - 1]) if start else 0
        end = int(self.ends[stop - 1]) if stop else 0
        columns = {name: getattr(self, name)[start:stop] for name in _COLUMNS}
        return Batch(**columns, ends=self.ends[start:stop] - begin, text=self.text[begin:end])

    def in_order(self, ranks: Column) -> Batch:
        """Return the entries by time, those of one time by the rank of their files."""
        rank = ranks[self.origin]
        earlier = self.at_ns[1:] < self.at_ns[:-1]
        same = self.at_ns[1:] == self.at_ns[:-1]
        if not (earlier | (same & (rank[1:] < rank[:-1]))).any():
            return self
        return self.take(np.lexsort((rank, self.at_ns)))

    @classmethod
    def joined(cls, batches: list[Batch]) -> Batch:
        """Return the entries of several batches, one after the other."""
        if len(batches) == 1:
            return batches[0]
        starts = np.cumsum([0, *(len(batch.text) for batch in batches)])
        columns = {name: np.concatenate([getattr(batch, name) for batch in batches])
                   for name in _COLUMNS}
        ends = np.concatenate([batch.ends + start for batch, start in zip(batches, starts)])
        return cls(**columns, ends=ends, text=b''.join(batch.text for batch in batches))

    @classmethod
    def of_columns(cls, columns: list[Column], texts: list[bytes]) -> Batch:
        """Return a batch of columns (of any integer type) and texts without newlines."""
        kinds = (np.int64, np.uint8, np.uint16, np.uint16, np.uint8, np.uint16, np.uint8)
        lengths = np.fromiter(map(len, texts), np.int64, len(texts))
        cast = {name: np.asarray(column).astype(kind, copy=False)
                for name, column, kind in zip(_COLUMNS, columns, kinds)}
        return cls(**cast, ends=np.cumsum(lengths + 1), text=b'\n'.join([*texts, b'']))

    @classmethod
    def of_entries(cls, entries: Iterable[Entry], names: Names) -> Batch:
        """Return a batch of a few entries; their ids are not looked at."""
        rows = list(entries)
        columns = [
            np.array([row.at_ns for row in rows], np.int64),
            np.array([LEVEL_NUMBERS[row.level] for row in rows], np.uint8),
            np.array([names.nodes.number(row.node) for row in rows], np.uint16),
            np.array([names.components.number(row.component) for row in rows], np.uint16),
            np.array([names.sources.number(row.source) for row in rows], np.uint8),
            np.array([names.origins.number(row.origin) for row in rows], np.uint16),
            np.array([row.flags for row in rows], np.uint8)]
        return cls.of_columns(columns, [
            row.message.replace('\n', LINE_BREAK).encode('utf-8', 'replace') for row in rows])
