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

"""The logs of another machine: all of them, once, whatever cuts the connection."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
import os
from pathlib import Path
import time

from nevil_nodes.logs import Follower
from nevil_nodes.logs.remote import RemoteAddress
from nevil_nodes.logs.remote import RemoteFolder
import pytest
from quality.other_machine import Machine
from quality.other_machine import SSHD
from quality.other_machine import sshd
from quality.other_machine import without_network
from quality.waiting import wait_for

from rotating import line
from rotating import RotatingFile

needs_sshd = pytest.mark.skipif(SSHD is None, reason='no sshd here: apt install openssh-server')


@pytest.fixture(params=['without a network', pytest.param('sshd', marks=needs_sshd)])
def machine(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Machine]:
    """Return a machine whose home is the test's folder, reached by the ``ssh`` in PATH."""
    place = tmp_path / 'network'
    place.mkdir()
    made: AbstractContextManager[Machine] = (
        sshd(place) if request.param == 'sshd' else without_network(place))
    with made as found:
        monkeypatch.setenv('PATH', f'{found.bin}:{os.environ["PATH"]}')
        yield found


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """Return the folder of logs of a project there."""
    folder = tmp_path / 'robot' / 'logs'
    folder.mkdir(parents=True)
    return folder


class Reader:
    """Reads what is fetched."""

    def __init__(self, address: str, history_bytes: int | None = None) -> None:
        self.remote = RemoteFolder(RemoteAddress.of(address), history_bytes=history_bytes)
        self.messages: list[str] = []
        self._follower = Follower(self.remote.folder, last=None, hold_s=0.0)

    def step(self) -> None:
        """Fetch and read."""
        self.remote.step(0.01)
        now = time.monotonic()
        for _ in range(2):  # what is read is ripe when it is looked at again
            self.messages += [one.message for one in self._follower.poll(now)]

    def wait_for(self, count: int) -> None:
        """Wait until that many messages are here."""
        wait_for(lambda: len(self.messages) >= count, step=self.step,
                 what=lambda: f'{len(self.messages)}: {self.remote.status}')

    def close(self) -> None:
        """End it."""
        self._follower.close()
        self.remote.close()


def write(log: RotatingFile, first: int, count: int) -> list[str]:
    """Write numbered records; return their messages."""
    found = [f'message {number}' for number in range(first, first + count)]
    log.write(''.join(line(1000 + number / 1000, text)
                      for number, text in enumerate(found, first)).encode())
    return found


def test_nothing_is_lost_or_repeated_over_two_cuts_and_rotations(
        machine: Machine, logs: Path) -> None:
    """The connection is cut twice, and files are rotated while it is up and while it is not."""
    log = RotatingFile(logs / 'camera.log', keep_files=9)
    wanted = write(log, 0, 500)
    reader = Reader(f'{machine.address}{logs.parent}')
    try:
        reader.wait_for(499)
        for _ in range(2):
            log.rotate()
            wanted += write(log, len(wanted), 700)
            reader.wait_for(len(wanted) - 1)
            machine.cut()
            wait_for(lambda: reader.remote.problem and not reader.remote.following,
                     step=reader.step)
            assert reader.remote.status.startswith('cut since ')
            wanted += write(log, len(wanted), 300)
            log.rotate()
            wanted += write(log, len(wanted), 300)
            log.rotate()
            wanted += write(log, len(wanted), 300)
            reader.wait_for(len(wanted) - 1)
        wait_for(lambda: reader.remote.following, step=reader.step)
        assert f'following {reader.remote.address.name}:{logs}' in reader.remote.status
        wait_for(lambda: reader.messages == wanted, step=reader.step,
                 what=lambda: f'{len(reader.messages)} of {len(wanted)}')
        assert reader.remote.cuts == 2
    finally:
        reader.close()
    assert not reader.remote.folder.exists()


def test_names_of_files_follow_those_of_the_other_machine(machine: Machine, logs: Path) -> None:
    """What was rotated there is rotated here; what was removed there is removed here."""
    log = RotatingFile(logs / 'camera.log')
    (logs / 'deep').mkdir()
    (logs / 'deep' / 'arm.log').write_text(line(1, 'arm'))
    (logs / 'notes.txt').write_text('no log')
    write(log, 0, 3)
    remote = RemoteFolder(RemoteAddress.of(f'{machine.address}{logs}'))

    def names() -> set[str]:
        remote.step(0.01)
        return {str(path.relative_to(remote.folder))
                for path in remote.folder.rglob('*') if path.is_file()}
    try:
        wait_for(lambda: names() == {'camera.log', 'deep/arm.log'}, what=names)
        log.rotate()
        write(log, 3, 2)
        wait_for(lambda: names() == {'camera.log', 'camera.log.1', 'deep/arm.log'}, what=names)
        (logs / 'deep' / 'arm.log').unlink()
        wait_for(lambda: names() == {'camera.log', 'camera.log.1'}, what=names)
        for file in logs.glob('camera.log*'):
            assert (remote.folder / file.name).read_bytes() == file.read_bytes()
            assert (remote.folder / file.name).stat().st_mtime == file.stat().st_mtime
    finally:
        remote.close()


