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

"""Heads of what the system writes: syslog, journald in its outputs, the kernel, JSON lines."""

from __future__ import annotations

from functools import lru_cache
import json
import math
import re
from typing import Any

from nevil_nodes.logs.level_words import LETTERS
from nevil_nodes.logs.level_words import level_of
from nevil_nodes.logs.level_words import SYSLOG
from nevil_nodes.logs.record import Record
from nevil_nodes.logs.stamps import Clock

__all__ = ['system_record']

# After the time: `host program[123]: message`
_SYSLOG = re.compile(r' ([\w.-]+) ([^\s:\[]+)(?:\[\d+\])?: ?(.*)', re.DOTALL)
_SHORTEST_DATE = 10
_PRIORITY = re.compile(r'<(\d{1,3})>(1 )?(?=\S)')
# `host program 123 ID [data] message`
_RFC_5424 = re.compile(
    r' (\S+) (\S+) (\S+) (\S+) (?:-|(?:\[(?:[^\]"]|"(?:[^"\\]|\\.)*")*\])+) ?(?:\ufeff)?(.*)',
    re.DOTALL)
_KERNEL = re.compile(r'\[ *\d+\.\d{6}\] (.*)', re.DOTALL)
_JOURNAL = re.compile(r'-- (?:Boot|Reboot|Logs begin|Journal begins|No entries).*--\s*|'
                      r'-- Boot [0-9a-f]{32} --', re.DOTALL)
# glog's `I1122 17:54:03.123456 1234 file.cc:12] message`; a year may stand before the month.
_GLOG = re.compile(
    r'([IWEFD])(\d{4})?(\d\d)(\d\d) (\d\d:\d\d:\d\d\.\d+) +(\d+) (?:([^\s\]]+?):\d+)?\] ?(.*)',
    re.DOTALL)
# Android's `11-22 17:54:03.123  1234  5678 I Tag: message`
_LOGCAT = re.compile(r' +\d+ +\d+ ([VDIWEFA]) ([^:]*?) *: (.*)', re.DOTALL)
# logfmt's `time=... level=info msg="..."`
_PAIR = re.compile(r'([A-Za-z_@][\w.@-]*)=("(?:[^"\\]|\\.)*"|\S*)(?: +|$)')
_KEY_WITHIN = 16
_LEVEL_FIRST = re.compile(
    r'\[?(TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|FATAL|CRITICAL)\b\]?:? ')
_TIMES = ('__REALTIME_TIMESTAMP', '_SOURCE_REALTIME_TIMESTAMP', '@timestamp', 'timestamp', 'time',
          'ts', 'asctime', 'created', 't', 'datetime', 'date')
_LEVELS = ('levelname', 'level', 'severity', 'lvl', 'PRIORITY', 'log.level')
_NAMES = ('node', 'logger', 'name', 'SYSLOG_IDENTIFIER', '_COMM', 'logger_name', 'log.logger',
          'component', 'target', 'service', 'service.name', '_SYSTEMD_UNIT', 'unit', 'app')
_MESSAGES = ('MESSAGE', 'message', 'msg', 'text', 'event', 'log', 'body', 'fields')
# What an object stands for.
_WITHIN = ('name', 'message', 'level')
# Numbers keep all their digits.
_DECODE = json.JSONDecoder(parse_float=str).decode
_ESCAPED = re.compile(r'\\(.)', re.DOTALL)
_ESCAPES = {'n': '\n', 't': '\t', 'r': '\r'}


def system_record(line: str, clock: Clock) -> Record | None:
    """Return the record that a line of such a log starts."""
    first = line[:1]
    if first == '{':
        return _of_json(line, clock)
    if first == '<':
        return _with_priority(line, clock)
    if first == '[':
        match = _KERNEL.fullmatch(line)
        return Record(0, 'INFO', 'kernel', '', match[1]) if match else None
    if first == '-':
        return Record(0, 'INFO', 'journal', '', line) if _JOURNAL.match(line) else None
    if first in 'IWEFD' and (match := _GLOG.fullmatch(line)):
        return _of_glog(match, clock)
    if '=' in line[:_KEY_WITHIN] and (record := _of_pairs(line, clock)):
        return record
    if not ('0' <= first <= '9' or 'A' <= first <= 'W'):
        return None
    stamp = clock.read(line)
    if stamp is None:
        return None
    match = _SYSLOG.fullmatch(line, stamp.end) if stamp.end >= _SHORTEST_DATE else None
    if match is not None:
        host, program, message = match.groups()
        if program.isdigit() or level_of(program) or level_of(host):
            return None
        return Record(stamp.at_ns, _level_of_text(message), program, '', message)
    if match := _LOGCAT.fullmatch(line, stamp.end):
        letter, tag, message = match.groups()
        return Record(stamp.at_ns, LETTERS[letter], tag, '', message)
    return None


