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

"""Show system logs, or those of one node."""

from __future__ import annotations

from argparse import ArgumentParser
from argparse import ArgumentTypeError
from argparse import Namespace
from dataclasses import replace
from datetime import tzinfo
from pathlib import Path
import sys
import time

from nevil_bringup.cli.pattern_lines import pattern_lines
from nevil_bringup.cli.pattern_lines import patterns_since
from nevil_bringup.cli.pattern_lines import starts_run
from nevil_bringup.cli.remote_logs import remote_address
from nevil_bringup.cli.remote_logs import RemoteLogs
from nevil_bringup.cli.times import since_ns
from nevil_bringup.errors import EXIT_OK
from nevil_bringup.errors import EXIT_USAGE
from nevil_bringup.errors import UserError
from nevil_bringup.printing.records import Printer
from nevil_bringup.printing.terminal import colours_wanted
from nevil_bringup.project import find_paths
from nevil_msggen.problem import did_you_mean
from nevil_nodes.logs import at_least
from nevil_nodes.logs import FilterSpec
from nevil_nodes.logs import Flag
from nevil_nodes.logs import Follower
from nevil_nodes.logs import LEVELS
from nevil_nodes.logs import normal_level
from nevil_nodes.logs import Predicate
from nevil_nodes.logs import read_records
from nevil_nodes.logs import TextTerm
from nevil_nodes.logs.case import CASE_SUFFIX
from nevil_nodes.logs.case import write_case
from nevil_nodes.logs.remote.address import SCHEME

__all__ = ['EPILOG', 'add_arguments', 'run']

EPILOG = """\
The logs of all nodes are merged by time. Without -n the last 100 records are shown, with --since
or --grep all that match, with -f the last 20. The records of failures (stacks,
last log lines) are in logs/crash.

examples:
    nevil logs speech_recognition
    nevil logs -f --level WARNING
    nevil logs --since 5m --grep 'timeout|refused'
    nevil logs --patterns --level WARNING
    nevil logs ssh://pi@robot/home/pi/my_robot -f
    nevil logs --since 1h --export crash.nlog --note 'see 17:54:03'"""

_TICK_S = 0.1
_LAST = 100
_LAST_FOLLOWED = 20


def add_arguments(parser: ArgumentParser) -> None:
    """Add what the verb takes."""
    parser.add_argument('node', nargs='*', metavar='node',
                        help="a node, or 'system'; before it ssh://USER@HOST[/PROJECT] for the "
                             'logs of a robot')
    parser.add_argument('-f', '--follow', action='store_true', help='follow: print new records')
    parser.add_argument('-n', '--lines', type=_count, metavar='N',
                        help="only the last N records, or 'all'")
    parser.add_argument('--level', type=_level, help='this level and worse: '
                        + ', '.join(LEVELS))
    parser.add_argument('--grep', type=_pattern, metavar='REGEX',
                        help='only records whose message matches')
    parser.add_argument('--exclude', type=_absent, metavar='REGEX',
                        help='only records whose message does not match')
    parser.add_argument('--crash', action='store_true',
                        help='only errors, and records about failures')
    parser.add_argument('--since', type=since_ns, metavar='TIME',
                        help="5m, 1h30m, 17:54 or '2026-11-22 17:54'")
    parser.add_argument('--patterns', action='store_true',
                        help='count messages without what varies in them; new ones come first')
    parser.add_argument('--export', type=_case_path, metavar='FILE.nlog',
                        help='write the records to a case that nevil monitor opens')
    parser.add_argument('--note', default='', metavar='TEXT',
                        help='a note for whoever opens the case')
    parser.add_argument('--json', action='store_true', help='one JSON object for each record')


def run(options: Namespace) -> int:
    """Print log records."""
    remote, node = _where(options)
    if remote is None:
        return _show(options, find_paths(options.project).logs, node)
    try:
        remote.fetch(retry=options.follow)
        return _show(options, remote.folder, node, remote)
    finally:
        remote.close()


def _where(options: Namespace) -> tuple[RemoteLogs | None, str | None]:
    """Return the robot whose logs are asked for, None for this machine's project; and the node."""
    words = list(options.node)
    address = remote_address(words.pop(0)) if words and words[0].startswith(SCHEME) else None
    if len(words) > 1:
        raise UserError(f'one node at a time: {words[1]!r} is one more', EXIT_USAGE)
    node = words[0] if words else None
    if address is None:
        return None, node
    everything = options.lines is not None or any((
        options.grep, options.exclude, options.since, options.crash, options.level,
        options.patterns, options.export))
    return RemoteLogs(address, everything=everything), node


