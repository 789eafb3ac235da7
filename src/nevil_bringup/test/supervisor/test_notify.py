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

"""The service manager is told by datagrams, and never waited for."""

from __future__ import annotations

from collections.abc import Iterator
import os
from pathlib import Path
import socket

from nevil_bringup.supervisor.notify import ServiceManager
import pytest


@pytest.fixture(params=['path', 'abstract'])
def listener(
        request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[socket.socket, str]]:
    """Return a socket as systemd has it, and its name in the environment."""
    name = str(tmp_path / 'notify') if request.param == 'path' else f'@nevil-test-{os.getpid()}'
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(f'\0{name[1:]}' if name.startswith('@') else name)
        heard.settimeout(10)
        yield heard, name


def test_news_is_one_datagram_of_lines(listener: tuple[socket.socket, str]) -> None:
    """What listens takes the assignments of a datagram together, split at line ends."""
    heard, name = listener
    manager = ServiceManager({'NOTIFY_SOCKET': name})
    assert manager.listens
    assert manager.tell(READY='1', STATUS='2 of 2\nnodes ready')
    assert heard.recv(4096) == b'READY=1\nSTATUS=2 of 2 nodes ready'


def test_what_is_not_taken_goes_with_the_next(tmp_path: Path) -> None:
    """A manager that is busy, or is restarted itself, must not miss that we are ready."""
    name = str(tmp_path / 'notify')
    manager = ServiceManager({'NOTIFY_SOCKET': name})
    assert not manager.tell(READY='1', STATUS='old')
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(name)
        heard.settimeout(10)
        assert manager.tell(STATUS='new')
        assert heard.recv(4096) == b'READY=1\nSTATUS=new'
        assert manager.tell(WATCHDOG='1')
        assert heard.recv(4096) == b'WATCHDOG=1'


def test_a_manager_that_does_not_read_holds_up_nothing(tmp_path: Path) -> None:
    """The loop that tells it is the one that restarts nodes."""
    name = str(tmp_path / 'notify')
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(name)
        manager = ServiceManager({'NOTIFY_SOCKET': name})
        told = sum(manager.tell(STATUS=str(number)) for number in range(5000))
        assert 0 < told < 5000
        for _ in range(told):
            heard.recv(4096)
        assert manager.tell(WATCHDOG='1')
        assert heard.recv(4096) == b'STATUS=4999\nWATCHDOG=1'


@pytest.mark.parametrize('address', ['', 'relative', 'vsock:2:1234'])
def test_without_a_socket_nothing_is_told(address: str) -> None:
    """Started from a shell, there is nobody."""
    manager = ServiceManager({'NOTIFY_SOCKET': address})
    assert not manager.listens
    assert not manager.tell(READY='1')


def test_children_do_not_inherit_it() -> None:
    """A node that sent READY=1 would speak for the robot."""
    environ = {'NOTIFY_SOCKET': '/x', 'WATCHDOG_USEC': '2000000', 'WATCHDOG_PID': str(os.getpid()),
               'HOME': '/root'}
    assert ServiceManager(environ).watchdog_s == 2.0
    assert environ == {'HOME': '/root'}


@pytest.mark.parametrize(('microseconds', 'pid'), [
    ('', ''), ('0', ''), ('soon', ''), ('2000000', '1')])
def test_a_watchdog_that_is_not_ours_is_none(microseconds: str, pid: str) -> None:
    """WATCHDOG_PID names whom systemd watches; another's variables may have come down to us."""
    environ = {'NOTIFY_SOCKET': '/x', 'WATCHDOG_USEC': microseconds, 'WATCHDOG_PID': pid}
    assert ServiceManager(environ).watchdog_s is None
