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
The lines of one file as records.

A line without a head belongs to the record before it: of its own process, where ``ros2 launch``
has put the processes' names before their lines.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from datetime import tzinfo

from nevil_nodes.logs.heads import Head
from nevil_nodes.logs.heads import read_head
from nevil_nodes.logs.known_heads import KnownHeads
from nevil_nodes.logs.learned import Layout
from nevil_nodes.logs.learned import learn
from nevil_nodes.logs.record import Record
from nevil_nodes.logs.stamps import Clock

__all__ = ['RecordReader']

# A process that prints without headers would else be one record that never ends.
_MAX_LINES = 1000
# What a file is like is found out from so many lines.
_SAMPLE = 200
_MOST = 0.9
_HALF = 0.5
# A process that has not gone on within so many lines of others has ended its record.
_STALE_LINES = 200
# Lines of one message are printed within that.
_TOGETHER_NS = 5_000_000
_TRACEBACK = 'Traceback (most recent call last)'
_CHAINED = ('During handling of the above exception', 'The above exception was the direct cause')
_TROUBLE = ('ERROR', 'CRITICAL')


@dataclass
class _Context:
    """
    What one process says.

    :param headed: whether it has given a head
    :param raising: whether a traceback continues
    """

    head: Record
    headed: bool = False
    lines: list[str] = field(default_factory=list)
    raising: bool = False
    raised: bool = False
    printed_ns: int = 0
    at_line: int = 0