def _show(
    options: Namespace, folder: Path, node: str | None, remote: RemoteLogs | None = None,
) -> int:
    names = _names(folder, node, following=options.follow)
    keep = _filter(options)
    files = [folder / name for name in names]
    zone = remote.zone if remote is not None else None
    if options.patterns:
        return _show_patterns(options, files, zone)
    if options.export:
        return _export(options, files, keep, zone)
    printer = Printer(as_json=options.json)
    if not options.follow:
        last = _lines(options, None if options.grep or options.since else _LAST)
        printer.show(read_records(files, keep=keep, last=last, zone=zone))
        if node and not options.json:
            _name_crash_record(folder, node)
        return EXIT_OK
    follower = Follower(folder, names=names if node else None, keep=keep, zone=zone,
                        last=_lines(options, None if options.since else _LAST_FOLLOWED))
    while True:
        if remote is not None:
            remote.step()
        printer.show(follower.poll(time.monotonic()))
        if not follower.behind:
            time.sleep(_TICK_S)


def _export(
    options: Namespace, files: list[Path], keep: Predicate | None, zone: tzinfo | None,
) -> int:
    """Write a case."""
    if options.follow:
        raise UserError('--export does not go with --follow', EXIT_USAGE)
    records = read_records(files, keep=keep, last=_lines(options, None), zone=zone)
    try:
        many = write_case(options.export, records, _spec(options), options.note)
    except OSError as error:
        raise UserError(f'{options.export}: {error.strerror}') from None
    print(f'{options.export}: {many} records; nevil monitor {options.export} opens it')
    return EXIT_OK


def _show_patterns(options: Namespace, files: list[Path], zone: tzinfo | None) -> int:
    """Print patterns, compared with the run before, or with what is before ``--since``."""
    if options.follow or options.lines:
        raise UserError('--patterns goes with neither --follow nor --lines', EXIT_USAGE)
    keep = replace(_spec(options), since_ns=None).matches
    records = list(read_records(
        files, keep=lambda one: keep(one) or starts_run(one), zone=zone))
    found, compared = patterns_since(records, options.since, keep)
    if found:
        print('\n'.join(pattern_lines(found, as_json=options.json, coloured=colours_wanted())))
    if not compared:
        print('there is no earlier run in these logs: nothing is compared', file=sys.stderr)
    return EXIT_OK


def _name_crash_record(logs: Path, node: str) -> None:
    """Print where the newest crash record of a node is; their names end with the time."""
    newest = max(logs.glob(f'crash/{node}-*.txt'), default=None)
    if newest is not None:
        print(f'newest crash record: {newest}', file=sys.stderr)


def _lines(options: Namespace, default: int | None) -> int | None:
    """Return how many of the last records to show, None for all."""
    if options.lines is None:
        return default
    return None if options.lines < 0 else int(options.lines)


def _names(folder: Path, node: str | None, *, following: bool) -> list[str]:
    present = sorted(path.name for path in folder.glob('*.log'))
    if node is None:
        if not present and not following:
            print(f'no logs in {folder} yet', file=sys.stderr)
        return present
    name = f'{node}.log'
    if name not in present:
        known = [log[:-4] for log in present]
        hint = did_you_mean(node, known) or (
            f'there are logs of {", ".join(known)}' if known else 'nothing was started here yet')
        raise UserError(f'there is no log of {node!r} in {folder}; {hint}')
    return [name]


def _filter(options: Namespace) -> Predicate | None:
    spec = _spec(options)
    return spec.matches if spec != FilterSpec() else None


def _spec(options: Namespace) -> FilterSpec:
    return FilterSpec(
        levels=at_least(options.level) if options.level else None, since_ns=options.since,
        flags=Flag.CRASH if options.crash else Flag(0),
        terms=tuple(term for term in (options.grep, options.exclude) if term))


def _pattern(text: str) -> TextTerm:
    try:
        return TextTerm.of_regex(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from None


def _case_path(text: str) -> Path:
    path = Path(text)
    if path.suffix != CASE_SUFFIX:
        raise ArgumentTypeError(f'{text!r} does not end with {CASE_SUFFIX}')
    return path


def _absent(text: str) -> TextTerm:
    return replace(_pattern(text), exclude=True)


def _level(text: str) -> str:
    level = normal_level(text)
    if level is None:
        raise ArgumentTypeError(f'{text!r} is not one of {", ".join(LEVELS)}')
    return level


def _count(text: str) -> int:
    if text == 'all':
        return -1
    if not (text.isascii() and text.isdigit()):
        raise ArgumentTypeError(f"{text!r} is not a number of records or 'all'")
    return int(text)
