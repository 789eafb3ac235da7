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

"""The supervisor's own lines never make it wait, and what is lost is counted."""

from __future__ import annotations

from collections.abc import Iterator
import logging
import os
import select
import subprocess
import sys

from nevil_bringup.supervisor.log import PipeHandler
import pytest


class _Pipe:
    """A pipe as capture gives it, with a logger that writes to it."""

    def __init__(self) -> None:
        self.read_end, self.write_end = os.pipe()
        os.set_blocking(self.read_end, False)
        os.set_blocking(self.write_end, False)
        self.log = logging.Logger('supervisor')
        self.log.addHandler(PipeHandler(self.write_end))

    def read(self) -> list[str]:
        """Return the lines that have come."""
        return os.read(self.read_end, 1 << 20).decode().splitlines()

    def close(self) -> None:
        """Close both ends."""
        os.close(self.read_end)
        os.close(self.write_end)


@pytest.fixture
def pipe() -> Iterator[_Pipe]:
    """Return a pipe that nobody else uses."""
    made = _Pipe()
    yield made
    made.close()


def test_a_line_has_the_layout_of_all_logs(pipe: _Pipe) -> None:
    """LogScope and ``nevil logs`` read it as they read those of the nodes."""
    pipe.log.warning('camera: %d beats are missing', 3)
    line, = pipe.read()
    assert line.endswith('[WARNING] [nevil] [supervisor] camera: 3 beats are missing')


def test_lines_that_a_full_pipe_does_not_take_are_counted(pipe: _Pipe) -> None:
    """Nobody should think that a gap was silence."""
    for number in range(5000):
        pipe.log.info('line %d', number)
    taken = pipe.read()
    pipe.log.info('and on')
    lost, last = pipe.read()
    assert f'{5000 - len(taken)} lines were lost' in lost and '[WARNING]' in lost
    assert last.endswith('and on')
    pipe.log.info('again')
    assert len(pipe.read()) == 1, 'told once'


def test_text_that_is_not_unicode_is_written_escaped(pipe: _Pipe) -> None:
    """The names of files may be any bytes."""
    pipe.log.info('cannot read %s', os.fsdecode(b'caf\xe9'))
    assert pipe.read()[0].endswith(r'cannot read caf\udce9')


def test_a_line_that_cannot_be_formatted_ends_nothing(
        pipe: _Pipe, capsys: pytest.CaptureFixture[str]) -> None:
    """A mistake in a message must not end supervision."""
    pipe.log.info('%d nodes', 'three')
    pipe.log.info('and on')
    assert [line.rpartition('] ')[2] for line in pipe.read()] == ['and on']
    assert 'Logging error' in capsys.readouterr().err


_TALK = """\
import logging, os, sys
from nevil_bringup.supervisor.log import log_to
log_to(int(sys.argv[1]), 'INFO')
log = logging.getLogger('supervisor')
for number in range(20000):
    log.info('line %d', number)
os.write(int(sys.argv[2]), b'.')
sys.stdin.read()
log.info('and on')
"""


def test_a_log_that_nobody_reads_does_not_stop_the_supervisor() -> None:
    """A capture process may hang on its disk: that costs lines, and no robot."""
    log, log_in = os.pipe()
    done, done_in = os.pipe()
    with subprocess.Popen(
            [sys.executable, '-c', _TALK, str(log_in), str(done_in)], pass_fds=[log_in, done_in],
            stdin=subprocess.PIPE) as talker:
        assert talker.stdin is not None
        try:
            assert select.select([done], [], [], 20)[0], 'it waits for a reader'
            lines = os.read(log, 1 << 20).splitlines()
            assert lines[0].endswith(b'line 0')
            assert all(line.startswith(b'[') for line in lines)
            talker.stdin.close()
            assert talker.wait(20) == 0
            lost, last = os.read(log, 1 << 20).splitlines()
            assert f'{20000 - len(lines)} lines were lost' in lost.decode()
            assert last.endswith(b'and on')
        finally:
            talker.kill()
    for descriptor in (log, log_in, done, done_in):
        os.close(descriptor)
