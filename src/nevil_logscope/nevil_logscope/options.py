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

"""What LogScope can be started with: the same in its window and in rqt."""

from __future__ import annotations

from argparse import ArgumentParser
from argparse import ArgumentTypeError

__all__ = ['add_options']

_MAX_ENTRIES = 10_000


def add_options(parser: ArgumentParser) -> None:
    """Add the options to a parser."""
    parser.add_argument('files', nargs='*', metavar='FILE',
                        help='show these logs; - is standard input, ssh://USER@HOST[/PROJECT] '
                             'a robot')
    parser.add_argument('-d', '--log-dir', metavar='DIR', help='show this folder of logs')
    parser.add_argument('--at', default='', metavar='TIME',
                        help="open at this time: 17:54:03.5 or '2026-11-22 17:54:03.5'")
    parser.add_argument('--node', default='', metavar='NODE',
                        help='open at the entry of this node; without --at at its newest error')
    parser.add_argument('--theme', choices=('dark', 'light'),
                        help='colours; default: as last time')
    parser.add_argument('-m', '--max-entries', type=_entries, metavar='N', default=_MAX_ENTRIES,
                        help=f'entries to keep ({_MAX_ENTRIES})')


def _entries(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f'{text!r} is not a number of entries, 1 or more')
    return int(text)
