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
How a record starts, in the formats that a robot's logs have.

- Nevil's ``[2026-11-22 17:54:03.123456+00:00] [INFO] [node] [component] message``, and v3's
  ``[2026-11-22 17:54:03,123 EST] [INFO    ] [node   ] [component] message``; the component may
  be missing, the time may have no fraction, and EST is a label of this machine's time
- rcutils' console: ``[INFO] [1700000000.123456789] [node]: message``; ROS 1's and rospy's
- launch's: ``[INFO] [launch]: message``, ``1700000000.12 [INFO] [launch]: message``, and what a
  process printed: ``1700000000.12 [node-1] message``; before all others ``[node-1]`` may stand
- syslog's, journald's and JSON's (``layouts``)
- whatever else begins with a time, a level and perhaps a name, in any order (``fields``): Python's
  logging, spdlog, glog, ...
"""

from __future__ import annotations

from datetime import tzinfo
import re
from typing import NamedTuple

from nevil_nodes.logs.fields import scan
from nevil_nodes.logs.layouts import system_record
from nevil_nodes.logs.level_words import level_of
from nevil_nodes.logs.level_words import LEVEL_PATTERN
from nevil_nodes.logs.record import normal_level
from nevil_nodes.logs.record import Record
from nevil_nodes.logs.stamps import Clock
from nevil_nodes.logs.stamps import seconds_of

__all__ = ['ANSI', 'Head', 'NO_COMPONENT', 'parse_line', 'read_head', 'seconds_of', 'starts_one',
           'without_process']

ANSI = r'\x1b\[[0-?]*[ -/]*[@-~]'
NO_COMPONENT = '-'

_NEVIL = re.compile(
    r'\[(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:[.,](\d{1,9}))? ?([+-]\d\d:?\d\d|[A-Z]{1,5})?\] '
    r'\[([A-Za-z]{4,8}) *\] \[([^\]\n]*)\](?: \[([^\]\n]*)\])?:? ?(.*)', re.DOTALL | re.ASCII)
_RCUTILS = re.compile(
    r'\[([A-Z]{4,8})\] (?:\[(\d{1,10})\.(\d{1,9})\] )?\[(?![\d.]+[,\]])([^\]\n]*)\]: ?(.*)',
    re.DOTALL | re.ASCII)
_ROS_1 = re.compile(
    r'\[ ?([A-Z]{4,8}) ?\] \[(?:WallTime: )?(\d{1,10})\.(\d{1,9})(?:[,\] \[]+[\d.]+)?\]'
    r'(?: \[(/[^\]\n]*)\])?:? ?(.*)', re.DOTALL | re.ASCII)
_ROS_1_FILE = re.compile(
    rf'(\d{{1,10}})\.(\d{{1,9}}) +({LEVEL_PATTERN}) (/\S*) (?:\[[^\]\n]*\] )?'
    r'(?:\[topics: [^\]\n]*\] )?(.*)', re.DOTALL | re.ASCII)
_ROSPY_FILE = re.compile(rf'\[([^\]\n]+)\]\[({LEVEL_PATTERN})\] ([\d-]+ [\d:,.]+): ?(.*)',
                         re.DOTALL | re.ASCII)
_LAUNCH = re.compile(
    r'(\d{9,10})\.(\d{1,9}) \[([A-Z]{4,8})\] \[([^\]\n]*)\]: (.*)', re.DOTALL | re.ASCII)
# What a process printed, in the log of launch.
_PRINTED = re.compile(r'(\d{9,10})\.(\d{1,9}) \[(?![A-Z]{4,8}\])([A-Za-z_/][^\]\s]*)\] ')
_PROCESS = re.compile(r'\[([A-Za-z_/][^\]\s]*-\d+)\] ')
# What docker compose puts before the lines of a container: `talker-1  | `.
_CONTAINER = re.compile(r'([A-Za-z_][\w.-]*-\d+) +\| ')
_LONGEST_CONTAINER = 40
# Nevil's own times say how far they are from UTC.
_OFFSET_SIGNS = ('+', '-')
_ANSI = re.compile(ANSI)


class Head(NamedTuple):
    """
    How a line starts.

    :param record: what its head says, without what follows; None where it has no head
    :param process: whose output it is by what ``ros2 launch`` puts before it; '' for none
    :param rest: what the line says without that
    :param at_ns: when that was printed, by the log of launch; 0 where not known
    :param sure: False for a head that has a time and nothing else
    :param known: whether its layout is a known one: what it does not say is not there
    """

    record: Record | None
    process: str
    rest: str
    at_ns: int = 0
    sure: bool = True
    known: bool = False


def parse_line(line: str, zone: tzinfo | None = None) -> Record | None:
    """
    Return the record that a line starts.

    :param line: without its newline
    :param zone: of times that carry none or a mere label such as ``EST``; None is this machine's
    :returns: None for a line that belongs to the record before it
    """
    head = read_head(line, Clock(zone))
    if head.record is not None:
        return head.record if head.sure else None
    if head.at_ns:
        return Record(head.at_ns, 'INFO', head.process, '', head.rest)
    return None


def starts_one(line: str) -> bool:
    """Return whether a line would be read as the start of a record, or as another process's."""
    head = read_head(line, Clock())
    return bool(head.process) or (head.record is not None and head.sure)


