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
Turn what a process printed into lines of a log.

A line already in Nevil's format stays as it is. A line of rcutils' console is translated. Any
other line is a record of its own, at the time it was read: INFO from ``stdout``. These continue
the record above them and stay without a prefix:

- lines that begin with a space or a tab, within a second of the record;
- the lines of a Python traceback (or of faulthandler's, or of an exception group's), to its last
  one. It begins a record, ERROR from ``stderr``, unless it stands right below a WARNING, ERROR or
  CRITICAL line.

A record that a NevilNode writes is one line that begins with RS and has US where its own lines end
(``nevil_nodes.node.output``): it is a record of its own whatever stands before it, half a line
included. In the log it looks like any other. A line that names a node of another process is the
own node's, and the name its component: who prints must not speak for others.

Times, levels and prefixes are handled as bytes, and where all lines of a block are of one kind the
block is handled in one go: a node that prints as fast as it can must not be slowed by this.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
import re
import time

__all__ = ['Lines', 'stamp']

_LEVELS = {b'WARN': b'WARNING', b'FATAL': b'CRITICAL'}
_NEVIL = re.compile(
    rb'\n\x1e?(\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}\+00:00\] '
    rb'\[(DEBUG|INFO|WARNING|ERROR|CRITICAL)\] \[)([^\]\n]*)\] \[')
# A record of Nevil's begins or continues; anywhere else RS is a node's control character.
_RECORD = re.compile(rb'(?<=[^\n])\x1e(?=\[\d{4}-|\x1f)')
_RCUTILS = re.compile(
    rb'\n\[(DEBUG|INFO|WARN|ERROR|FATAL)\] \[(\d{1,10})\.(\d{6})\d{3}\] \[([^\]\n]*)\]: (.*)',
    re.DOTALL)
_ANSI = re.compile(rb'\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\^_])')
# Control characters would play with the reader's terminal; a carriage return ends a line.
_PRINTABLE = bytes(
    code if code in b'\t\n\x1e\x1f' or code > 31 and code != 127 else ord('?')
    for code in range(256))
_C1 = re.compile(rb'\xc2[\x80-\x9f]')  # U+0080 to U+009F: what ESC and a letter are, in one
_UNMARKED = bytes.maketrans(b'\x1e\x1f', b'??')
_GROUP = b'  + Exception Group Traceback (most recent call last):'
_TRACEBACK = (b'Traceback (most recent call last):', b'Fatal Python error:', b'Thread 0x',
              b'Current thread 0x', _GROUP)
_WITHIN = (b'During handling of the above', b'The above exception was',
           b'Extension modules:')
_SPECIAL = (b'\x1e', b'\x1f', *(b'\n' + start for start in (b'[', b' ', b'\t', *_TRACEBACK)))
_SERIOUS = (b'WARNING', b'ERROR', b'CRITICAL')
# Later, an indented line is more likely a print of its own than part of the record above.
_CONTINUE_NS = 1_000_000_000


