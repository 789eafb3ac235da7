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
The layout that ``RCUTILS_CONSOLE_OUTPUT_FORMAT`` gave a file, learned from its lines.

Which word is the name of the logger shows only in many lines: it stands at one place in all of
them, and there are few of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Sequence
import re

from nevil_nodes.logs.level_words import level_of
from nevil_nodes.logs.record import Record
from nevil_nodes.logs.stamps import Clock

__all__ = ['Layout', 'learn']

_LEVEL = r'(?:DEBUG|INFO|WARN|ERROR|FATAL|UNSET)'
_TIME = r'(?:\d{10}\.\d{9}|\d{19}|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3,9})'
_NAME = r'[A-Za-z_][\w./~-]*'
_PLACE = r'[\w./+-]*\.(?:py|cpp|cc|c|hpp|h)'
_TOKEN = re.compile(
    rf'(?P<time>(?<![\w.]){_TIME}(?![\w.]))|(?P<level>\b{_LEVEL}\b)|(?P<place>{_PLACE}(?![\w]))'
    rf'|(?P<name>(?<![\w./]){_NAME}(?:::[\w.]+)*)|(?P<number>(?<![\w.])\d+(?![\w.]))')
_CLASSES = {'time': _TIME, 'level': _LEVEL, 'place': r'[\w./+-]+',
            'name': rf'{_NAME}(?:::[\w.]+)*', 'number': r'\d+'}
_ENDING = re.compile(r'[^\w\s]*(?:\s+[-|:>]+)?\s?')
_OPENING = re.compile(r'\s[^\w\s]*\s?$')
_MAX_TRIED = 12
_MAX_AFTER = 4
_LEAST = 5
_ENOUGH = 0.8
_MANY_NAMES = 0.34


class Layout:
    """A layout: a pattern with groups for time, level, node and message."""

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self.pattern = pattern

    def read(self, line: str, clock: Clock) -> Record | None:
        """Return the record that a line starts, None for another line."""
        match = self.pattern.fullmatch(line)
        if match is None:
            return None
        groups = match.groupdict()
        stamp = clock.read(groups['time']) if groups.get('time') else None
        return Record(stamp.at_ns if stamp else 0, level_of(groups.get('level') or '') or 'INFO',
                      groups['node'], '', groups['message'])


def learn(lines: Sequence[str], levels: Sequence[str | None], hint: str) -> Layout | None:
    """
    Return the layout of most of the lines, None where none is found.

    :param levels: of the lines, where they are known
    :param hint: what the node is likely called, by the file's name
    """
    if len(lines) < _LEAST:
        return None
    best, best_score = None, (0.0, 0, 0)
    tried: set[str] = set()
    for line in lines[:_MAX_TRIED]:
        for place, text in enumerate(_candidates(line)):
            if text in tried:
                continue
            tried.add(text)
            pattern = re.compile(text, re.DOTALL)
            matches = [pattern.fullmatch(one) for one in lines]
            names = [match['node'] for match in matches if match]
            if _denied(matches, levels):
                continue
            few = len(set(names)) <= max(2, _MANY_NAMES * len(names))
            if len(names) < _ENOUGH * len(lines) or not few:
                continue
            score = (round(len(names) / len(lines), 1), int(hint in names), -place)
            if score > best_score:
                best, best_score = Layout(pattern), score
    return best


def _denied(matches: Sequence[re.Match[str] | None], levels: Sequence[str | None]) -> bool:
    """Return whether a pattern does not see the levels that are known."""
    wrong = sum(level is not None and level_of(match.groupdict().get('level') or '') != level
                for match, level in zip(matches, levels) if match)
    return wrong > (1 - _ENOUGH) * len(matches)


def _candidates(line: str) -> Iterator[str]:
    """Yield patterns that a line may have been written by, the likeliest first."""
    tokens = list(_TOKEN.finditer(line))
    fixed = [number for number, token in enumerate(tokens) if token.lastgroup in ('time', 'level')]
    fixed = [number for number in fixed if tokens[number].lastgroup not in
             [tokens[other].lastgroup for other in fixed if other < number]]
    if not fixed:
        return
    first, last = fixed[0], fixed[-1]
    names = [number for number, token in enumerate(tokens) if token.lastgroup == 'name']
    for node in [number for number in names if first < number <= last + _MAX_AFTER] + [
            number for number in names if number < first][::-1]:
        chosen = {*fixed, node}
        yield from _with_message_after(line, tokens, chosen)
    for node in [number for number in names if number >= first - _MAX_AFTER]:
        yield from _with_message_before(line, tokens, {*fixed, node})
    for node in [number for number in names if number >= first - _MAX_AFTER]:
        yield from _with_message_between(line, tokens, sorted({*fixed, node}))


def _with_message_after(
    line: str, tokens: list[re.Match[str]], chosen: set[int],
) -> Iterator[str]:
    last = max(chosen)
    stop = tokens[last].end()
    ending = _ENDING.match(line, stop)
    if ending is None or not ending[0]:
        return
    body = _pattern(line, tokens[:last + 1], [tokens[one] for one in chosen], 0, stop)
    dated = any(tokens[number].lastgroup == 'time' and '-' in tokens[number][0]
                for number in chosen)
    if ending[0].strip() or not dated:
        yield f'{body}{re.escape(ending[0].rstrip())}\\s*(?P<message>.*)'


def _with_message_before(
    line: str, tokens: list[re.Match[str]], chosen: set[int],
) -> Iterator[str]:
    first = min(chosen)
    start = tokens[first].start()
    opening = _OPENING.search(line[:start])
    if opening is None or not line[:opening.start()].strip():
        return
    body = _pattern(line, tokens[first:], [tokens[one] for one in chosen], start, len(line))
    yield f'(?P<message>.*?)\\s*{re.escape(opening[0].lstrip())}{body}'


def _with_message_between(
    line: str, tokens: list[re.Match[str]], chosen: list[int],
) -> Iterator[str]:
    """Yield patterns of a layout that goes on after the message, with a time or a level."""
    parts = [tokens[one] for one in chosen]
    for last, first in zip(chosen, chosen[1:]):
        stop, start = tokens[last].end(), tokens[first].start()
        ending, opening = _ENDING.match(line, stop), _OPENING.search(line[:start])
        if ending is None or not ending[0].strip() or opening is None or (
                opening.start() < ending.end() or tokens[first].lastgroup == 'name'):
            continue
        before = _pattern(line, tokens[:last + 1], parts, 0, stop)
        after = _pattern(line, tokens[first:], parts, start, len(line))
        yield (f'{before}{re.escape(ending[0].rstrip())}\\s*(?P<message>.*?)'
               f'\\s*{re.escape(opening[0].lstrip())}{after}')


def _pattern(
    line: str, tokens: list[re.Match[str]], chosen: list[re.Match[str]], start: int, stop: int,
) -> str:
    """Return a pattern for a part of a line: its signs as they are, its words by their kinds."""
    parts, at = [], start
    for token in tokens:
        kind = str(token.lastgroup)
        parts.append(_spaced(line[at:token.start()]))
        parts.append(f'(?P<{"node" if kind == "name" else kind}>{_CLASSES[kind]})'
                     if token in chosen else _CLASSES[kind])
        at = token.end()
    return ''.join(parts) + _spaced(line[at:stop])


def _spaced(text: str) -> str:
    return re.sub(r'(?:\\ )+', ' +', re.escape(text))
