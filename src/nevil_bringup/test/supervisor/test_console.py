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

"""What stands in the logs is printed too, as long as somebody reads it, and to the end."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Iterator
from pathlib import Path
import socket
from typing import cast

from nevil_bringup.printing.records import Printer
from nevil_bringup.supervisor.console import Console
from nevil_bringup.supervisor.console import copy
from nevil_nodes.logs import Follower
from nevil_nodes.logs import Record
import pytest


class _Follower:
    """Has one record each time, and closes the supervisor's end after some."""

    behind = True

    def __init__(self, supervisor: socket.socket, polls: int) -> None:
        self._supervisor, self._polls = supervisor, polls

    def poll(self, _now: float) -> list[str]:
        self._polls -= 1
        if not self._polls:
            self._supervisor.close()
        return [f'{self._polls} to go']

    def drain(self) -> list[str]:
        return ['the rest']


class _Printer:
    """Keeps what it is to print; raises instead where nobody reads it."""

    def __init__(self, *, read: bool = True) -> None:
        self.shown: list[str] = []
        self._read = read

    def show(self, records: Iterable[Record]) -> None:
        if not self._read:
            raise BrokenPipeError
        self.shown += cast(Iterable[str], records)


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Return the ends of the link: the supervisor's and the console's."""
    supervisor, console = socket.socketpair()
    with supervisor, console:
        yield supervisor, console


def _copy(ends: tuple[socket.socket, socket.socket], printer: _Printer, polls: int = 3) -> None:
    copy(cast(Follower, _Follower(ends[0], polls)), cast(Printer, printer), ends[1])


def test_everything_is_printed_until_the_supervisor_has_gone(
        ends: tuple[socket.socket, socket.socket]) -> None:
    """Its last lines are written while it ends, after the last look."""
    printer = _Printer()
    _copy(ends, printer)
    assert printer.shown == ['2 to go', '1 to go', '0 to go', 'the rest']


def test_a_reader_that_has_gone_ends_it_without_a_traceback(
        ends: tuple[socket.socket, socket.socket]) -> None:
    """``nevil start --foreground | head`` is no failure of the robot; it had found its place."""
    _copy(ends, _Printer(read=False))
    assert ends[0].recv(9) == b'.'


def test_a_supervisor_that_has_gone_before_is_no_error(
        ends: tuple[socket.socket, socket.socket]) -> None:
    """Both are started at once, and either may be killed."""
    ends[0].close()
    printer = _Printer()
    _copy(ends, printer)
    assert printer.shown == []


def test_the_process_prints_what_is_written_and_leaves_out_who_is_quiet(
        tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The whole of it once, with its own process and real files."""
    log = tmp_path / 'arm.log'
    line = '[2026-01-02 03:04:05.000000+00:00] [INFO] [{0}] [main] {1}\n'
    log.write_text(line.format('arm', 'before'))
    console = Console(tmp_path, ['camera'])
    with log.open('a') as file:
        file.write(line.format('arm', 'moves') + line.format('camera', 'sees'))
    console.close()
    assert [text.rpartition('] ')[2] for text in capfd.readouterr().out.splitlines()] == ['moves']