def test_a_file_that_is_cut_short_is_read_from_its_start(machine: Machine, logs: Path) -> None:
    """Rotation by copytruncate leaves the file and empties it."""
    log = logs / 'camera.log'
    log.write_text(line(1, 'one') + line(2, 'two'))
    reader = Reader(f'{machine.address}{logs}')
    try:
        reader.wait_for(1)
        log.write_text(line(3, 'three'))
        reader.wait_for(3)
        with log.open('a') as file:
            file.write(line(4, 'four'))
        reader.wait_for(4)
        assert reader.messages == ['one', 'two', 'three', 'four']
    finally:
        reader.close()


def test_of_a_long_history_the_end_is_fetched_and_the_rest_is_told(
        machine: Machine, logs: Path) -> None:
    """A gigabyte of old logs is not what one waits for."""
    log = RotatingFile(logs / 'camera.log')
    wanted = write(log, 0, 2000)
    reader = Reader(f'{machine.address}{logs}', history_bytes=10_000)
    try:
        wait_for(lambda: reader.remote.following, step=reader.step)
        wanted += write(log, 2000, 10)
        wait_for(lambda: reader.messages[-1:] == wanted[-1:], step=reader.step)
        assert 50 < len(reader.messages) < 500
        assert reader.messages == wanted[-len(reader.messages):]
        assert '0.1 MB of older text left out' in reader.remote.status
    finally:
        reader.close()


@pytest.mark.parametrize('script, said', [
    ('echo "Permission denied (publickey)." >&2; exit 255', 'Permission denied (publickey).'),
    ('exit 127', 'python3 is not installed on robot'),
    ('echo NEVIL-LOGS 1; echo "{no"; cat', 'Expecting property name'),
    ('echo NEVIL-LOGS 1; echo \'{"kind": "names", "names": {"1:2": "../x.log"}, "file": "1:2", '
     '"start": 0, "offset": 0, "size": 0}\'; cat', "'../x.log' is no log"),
    ('for last; do :; done; exec sh -c "$last"', '/no/such/folder: there is no such folder')])
def test_what_is_wrong_is_told_and_tried_again(
    script: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A robot that is switched off, refuses us or sends nonsense is one state among others."""
    machine = Machine(tmp_path, 'ssh://pi@robot', script)
    monkeypatch.setenv('PATH', f'{machine.bin}:{os.environ["PATH"]}')
    remote = RemoteFolder(RemoteAddress.of('ssh://pi@robot/no/such/folder'))
    try:
        assert remote.status == 'connecting to robot'
        wait_for(lambda: remote.problem, step=lambda: remote.step(0.01))
        assert remote.status.startswith(f'no connection to robot ({said}')
        assert '; next try in ' in remote.status and not remote.following
    finally:
        remote.close()


@pytest.mark.parametrize('text, address', [
    ('ssh://robot', RemoteAddress('robot')),
    ('ssh://robot/', RemoteAddress('robot')),
    ('ssh://pi@robot.local:2222/home/pi/my_robot',
     RemoteAddress('pi@robot.local', '2222', '/home/pi/my_robot')),
    ('ssh://pi@[fe80::1%eth0]/~/x y', RemoteAddress('pi@fe80::1%eth0', '', '/~/x y'))])
def test_an_address_is_read(text: str, address: RemoteAddress) -> None:
    """User, host, port and project."""
    assert RemoteAddress.of(text) == address


@pytest.mark.parametrize('text', [
    'ssh://', 'ssh://-oProxyCommand=x', 'ssh://a b', 'ssh://robot:x', 'robot:logs',
    'ssh://pi@-x/y'])
def test_what_is_no_address_is_refused(text: str) -> None:
    """None becomes an option of ssh."""
    with pytest.raises(ValueError, match='is not ssh://USER@HOST'):
        RemoteAddress.of(text)


def test_the_command_ends_options_before_the_host() -> None:
    """And asks for nothing where nobody would answer."""
    address = RemoteAddress('pi@robot', '22', '/x')
    command = address.command('run it', asks=False)
    assert command[0] == 'ssh' and command[-5:] == ['-p', '22', '--', 'pi@robot', 'run it']
    assert '-oBatchMode=yes' in command
