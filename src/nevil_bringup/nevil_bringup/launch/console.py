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

"""What nodes print, on launch's console and in its log folder."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
import logging
from pathlib import Path
import time
from typing import Any

import launch.logging
from nevil_nodes.logs import Follower
from nevil_nodes.logs import format_record
from nevil_nodes.logs import Record

__all__ = ['Console']

_LOOK_S = 0.1
# launch runs in the same loop: it gets its turn between two pieces, however much there is.
_AT_ONCE_S = 0.005
_OWN = 'system'


class Console:
    """
    Follows the log files of a robot; a context manager.

    The nodes write into pipes of Nevil's capture and never wait for this, however slow the
    console is.
    """

    def __init__(self, logs: Path, nodes: Mapping[str, Any]) -> None:
        """
        Begin at the present end of the files.

        :param nodes: the node actions by name; they may become more
        """
        logs.mkdir(parents=True, exist_ok=True)
        self._nodes = nodes
        self._follower = Follower(logs)
        self._log = launch.logging.get_logger('nevil')

    def __enter__(self) -> Console:
        """Return the console."""
        return self

    def __exit__(self, *_: object) -> None:
        """Show the rest: nothing is written any more."""
        self._print(self._follower.drain())

    async def show(self) -> None:
        """Show what comes until cancelled."""
        while True:
            self._print(self._follower.poll(time.monotonic()))
            await asyncio.sleep(_AT_ONCE_S if self._follower.behind else _LOOK_S)

    def _print(self, records: list[Record]) -> None:
        """Hand runs of records of one node to its action."""
        lines: list[str] = []
        last = ''
        for record in records:
            if record.node != last and lines:
                self._hand_over(last, lines)
                lines = []
            last = record.node
            if record.node == _OWN or record.node not in self._nodes:
                self._own(record)
            else:
                lines += format_record(record).splitlines()
        if lines:
            self._hand_over(last, lines)

    def _hand_over(self, node: str, lines: list[str]) -> None:
        self._nodes[node].printed(lines)

    def _own(self, record: Record) -> None:
        level = logging.getLevelName(record.level)
        self._log.log(level if isinstance(level, int) else logging.INFO, record.message)
