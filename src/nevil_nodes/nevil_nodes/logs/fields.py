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
Heads of no fixed layout: a time, a level and names, bare or in brackets, in any order.

``2026-11-22 17:54:03,123 - node - INFO - message``, ``[17:54:03.123] [logger] [info] message``,
``WARNING:root:message``, ``[INFO 1700000000.5] [talker]: message`` and the like.
"""

from __future__ import annotations

import re

from nevil_nodes.logs.level_words import LETTERS
from nevil_nodes.logs.level_words import level_of
from nevil_nodes.logs.level_words import LEVEL_PATTERN
from nevil_nodes.logs.record import Record
from nevil_nodes.logs.stamps import Clock

__all__ = ['scan']

_MAX_FIELDS = 9
_LEVEL = re.compile(rf'{LEVEL_PATTERN}(?![\w.])')
_NAME = r'[A-Za-z_/~][\w./@~$-]*(?:::[\w./@~$-]+)*'
_BRACKET = re.compile(r'[\[(<]([^\[\]()<>\n]{1,120})[\])>]')
_PLACE = re.compile(r'[\w./+-]*\.(?:py|cpp|cc|c|hpp|h|hh|cxx|rs|js|go|java)'
                    r'(?::\d+)?(?::\w+)?(?:\(\))?')
_IS_NAME = re.compile(_NAME)
_NUMBER = re.compile(r'(?:pid|tid|thread|process)?[ :=]?[\d.]+|0x[0-9a-f]+|\d+[#:]\d+', re.I)
_THREADS = (r'(?:MainThread|Thread-\d+\S*(?: \([^)]*\))?|ThreadPool\S*|Dummy-\d+|MainProcess|'
            r'\w*Process-\d+|ForkPoolWorker-\d+|main)')
_THREAD = re.compile(_THREADS)
_BETWEEN = re.compile(r'[ \t]*(?:[-|:;,~>]{1,3}[ \t]+|[-|:;]+(?=[\[(\w]))?[ \t]*')
# A bare name that more of the head follows, or that a sign ends: `node:`, `node -`, `node |`.
_ENDED_NAME = re.compile(
    rf'(?:in )?({_NAME})(?:\[\d+\])?(?: *: |:(?=\S)| +[-|–] |:$| +[-|]$|\t)')
# With a line of source, `node:12 `; Django's, with the numbers of process and thread.
_NUMBERED_NAME = re.compile(rf'({_NAME})(?::\d+[ \t]|[ \t]+\d+[ \t]+\d+[ \t]+)')
# loguru's `module:function:12 - `
_CALLER = re.compile(rf'({_NAME}?):[\w<>]+:\d+ - ')
_NAME_BEFORE_LEVEL = re.compile(
    rf'({_NAME})[ \t]+(?:{_THREADS}[ \t]+)?(?=(?:\[? *{LEVEL_PATTERN} *(?:\]|[:\s|-])))')
_NUMBER_BEFORE_MORE = re.compile(r'\d{1,7}(?=[ \t]+[\[(A-Za-z_/-])')


class _Fields:
    """What is found so far, and where one is."""

    def __init__(self, line: str, clock: Clock) -> None:
        self.line, self.clock = line, clock
        self.named = clock.named
        self.at = 0
        self.at_ns: int | None = None
        self.level: str | None = None
        self.names: list[str] = []
        self.place = False  # of the source

    @property
    def complete(self) -> bool:
        return self.at_ns is not None and self.level is not None and bool(self.names)

    def step(self) -> bool:
        """Take the next field; return whether there was one."""
        return self._time() or self._level() or self._bracket() or self._bare()

    def _time(self) -> bool:
        if self.at_ns is not None:
            return False
        stamp = self.clock.read(self.line, self.at)
        if stamp is None:
            return False
        self.at_ns, self.at = stamp.at_ns, stamp.end
        return True

    def _level(self) -> bool:
        match = _LEVEL.match(self.line, self.at) if self.level is None else None
        if match is None:
            return False
        after = self.line[match.end():match.end() + 1]
        if after and after not in ' \t:|]-,)' or (
                self.at_ns is None and after in ('', ' ', '\t')
                and not self._level_is_head(match)):
            return False
        self.level, self.at = level_of(match[0]), match.end()
        return True

    def _level_is_head(self, match: re.Match[str]) -> bool:
        """Return whether a bare level at the start of a line is one: a field follows."""
        rest = self.line[match.end():].lstrip(' \t-|:')
        return match[0].isupper() and (
            rest[:1] == '[' or self.clock.read(rest) is not None
            or _ENDED_NAME.match(rest) is not None and self.line[match.end():].startswith(' '))

    def _bracket(self) -> bool:
        match = _BRACKET.match(self.line, self.at)
        if match is None:
            return False
        text = match[1].strip()
        level = level_of(text) if self.level is None else None
        stamp = self.clock.read(text) if self.at_ns is None else None
        if stamp is not None and stamp.end == len(text):
            self.at_ns = stamp.at_ns
        elif level is not None:
            self.level = level
        elif self.level is None and text in LETTERS and self.at_ns is not None:
            self.level = LETTERS[text]
        elif not self._inner(text) and not self._told(text):
            return False
        self.at = match.end()
        return True

    def _told(self, text: str) -> bool:
        """Take what is in brackets and is neither time nor level."""
        if _PLACE.fullmatch(text):
            self.place = True
            return True
        if _NUMBER.fullmatch(text):
            return not (self.names and self.level)
        if self.complete and not (len(self.names) == 1 and _IS_NAME.fullmatch(text)):
            return False
        if len(self.names) >= 2 or not (_IS_NAME.fullmatch(text) or _THREAD.fullmatch(text)):
            return False
        self.names.append(text)
        return True

    def _inner(self, text: str) -> bool:
        """Take a bracket that holds a time and a level, and perhaps a name: `[INFO 12:00:01]`."""
        if self.at_ns is not None and self.level is not None or not re.search(r'[\s:|]', text):
            return False
        inner = _Fields(text, self.clock)
        inner.at_ns, inner.level = None, None
        for _ in range(_MAX_FIELDS):
            inner.at = _end(_BETWEEN, text, inner.at)
            if inner.at >= len(text):
                break
            word = re.compile(r'\S+').match(text, inner.at)
            if inner._time():
                continue
            level = level_of(word[0].strip(':').partition('/')[0]) if word else None
            if word and inner.level is None and level:  # celery's: `INFO/MainProcess`
                inner.level, inner.at = level, word.end()
            elif word and (_IS_NAME.fullmatch(word[0].rstrip(':')) or _NUMBER.fullmatch(word[0])):
                if not word[0][0].isdigit():
                    inner.names.append(word[0].rstrip(':'))
                inner.at = word.end()
            else:
                return False
        if inner.at_ns is None and inner.level is None:
            return False
        if self.at_ns is None:
            self.at_ns = inner.at_ns
        self.level = self.level or inner.level
        self.names += inner.names
        return True

    def _bare(self) -> bool:
        if self.at_ns is None and self.level is None:
            return False
        if match := _PLACE.match(self.line, self.at):
            if self.line[match.end():match.end() + 1] in (' ', ':', ']', '|', ')') and (
                    ':' in match[0] or not self.place):
                self.place, self.at = True, match.end()
                return True
        if self.level is None:
            match = _NAME_BEFORE_LEVEL.match(self.line, self.at)
            if match is None:
                match = _NUMBER_BEFORE_MORE.match(self.line, self.at)
                if match is None or self.names:
                    return self._ended_name()
                self.at = match.end()
                return True
            self.names.append(match[1])
            self.at = match.end()
            return True
        if not self.names and (match := _NUMBER_BEFORE_MORE.match(self.line, self.at)) and \
                self.line[match.end():].lstrip()[:1] in '[-(':
            self.at = match.end()
            return True
        return self._ended_name()

    def _ended_name(self) -> bool:
        if self.level is not None and not self.names and (
                match := _CALLER.match(self.line, self.at)):
            self.names.append(match[1])
            self.at = match.end() - 3
            return True
        if self.level is not None and not self.names and self.named and (
                match := _NUMBERED_NAME.match(self.line, self.at)):
            self.names.append(match[1])
            self.at = match.end()
            return True
        match = _ENDED_NAME.match(self.line, self.at)
        known = [name for name in self.names if not _THREAD.fullmatch(name)]
        if match is None or known and self.level is not None or len(self.names) >= 2 or (
                self.level is not None and not self.named):
            return False
        self.names.append(match[1])
        self.at = match.end(1)
        if self.line[self.at:self.at + 1] == '[':
            self.at = self.line.index(']', self.at) + 1
        return True


def scan(line: str, clock: Clock) -> tuple[Record | None, bool]:
    """
    Return the record that a line starts, and whether it surely does.

    It is not sure where there is a time and neither level nor name.
    """
    fields = _Fields(line, clock)
    begun = False
    for _ in range(_MAX_FIELDS):
        before = fields.at
        if not fields.step():
            break
        begun = True
        if fields.at >= len(line):
            break
        after = _end(_BETWEEN, line, fields.at)
        if fields.level is not None and fields.names and line[fields.at:fields.at + 1] == ':':
            fields.at = max(after, fields.at + 1)
            break
        fields.at = after
        if fields.at == before:
            break
    if not begun or (fields.at_ns is None and not (
            fields.level is not None and fields.names)):
        return None, True
    node, component = _node_and_component(fields.names)
    return Record(fields.at_ns or 0, fields.level or 'INFO', node, component,
                  line[fields.at:]), bool(fields.level or fields.names)


def _node_and_component(names: list[str]) -> tuple[str, str]:
    """Return which name is the node's: not the one of a thread."""
    real = [name for name in names if not _THREAD.fullmatch(name)]
    others = [name for name in names if name not in real[:1]]
    node = real[0].strip('/') if real else ''
    return node, others[0] if others else ''


def _end(pattern: re.Pattern[str], text: str, start: int) -> int:
    match = pattern.match(text, start)
    return match.end() if match else start