def read_head(line: str, clock: Clock) -> Head:
    """Return how a line starts."""
    process, at_ns, line = without_process(line)
    record, known = _known_record(line, clock), True
    if not process and record is not None and (
            _PROCESS.match(record.message)) and line.endswith(record.message):
        # The journal of a service that launches nodes.
        inner = read_head(record.message, clock)
        return inner if inner.at_ns else _printed_at(inner, record.at_ns)
    sure = True
    if record is None and line[:1].strip():
        (record, sure), known = scan(line, clock), False
    if record is not None and not record.at_ns and at_ns:
        record = record._replace(at_ns=at_ns)
    return Head(record, process, line, at_ns, sure, known)


def _printed_at(head: Head, at_ns: int) -> Head:
    """Return a head that was printed at a time: its record's, where that says none."""
    record = head.record
    if record is not None and not record.at_ns:
        record = record._replace(at_ns=at_ns)
    return head._replace(record=record, at_ns=at_ns)


def without_process(line: str) -> tuple[str, int, str]:
    """Return whose output a line is, when that was printed, and the line without both."""
    if '\x1b' in line[:80]:
        line = _ANSI.sub('', line)
    process, at_ns = '', 0
    while True:
        if line[:1] == '[' and (match := _PROCESS.match(line)):
            process, line = match[1], line[match.end():]
        elif not at_ns and '0' <= line[:1] <= '9' and (match := _PRINTED.match(line)):
            process, line = match[3], line[match.end():]
            at_ns = _nanoseconds(match[1], match[2])
        elif '|' in line[:_LONGEST_CONTAINER] and (match := _CONTAINER.match(line)):
            process, line = match[1], line[match.end():]
        else:
            return process, at_ns, line


def _known_record(line: str, clock: Clock) -> Record | None:
    """Return the record that a line without process starts, in a known layout."""
    first = line[:1]
    record = None
    if first == '[':
        record = _bracketed(line, clock)
    elif '0' <= first <= '9':
        record = _numbered(line)
    if record is None and first and first not in ' \t':
        record = system_record(line, clock)
        if record is not None and record.message[:1] == '[' and (
                inner := _bracketed(record.message, clock)):
            record = inner if inner.at_ns else inner._replace(at_ns=record.at_ns)
    return record


def _bracketed(line: str, clock: Clock) -> Record | None:
    if match := _NEVIL.fullmatch(line):
        day, time, fraction, zone_text, word, node, component, message = match.groups()
        level = normal_level(word)
        zone_text = zone_text or ''
        seconds = seconds_of(f'{day} {time}', zone_text, clock.zone)
        ours = zone_text[:1] in _OFFSET_SIGNS
        if level is not None and seconds is not None and (ours or not node[:1].isdigit()):
            component = (component or '').strip()
            if component[:1].isdigit() and not ours:
                component, message = '', line[match.start(7) - 1:]  # `[1/3] message`
            return Record(
                _nanoseconds(seconds, fraction or '0'), level, node.strip(),
                '' if component == NO_COMPONENT else component, message)
    if match := _RCUTILS.fullmatch(line):
        word, whole, fraction, node, message = match.groups()
        level = level_of(word)
        if level is not None:
            return Record(_nanoseconds(whole, fraction) if whole else 0, level, node, '', message)
    if match := _ROS_1.fullmatch(line):
        word, whole, fraction, node, message = match.groups()
        level = level_of(word)
        if level is not None:
            return Record(_nanoseconds(whole, fraction), level, (node or '').strip('/'), '',
                          message)
    if match := _ROSPY_FILE.fullmatch(line):
        name, word, when, message = match.groups()
        stamp = clock.read(when)
        if stamp is not None and stamp.end == len(when):
            return Record(stamp.at_ns, level_of(word) or 'INFO', name, '', message)
    return None


def _numbered(line: str) -> Record | None:
    """Return what launch itself says in its log, and ROS 1's files."""
    if match := _LAUNCH.fullmatch(line):
        whole, fraction, word, name, message = match.groups()
        level = level_of(word)
        return None if level is None else Record(
            _nanoseconds(whole, fraction), level, name, '', message)
    if match := _ROS_1_FILE.fullmatch(line):
        whole, fraction, word, node, message = match.groups()
        return Record(_nanoseconds(whole, fraction), level_of(word) or 'INFO', node.strip('/'), '',
                      message)
    return None


def _nanoseconds(whole: int | str, fraction: str) -> int:
    return int(whole) * 1_000_000_000 + int(fraction.ljust(9, '0'))