def _level_of_text(message: str) -> str:
    match = _LEVEL_FIRST.match(message)
    return (match and level_of(match[1])) or 'INFO'


def _with_priority(line: str, clock: Clock) -> Record | None:
    """Return a record of syslog as it goes over a network."""
    match = _PRIORITY.match(line)
    stamp = clock.read(line, match.end()) if match else None
    if match is None or stamp is None:
        return None
    level = SYSLOG[int(match[1]) & 7]
    if match[2] and (found := _RFC_5424.fullmatch(line, stamp.end)):
        return Record(stamp.at_ns, level, found[2] if found[2] != '-' else found[1], '', found[5])
    if found := _SYSLOG.fullmatch(line, stamp.end):
        return Record(stamp.at_ns, level, found[2], '', found[3])
    return None


def _of_glog(match: re.Match[str], clock: Clock) -> Record | None:
    letter, year, month, day, time, _, file, message = match.groups()
    stamp = clock.read(f'{year}-{month}-{day} {time}' if year else f'{month}-{day} {time}')
    if stamp is None:
        return None
    return Record(stamp.at_ns, LETTERS[letter], (file or '').partition('.')[0], '', message)


def _of_json(line: str, clock: Clock) -> Record | None:
    """Return what an object on one line says: journald's, and those of many libraries."""
    try:
        values = _DECODE(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(values, dict):
        return None
    return _of_values(values, clock)


def _of_pairs(line: str, clock: Clock) -> Record | None:
    """Return what pairs of keys and values say, where a line is nothing else."""
    values, at = {}, 0
    while match := _PAIR.match(line, at):
        values[match[1]], at = _unquoted(match[2]), match.end()
    return _of_values(values, clock) if at == len(line) else None


def _unquoted(text: str) -> str:
    if text[:1] != '"':
        return text
    return _ESCAPED.sub(lambda match: _ESCAPES.get(match[1], match[1]), text[1:-1])


def _of_values(values: dict[str, Any], clock: Clock) -> Record | None:
    message, level, when, name = (_first(values, keys) for keys in _keys(tuple(values)))
    if message is None or (when is None and level is None):
        return None
    if 'hostname' in values and 'pid' in values and type(level) is int:
        level -= 10  # bunyan's and pino's: 30 is INFO
    return Record(_time_of(when, clock), _level_of(level), str(name or ''), '', _text(message))


@lru_cache(maxsize=256)
def _keys(keys: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """Return which keys of an object may hold the message, level, time and name."""
    return tuple(tuple(name for name in names if name in keys)
                 for names in (_MESSAGES, _LEVELS, _TIMES, _NAMES))


def _first(values: dict[str, Any], names: tuple[str, ...]) -> Any:
    for name in names:
        value = values.get(name)
        if isinstance(value, dict):  # `"service": {"name": "camera"}`
            value = next((value[key] for key in _WITHIN if value.get(key) is not None), None)
        if value is not None:
            return value
    return None


def _time_of(value: Any, clock: Clock) -> int:
    if value is None:
        return 0
    text = str(value)
    stamp = clock.read(text)
    if stamp is None or stamp.end < len(text):  # 1790000003861.5, 1.79e9: a number all the same
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if 1e8 < number < 1e20:
            text = f'{number:.9f}' if number < 1e11 else str(int(number))
            stamp = clock.read(text) or stamp
    return stamp.at_ns if stamp else 0


def _level_of(value: Any) -> str:
    if isinstance(value, str) and not value.isdigit():
        return level_of(value) or 'INFO'
    try:
        number = int(value)
    except (TypeError, ValueError):
        return 'INFO'
    if 0 <= number <= 7:
        return SYSLOG[number]
    return ('DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL')[min(4, max(0, number // 10 - 1))]


def _text(value: Any) -> str:
    """Return a message; journald writes one that is no text as its bytes."""
    if isinstance(value, list):
        try:
            return bytes(value).decode('utf-8', 'replace')
        except (TypeError, ValueError):
            return json.dumps(value)
    return value if isinstance(value, str) else json.dumps(value)
