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

"""Options that several verbs have."""

from __future__ import annotations

from argparse import ArgumentParser
from argparse import BooleanOptionalAction

from nevil_bringup.cli.times import at_least_zero

__all__ = ['add_json', 'add_wait']


def add_json(parser: ArgumentParser) -> None:
    """Add ``--json``."""
    parser.add_argument('--json', action='store_true', help='print JSON, for programs')


def add_wait(
    parser: ArgumentParser, what: str, *, wait: bool | None, timeout_s: float | None,
    declared: tuple[str, str] = ('', ''),
) -> None:
    """
    Add ``--wait``, ``--no-wait`` and ``--timeout``.

    :param what: what the verb waits for
    :param wait: whether it waits by default; None: the project decides
    :param declared: the keys of the root file that decide then
    """
    keys = [f' ({key})' if key else '' for key in declared]
    parser.add_argument('--wait', action=BooleanOptionalAction, default=wait,
                        help=f'wait {what}{keys[0]}')
    parser.add_argument('--timeout', type=at_least_zero, default=timeout_s, metavar='S',
                        help=f'seconds to wait for that{keys[1]}')
