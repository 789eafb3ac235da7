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

"""Logs in many formats, each with what a reader must find in it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from datetime import timezone
import gzip
import json
import random
from typing import NamedTuple

from nevil_nodes.logs import format_record
from nevil_nodes.logs import Record

__all__ = ['FORMATS', 'Format', 'NODES', 'NEAR_S', 'records']

START_NS = 1_795_370_043_123_456_789  # 2026-11-22 17:54:03 UTC
NEAR_S = 1_795_380_000.0
NODES = ('talker', 'nav2.planner', 'camera_front')
_LEVELS = ('DEBUG', 'INFO', 'INFO', 'INFO', 'WARNING', 'ERROR', 'CRITICAL')
_MESSAGES = (
    "Publishing: 'Hello World: {n}'", 'timeout after {n}.2 s [retry 2]', 'ERROR: not really {n}',
    'goal ({n}, 2) reached - ok', 'key=value a={n}', '2026-01-01 is a date, {n} too', 'x{n}',
    'Received {n} bytes from /dev/ttyUSB0', 'battery at {n} %', 'state: idle -> busy {n}',
    '[{n}/9] Finished', '/scan: {n} messages', '"quoted" {n}', '{{"a": {n}}}')
_TRACE = ('\nTraceback (most recent call last):\n  File "node.py", line 7, in tick\n    go()\n'
          'ValueError: no {n}')
_ROS = {'WARNING': 'WARN', 'CRITICAL': 'FATAL'}
_GLOG = {'DEBUG': 'D', 'CRITICAL': 'F'}
_PINO = {'DEBUG': 20, 'INFO': 30, 'WARNING': 40, 'ERROR': 50, 'CRITICAL': 60}
_PRIORITY = {'DEBUG': 7, 'INFO': 6, 'WARNING': 4, 'ERROR': 3, 'CRITICAL': 2}


class Format(NamedTuple):
    """
    A format.

    :param write: makes the lines of a record
    :param unit_ns: how exact its times are
    :param levels: whether it has levels, else all is INFO
    :param nodes: whether it has names, else all is the file's
    :param lines: whether a message of several lines stays together
    :param encode: makes bytes of a file's text
    """

    name: str
    write: Callable[[Record], str]
    unit_ns: int = 1
    levels: bool = True
    nodes: bool = True
    lines: bool = True
    encode: Callable[[str], bytes] = str.encode


def records(count: int) -> list[Record]:
    """Return what is logged, in order of time."""
    chance = random.Random(7)
    found, at_ns = [], START_NS
    for number in range(count):
        at_ns += chance.randrange(1, 2_000_000_000)
        message = chance.choice(_MESSAGES).format(n=number)
        level = chance.choice(_LEVELS)
        if level == 'ERROR' and number % 2:
            message += _TRACE.format(n=number)
        found.append(Record(at_ns, level, chance.choice(NODES), '', message))
    return found


def _ros(record: Record) -> str:
    return _ROS.get(record.level, record.level)


def _epoch(record: Record, digits: int = 9) -> str:
    whole, rest = divmod(record.at_ns, 1_000_000_000)
    return f'{whole}.{rest:09d}'[:11 + digits]


def _utc(record: Record, pattern: str) -> str:
    when = datetime.fromtimestamp(record.at_ns // 1_000_000_000, timezone.utc)
    fraction = record.at_ns % 1_000_000_000
    return when.strftime(pattern).replace('{ms}', f'{fraction // 1_000_000:03d}').replace(
        '{us}', f'{fraction // 1000:06d}').replace('{ns}', f'{fraction:09d}')


def _text(layout: str, pattern: str = '%Y-%m-%d %H:%M:%S,{ms}') -> Callable[[Record], str]:
    """Return a writer of a layout with `{time}`, `{level}`, `{ros}`, `{name}`, `{message}`."""
    return lambda record: layout.format(
        time=_utc(record, pattern), epoch=_epoch(record), ns=record.at_ns, level=record.level,
        ros=_ros(record), small=record.level.lower(), name=record.node, message=record.message,
        letter=_GLOG.get(record.level, record.level[0]),
        priority=_PRIORITY[record.level] + 8)


def _journal(record: Record) -> str:
    return json.dumps({
        '__REALTIME_TIMESTAMP': str(record.at_ns // 1000), '_HOSTNAME': 'robot', '_PID': '77',
        'PRIORITY': str(_PRIORITY[record.level]), 'SYSLOG_IDENTIFIER': record.node,
        'MESSAGE': record.message})


def _structured(record: Record) -> str:
    return json.dumps({'time': _utc(record, '%Y-%m-%dT%H:%M:%S.{us}Z'), 'level': record.level,
                       'logger': record.node, 'msg': record.message})


def _pino(record: Record) -> str:
    return json.dumps({'level': _PINO[record.level], 'time': record.at_ns // 1_000_000, 'pid': 3,
                       'hostname': 'robot', 'name': record.node, 'msg': record.message})


def _elastic(record: Record) -> str:
    return json.dumps({'@timestamp': _utc(record, '%Y-%m-%dT%H:%M:%S.{ms}Z'), 'log.level':
                       record.level, 'message': record.message, 'service': {'name': record.node}})


def _json_float(record: Record) -> str:
    return '{"ts": %s, "logger": "%s", "level": "%s", "msg": %s}' % (
        _epoch(record, 6), record.node, record.level.lower(), json.dumps(record.message))


def _slog(record: Record) -> str:
    return (f'time={_utc(record, "%Y-%m-%dT%H:%M:%S.{ms}Z")} level={record.level} '
            f'logger={record.node} msg={json.dumps(record.message)}')


def _service(record: Record) -> str:
    return '\n'.join(f'{_utc(record, "%b %d %H:%M:%S")} robot ros2[9]: {line}'
                     for line in _launch_screen(record).split('\n'))


def _container(record: Record) -> str:
    lines = _text(_HEAD)(record).split('\n')
    return '\n'.join(f'{_process(record)}  | {line}' for line in lines)


def _launch_log(record: Record) -> str:
    lines = f'[{_ros(record)}] [{_epoch(record)}] [{record.node}]: {record.message}'.split('\n')
    return '\n'.join(f'{_epoch(record, 7)} [{_process(record)}] {line}' for line in lines)


def _launch_screen(record: Record) -> str:
    lines = f'[{_ros(record)}] [{_epoch(record)}] [{record.node}]: {record.message}'.split('\n')
    return '\n'.join(f'[{_process(record)}] {line}' for line in lines)


def _process(record: Record) -> str:
    return f'{record.node.split(".")[0]}-{NODES.index(record.node) + 1}'


_MS, _US, _S = 1_000_000, 1000, 1_000_000_000
_HEAD = '[{ros}] [{epoch}] [{name}]: {message}'
FORMATS = (
    Format('nevil', format_record, _US),
    Format('v3', _text('[{time} UTC] [{level:8s}] [{name:20s}] [-              ] {message}'), _MS),
    Format('rcutils', _text(_HEAD)),
    Format('rcutils in colours', _text('\x1b[33m' + _HEAD + '\x1b[0m')),
    Format('rcutils of the manual', _text(
        '[{ros} {epoch}] [{name}]: {message} (main() at /src/talker.cpp:12)'), lines=False),
    Format('rcutils, time first', _text('{epoch} {ros} {name} - {message}')),
    Format('rcutils, nanoseconds and blanks', _text('{ns} {ros} {name} {message}')),
    Format('rcutils, name first', _text('{name} | {epoch} | {ros} | {message}')),
    Format('rcutils, source first', _text('[{epoch}] talker.cpp:12 {ros} ({name}) {message}')),
    Format('rcutils, date', _text('{time} {ros} <{name}> {message}', '%Y-%m-%d %H:%M:%S.{ns}')),
    Format('ros 1 console', _text('[{ros:>5s}] [{epoch}]: {message}'), nodes=False),
    Format('ros 1 simulated', _text('[{ros:>5s}] [{epoch}, 12.500000000]: {message}'),
           nodes=False),
    Format('ros 1 rosout.log', _text(
        '{epoch} {ros} /{name} [/src/talker.cpp:12(main)] [topics: /rosout, /chatter] {message}')),
    Format('rospy file', _text('[{name}][{level}] {time}: {message}'), _MS),
    Format('launch.log', _launch_log),
    Format('launch on the screen', _launch_screen),
    Format('journald short', _text('{time} robot {name}[77]: {message}', '%b %d %H:%M:%S'), _S,
           levels=False, lines=False),
    Format('journald short-precise', _text(
        '{time} robot {name}[77]: {message}', '%b %d %H:%M:%S.{us}'), _US, levels=False),
    Format('journald short-iso', _text(
        '{time} robot {name}[77]: {message}', '%Y-%m-%dT%H:%M:%S+0000'), _S, levels=False),
    Format('journald short-iso-precise', _text(
        '{time} robot {name}[77]: {message}', '%Y-%m-%dT%H:%M:%S.{us}+00:00'), _US, levels=False),
    Format('journald short-unix', lambda record: (
        f'{_epoch(record, 6)} robot {record.node}[77]: {record.message}'), _US, levels=False),
    Format('journald json', _journal, _US),
    Format('journald with rcutils', _text(
        '{time} robot launch[9]: ' + _HEAD, '%b %d %H:%M:%S'), lines=False),
    Format('syslog rfc 5424', _text('<{priority}>1 {time} robot {name} 77 ID1 - {message}',
                                    '%Y-%m-%dT%H:%M:%S.{us}Z'), _US),
    Format('syslog rfc 3164', _text('<{priority}>{time} robot {name}[7]: {message}',
                                    '%b %d %H:%M:%S'), _S),
    Format('python basic', _text('{level}:{name}:{message}'), 1 << 62),
    Format('python usual', _text('{time} - {name} - {level} - {message}'), _MS),
    Format('python, level in brackets', _text('{time} [{level}] {name}: {message}'), _MS),
    Format('python, name before level', _text('{time} {name} {level} {message}'), _MS),
    Format('python without name', _text('{time} {level} {message}'), _MS, nodes=False),
    Format('python, process and thread', _text(
        '{time} {level:8s} [77] [MainThread] {name} - {message}'), _MS),
    Format('loguru', _text('{time} | {level:8s} | {name}:tick:12 - {message}',
                           '%Y-%m-%d %H:%M:%S.{ms}'), _MS),
    Format('spdlog', _text('[{time}] [{name}] [{small}] {message}', '%Y-%m-%d %H:%M:%S.{ms}'),
           _MS),
    Format('spdlog without name', _text('[{time}] [{small}] {message}', '%Y-%m-%d %H:%M:%S.{ms}'),
           _MS, nodes=False),
    Format('glog', _text('{letter}{time} 77 talker.cpp:12] {message}', '%m%d %H:%M:%S.{us}'), _US,
           nodes=False),
    Format('json lines', _structured, _US),
    Format('logfmt', _text('time={time} level={small} node={name} msg="x{ns}"',
                           '%Y-%m-%dT%H:%M:%S.{us}Z'), _US, lines=False),
    Format('time of day', _text('{time} {level} {name}: {message}', '%H:%M:%S.{ms}'), _MS),
    Format('milliseconds', lambda record: (
        f'{record.at_ns // 1_000_000} [{record.level}] {record.node}: {record.message}'), _MS),
    Format('launch in the journal', _service),
    Format('docker compose', _container),
    Format('rcutils, date in brackets', _text(
        '[{time}] [{ros}] [{name}]: {message}', '%Y-%m-%d %H:%M:%S.{ms}'), _MS),
    Format('rcutils, time last', lambda record: _text('{name} {ros}: {message} @ {epoch}')(
        record._replace(message=record.message.partition('\n')[0])), lines=False),
    Format('python, colons', _text('{time}:{level}:{name}:{message}'), _MS),
    Format('python, all in brackets', _text('[{time}] [{level}] [{name}] {message}'), _MS),
    Format('python, line of source', _text('{time} {level} {name}:88 {message}'), _MS),
    Format('python, thread before level', _text('{time} {name} MainThread {level} {message}'),
           _MS),
    Format('django', _text('{level} {time} {name} 4411 139812 {message}'), _MS),
    Format('celery', _text('[{time}: {level}/MainProcess] {message}'), _MS, nodes=False),
    Format('tabs', _text('{time}\t{ros}\t{name}\t{message}', '%Y-%m-%dT%H:%M:%S.{ms}Z'), _MS),
    Format('pino', _pino, _MS),
    Format('json of elastic', _elastic, _MS),
    Format('json, time as a number', _json_float, _US),
    Format('logfmt of slog', _slog, _MS),
    Format('UTF-16', _text(_HEAD), encode=lambda text: text.encode('utf-16')),
    Format('UTF-8 with mark, CRLF', _text(_HEAD), encode=lambda text: (
        text.replace('\n', '\r\n').encode('utf-8-sig'))),
    Format('zero bytes', _text(_HEAD), encode=lambda text: (
        text.encode().replace(b'[INFO]', b'\0' * 700 + b'[INFO]', 3))),
    Format('gzip', _text(_HEAD), encode=lambda text: gzip.compress(text.encode())),
)