def stamp(at_ns: int) -> bytes:
    """Return a time as it is in a line: UTC, microseconds."""
    return _stamp(at_ns // 1_000_000_000, b'%06d' % (at_ns // 1000 % 1_000_000))


class Lines:
    """
    The output of one unit, piece by piece.

    :param unit: the unit's name, the node of lines that belong to no single node
    :param nodes: the nodes in it; of several, a formatted line names its own
    :param secrets: values that become ``***``
    :param component: what a line that names none comes from, ``stdout`` or ``stderr``
    """

    def __init__(self, unit: str, nodes: Sequence[str], secrets: Sequence[str] = (),
                 component: str = 'stdout') -> None:
        self._component = component.encode()
        self._unit = unit
        self.know(nodes)
        self._node = self._name
        self._level = b''
        self._record_ns = 0
        self._in_traceback = False
        self._before_last = False
        self._in_group = False
        # Supervisor and spawner speak there, of each other and of nodes.
        self._names_all = unit == 'system'
        # A secret of several lines (a key file) is printed line by line as well; the longest
        # first, so that no part of one is left beside the stars.
        parts = {part for value in secrets for part in [value, *value.splitlines()] if part}
        self._secrets = [part.encode() for part in sorted(parts, key=len, reverse=True)]

    def know(self, nodes: Sequence[str]) -> None:
        """Distinguish these nodes from now on."""
        self._nodes = {name.encode(): name for name in nodes}
        self._single = len(self._nodes) < 2
        self._name = nodes[0] if self._single and nodes else self._unit

    def convert(self, data: bytes, now_ns: int, goes_on: bool = False) -> list[tuple[str, bytes]]:
        """
        Return what to append to the logs of which nodes.

        :param data: whole lines, or the beginning of a line that is taking its time
        :param now_ns: the time, in nanoseconds since 1970, of lines that carry none
        :param goes_on: the data continues a line that was returned in part
        """
        data = self._clean(data)
        if b'\x1e' in data:  # a record begins a line, whoever has left half of one
            data = _RECORD.sub(b'\n\x1e', data)
            if goes_on and data.startswith(b'\x1e'):
                data = b'\n' + data
        if not goes_on:
            return self._records(data, now_ns)
        rest, newline, data = data.partition(b'\n')
        return [(self._node, _expanded(rest) + newline), *self._records(data, now_ns)]

    def _clean(self, data: bytes) -> bytes:
        if b'\x1b' in data:
            data = _ANSI.sub(b'', data)
        if b'\r' in data:
            data = data.replace(b'\r\n', b'\n').replace(b'\r', b'\n')
        for secret in self._secrets:
            if secret in data:
                data = data.replace(secret, b'***')
        if b'\xc2' in data:
            data = _C1.sub(b'?', data)
        return data.translate(_PRINTABLE)

    def _records(self, data: bytes, now_ns: int) -> list[tuple[str, bytes]]:
        if not data:
            return []
        whole = data.endswith(b'\n')
        # A newline before each line: one replace() then puts the prefix before all of them.
        text = b'\n' + (data[:-1] if whole else data)
        if not self._in_traceback and not any(special in text for special in _SPECIAL):
            prefix = self._begin(self._name, b'INFO', self._component, now_ns)
            out = text.replace(b'\n', b'\n' + prefix)
            found = [(self._name, out)]
        elif self._single and (records := self._own_records(text, now_ns)):
            found = [(self._name, records)]
        else:
            found = self._one_by_one(text, now_ns)
        # Each piece has the newline before its lines; it belongs after them.
        pieces = [(node, piece[1:] + b'\n') for node, piece in found]
        if not whole:
            node, piece = pieces[-1]
            pieces[-1] = node, piece[:-1]
        return pieces

    def _one_by_one(self, text: bytes, now_ns: int) -> list[tuple[str, bytes]]:
        """Return runs of lines of the same node, each line with a newline before it."""
        runs: list[tuple[str, list[bytes]]] = []
        for line in text[1:].split(b'\n'):
            out = self._line(b'\n' + line, now_ns)
            if not runs or runs[-1][0] != self._node:
                runs.append((self._node, []))
            runs[-1][1].append(out)
        return [(node, b''.join(lines)) for node, lines in runs]

    def _own_records(self, text: bytes, now_ns: int) -> bytes:
        """Return the log's lines where all are records of the node itself, else nothing."""
        lines = text.count(b'\n')
        marked = text.count(b'\n\x1e[')
        if marked not in (0, lines) or (marked == 0 and b'\x1f' in text):
            return b''
        found = _NEVIL.findall(text)
        if len(found) != lines or not (self._names_all or {
                name for _, _, name in found} == {self._name.encode()}):
            return b''
        self._note(self._name, found[-1][1], now_ns)
        if not marked:
            return text.translate(_UNMARKED)
        self._end_record()
        return _expanded(text.replace(b'\n\x1e', b'\n'))

    def _line(self, line: bytes, now_ns: int) -> bytes:
        """Return one line as it is logged; note whose record it begins or continues."""
        if line.startswith(b'\n\x1e\x1f'):
            return b'\n' + _expanded(line[3:])
        if line.startswith((b'\n[', b'\n\x1e[')):
            match = _NEVIL.match(line)
            if match:
                return self._record(match, line, now_ns)
        line = line.translate(_UNMARKED)
        if line.startswith(b'\n['):
            match = _RCUTILS.match(line)
            if match:
                return self._translate(match, now_ns)
        if self._continues(line[1:], now_ns):
            return line
        serious = line[1:].startswith(_TRACEBACK)
        prefix = (self._begin(self._name, b'ERROR', b'stderr', now_ns) if serious
                  else self._begin(self._name, b'INFO', self._component, now_ns))
        if serious:
            self._enter_traceback(line[1:])
        return b'\n' + prefix + line[1:]

    def _record(self, match: re.Match[bytes], line: bytes, now_ns: int) -> bytes:
        """Return a record in Nevil's format, in the name of the node that it is from."""
        name, rest = match[3], line[match.end(3):]
        node = self._node_of(name)
        if not self._names_all and name != node.encode():
            rest = b'] [' + name + (rest[4:] if rest.startswith(b'] [-]') else b'.' + rest[3:])
            name = node.encode()
        self._note(node, match[2], now_ns)
        if not line.startswith(b'\n\x1e'):
            return b'\n' + match[1] + name + rest.translate(_UNMARKED)
        self._end_record()
        return b'\n' + match[1] + name + _expanded(rest)

    def _end_record(self) -> None:
        """Let nothing that follows continue the record: it is whole."""
        self._level, self._record_ns = b'', 0

    def _continues(self, line: bytes, now_ns: int) -> bool:
        if self._in_traceback:
            if line.startswith(_TRACEBACK):
                self._enter_traceback(line)
                return True
            if line[:1] in (b' ', b'\t', b'') or line.startswith(_WITHIN):
                self._before_last = not self._in_group and (self._before_last or bool(line))
                return True
            if self._before_last:  # the line with the exception itself
                self._before_last = False
                return True
            self._in_traceback = False
            return False
        if line.startswith(_TRACEBACK):
            if self._level in _SERIOUS:
                self._enter_traceback(line)
            return self._in_traceback
        return line[:1] in (b' ', b'\t') and now_ns - self._record_ns < _CONTINUE_NS

    def _enter_traceback(self, line: bytes) -> None:
        """Note that a traceback continues; that of a group has no last line without a margin."""
        self._in_traceback = True
        self._in_group = line.startswith(_GROUP)
        self._before_last = not self._in_group

    def _translate(self, match: re.Match[bytes], now_ns: int) -> bytes:
        level = _LEVELS.get(match[1], match[1])
        logger = match[4]
        node = self._node_of(logger.partition(b'.')[0])
        name = node.encode()
        component = logger if logger != name else b'-'
        if logger.startswith(name + b'.'):
            component = logger[len(name) + 1:]
        self._note(node, level, now_ns)
        return b'\n[%b] [%b] [%b] [%b] %b' % (
            _stamp(int(match[2]), match[3]), level, name, component, match[5])

    def _node_of(self, name: bytes) -> str:
        return self._name if self._single else self._nodes.get(name, self._name)

    def _begin(self, node: str, level: bytes, component: bytes, now_ns: int) -> bytes:
        """Note a record that begins and return its prefix."""
        self._note(node, b'', now_ns)
        return b'[%b] [%b] [%b] [%b] ' % (stamp(now_ns), level, node.encode(), component)

    def _note(self, node: str, level: bytes, now_ns: int) -> None:
        self._node = node
        self._level = level
        self._record_ns = now_ns
        self._in_traceback = False


def _stamp(second: int, micros: bytes) -> bytes:
    return b'%b.%b+00:00' % (_second_text(second), micros)


@lru_cache(maxsize=8)
def _second_text(second: int) -> bytes:
    return time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime(second)).encode()


def _expanded(text: bytes) -> bytes:
    """Return the lines of a marked record as they are in a log."""
    return text.replace(b'\x1f', b'\n').replace(b'\x1e', b'?')