class RecordReader:
    """
    Reads the lines of one file, in order.

    :param node: whose lines are of no known format, as INFO
    :param zone: of times that carry none or a mere label; None is this machine's
    :param near_s: when the file was written last, in seconds since 1970; None is now
    """

    def __init__(self, node: str, zone: tzinfo | None = None, near_s: float | None = None) -> None:
        self.node = node
        self._clock = Clock(zone, near_s)
        self._sample: list[str] = []
        self._layout: Layout | None = None
        self._unsure_counts = False
        self._contexts: dict[str, _Context] = {}
        self.known = KnownHeads(self._clock)
        self._last_ns = 0
        self._count = 0

    @property
    def waiting(self) -> bool:
        """Return whether there is a record that may get further lines."""
        return any(context.lines for context in self._contexts.values())

    @property
    def of_several(self) -> bool:
        """Return whether the file holds the output of several processes."""
        return any(self._contexts)

    @property
    def learned(self) -> bool:
        """Return whether the heads of the file are known, and are all of one process."""
        return bool(self.known.heads) and not self.of_several

    @property
    def newest(self) -> Record:
        """Return the head of the record read last, with the time that a line after it has."""
        context = self._contexts.get('')
        head = context.head if context else Record(0, 'INFO', self.node, '', '')
        return head._replace(at_ns=self._last_ns)

    def written(self, near_s: float | None) -> None:
        """Know when the file was written last, for times that have no date."""
        if near_s is not None and near_s != self._clock.near_s:
            self._clock = replace(self._clock, near_s=near_s)
            self.known.set_clock(self._clock)

    def observe(self, lines: Iterable[str]) -> None:
        """Find out what the file is like from lines that are read next; only the first matter."""
        if len(self._sample) >= _SAMPLE:
            return
        room = _SAMPLE - len(self._sample)
        self._sample += [line for line in lines if line and line[0] not in ' \t'][:room]
        heads = [read_head(line, replace(self._clock, named=True)) for line in self._sample]
        sure = [head.record for head in heads if head.record is not None and head.sure]
        unsure = sum(not head.sure for head in heads)
        self._unsure_counts = len(sure) < unsure
        self._clock = replace(self._clock, named=self._has_names(heads))
        self._layout = None
        self.known.set_clock(self._clock)
        self.known.forget()
        if sum(head.known or bool(head.sure and head.record and head.record.node)
               for head in heads) < _HALF * len(heads):
            self._layout = learn(
                [head.rest for head in heads],
                [head.record.level if head.record and head.sure else None for head in heads],
                self.node)

    def head(self, line: str) -> Head:
        """Return how a line starts."""
        head = self.known.find(line) if line[:1] != '{' else None
        if head is None:
            head = self._slow_head(line)
            self.known.remember(line, head)
        return head

    def _slow_head(self, line: str) -> Head:
        head = read_head(line, self._clock)
        known = head.record is not None and (head.known or head.sure and head.record.node)
        if self._layout is not None and not known and (
                record := self._layout.read(head.rest, self._clock)):
            return head._replace(record=record, sure=True)
        if not head.sure and not self._unsure_counts:
            return head._replace(record=None)
        return head

    def feed(self, line: str) -> list[Record]:
        """Return the records that are complete now that a line has come."""
        self._count += 1
        head = self.head(line)
        done: list[Record] = []
        context = self._contexts.get(head.process)
        if head.record is not None:
            done += self._begin(head.process, head.record, head.record.message, headed=True)
        elif context is None or not self._belongs(head, context):
            done += self._begin(head.process, self._headless(head), head.rest, headed=False)
        else:
            if len(context.lines) >= _MAX_LINES:
                done += self._end(context)
            self._go_on(context, head.rest)
        context = self._contexts[head.process]
        context.at_line, context.printed_ns = self._count, head.at_ns
        if self._count % _STALE_LINES == 0 and len(self._contexts) > 1:
            for one in self._contexts.values():
                if self._count - one.at_line >= _STALE_LINES:
                    done += self._end(one)
        return done

    def finish(self) -> list[Record]:
        """Return the records that are open; what comes later still has the same head."""
        return [record for context in self._contexts.values() for record in self._end(context)]

    def _begin(self, process: str, head: Record, text: str, *, headed: bool) -> list[Record]:
        context = self._contexts.setdefault(process, _Context(head))
        done = self._end(context)
        self._last_ns = head.at_ns or self._last_ns
        context.head = head._replace(
            at_ns=self._last_ns, node=head.node or process or self.node)
        context.headed = context.headed or headed
        context.lines = [text]
        context.raising = context.raised = text.startswith(_TRACEBACK)
        return done

    @staticmethod
    def _end(context: _Context) -> list[Record]:
        if not context.lines:
            return []
        record = context.head._replace(message='\n'.join(context.lines))
        context.lines = []
        return [record]

    @staticmethod
    def _go_on(context: _Context, text: str) -> None:
        context.lines.append(text)
        if text.startswith((_TRACEBACK, *_CHAINED)):
            context.raising = context.raised = True
        elif text and text[0] not in ' \t':
            context.raising = False  # the exception itself

    def _belongs(self, head: Head, context: _Context) -> bool:
        """Return whether a line without head continues the last record of its process."""
        text = head.rest
        if not text or text[0] in ' \t' or context.raising:
            return True
        if not head.process:
            return context.headed
        if text.startswith(_TRACEBACK):
            return bool(context.lines) and context.head.level in _TROUBLE
        if context.raised and text.startswith(_CHAINED):
            return True
        late = head.at_ns and context.printed_ns and (
            head.at_ns - context.printed_ns > _TOGETHER_NS)
        return context.headed and not late

    def _headless(self, head: Head) -> Record:
        level = 'ERROR' if head.process and head.rest.startswith(_TRACEBACK) else 'INFO'
        return Record(head.at_ns, level, head.process, '', '')

    @staticmethod
    def _has_names(heads: list[Head]) -> bool:
        """Return whether words and colons after levels are names: nearly all lines have them."""
        leveled = [head.record for head in heads if head.record is not None and head.sure]
        names = [record.node for record in leveled if record.node]
        if len(leveled) < 3:
            return True
        return len(names) >= _MOST * len(leveled) and (
            len(set(names)) <= max(3, _HALF * len(names)))
