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

"""A folder of logs on another machine, followed through ``ssh`` whatever cuts the connection."""

from __future__ import annotations

from datetime import timedelta
from datetime import timezone
import inspect
import json
import os
from pathlib import Path
import shutil
import subprocess
import sys
import tempfile
import time
from typing import Any

from nevil_nodes.logs.generations import NAMES_OF_LOGS
from nevil_nodes.logs.remote import program
from nevil_nodes.logs.remote.address import RemoteAddress
from nevil_nodes.logs.remote.frames import Frames
from nevil_nodes.logs.remote.mirror import Mirror
from nevil_nodes.logs.remote.mirror import MirrorError

__all__ = ['RemoteFolder']

_FIRST_RETRY_S = 1.0
_LONGEST_RETRY_S = 15.0
_END_S = 2.0
_NO_PYTHON = 127
_NOTHING = 'the connection was closed'


class RemoteFolder:
    """
    Follows the logs, in slices: nothing is lost or repeated, also when it is cut and rotated.

    ``folder`` has copies of them, which are removed at the end.

    :param history_bytes: of each log, that much of what is there already; None is all
    """

    def __init__(self, address: RemoteAddress, *, history_bytes: int | None = None) -> None:
        self.address = address
        self.folder = Path(tempfile.mkdtemp(prefix='nevil-logs-'))
        # The folder there, and how far its clock is from UTC; unknown until it has answered.
        self.there = ''
        self.zone: timezone | None = None
        # Whether all that was there at first is here.
        self.caught_up = False
        # Why it is not connected; '' while it is, or is being tried for the first time.
        self.problem = ''
        self.cuts = 0
        self._notes = ''
        self._history_bytes = history_bytes
        self._mirror = Mirror(self.folder)
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed by ``close``
        self._ssh: subprocess.Popen[bytes] | None = None
        self._frames = Frames()
        self._unsent = b''
        # A frame that waits until the copies have been read, and whether they have changed.
        self._held: tuple[dict[str, Any], bytes] | None = None
        self._new = False
        self._following = False
        self._cut_at = ''
        self._retry_s = _FIRST_RETRY_S
        self._next_s = 0.0

    @property
    def following(self) -> bool:
        """Return whether it is connected and has all."""
        return self._following

    @property
    def status(self) -> str:
        """Return where it is: connecting, following, or cut since when, why, and what is next."""
        name = self.address.name
        if self._following:
            return f'following {name}:{self.there}{self._notes}'
        if self.problem and self._ssh is None:
            left = max(0.0, self._next_s - time.monotonic())
            since = f'cut since {self._cut_at}' if self._cut_at else f'no connection to {name}'
            return f'{since} ({self.problem}); next try in {left:.0f} s'
        if self.there and self._frames.started:
            return f'reading {name}:{self.there}'
        return f'connecting to {name}' + (f', cut since {self._cut_at}' if self._cut_at else '')

    def step(self, budget_s: float) -> None:
        """Take what has been sent, for about that long."""
        deadline = time.monotonic() + budget_s
        if self._ssh is None:
            if time.monotonic() < self._next_s:
                return
            self._connect()
        self._send()
        self._new = False
        try:
            while not self._take_frame() and time.monotonic() < deadline:
                if not self._receive():
                    break
        except (MirrorError, OSError, ValueError, KeyError) as error:
            self._cut(f'{error}')

    def close(self) -> None:
        """Leave the other machine, and remove the copies; may be called again."""
        self._end()
        self._errors.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _connect(self) -> None:
        text = inspect.getsource(program).encode()
        run = f"exec python3 -c 'import sys; exec(sys.stdin.buffer.read({len(text)}))'"
        self._errors.seek(0)
        self._errors.truncate()
        try:
            self._ssh = subprocess.Popen(
                self.address.command(run, asks=sys.stdin is not None and sys.stdin.isatty()),
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors)
        except OSError as error:
            self._cut(f'ssh: {error.strerror}')
            return
        assert self._ssh.stdin is not None and self._ssh.stdout is not None
        for pipe in (self._ssh.stdin, self._ssh.stdout):
            os.set_blocking(pipe.fileno(), False)
        self._frames, self._held = Frames(), None
        request = {'path': self.address.path, 'names': NAMES_OF_LOGS, 'have': self._mirror.have(),
                   'history': None if self.caught_up else self._history_bytes}
        self._unsent = text + json.dumps(request).encode() + b'\n'

    def _send(self) -> None:
        """Write what the pipe takes."""
        if self._unsent and self._ssh is not None and self._ssh.stdin is not None:
            try:
                self._unsent = self._unsent[os.write(self._ssh.stdin.fileno(), self._unsent):]
            except BlockingIOError:
                pass
            except OSError:
                self._unsent = b''  # it has ended; the reason is found when it is read from

    def _receive(self) -> bool:
        """Read what is there; return whether there was something."""
        if self._ssh is None or self._ssh.stdout is None:
            return False
        data = self._ssh.stdout.read(256 * 1024)
        if data is None:
            return False
        if not data:
            self._cut('')
            return False
        self._frames.feed(data)
        return True

    def _take_frame(self) -> bool:
        """Take frames; return whether the copies must be read before the next one."""
        while (frame := self._held or self._frames.next()) is not None:
            self._held = None
            head, data = frame
            if head['kind'] == 'hello':
                self._hello(head)
            elif head['kind'] == 'caught':
                self._caught(head)
            elif self._new and head['kind'] in ('gone', 'cut'):
                self._held = frame  # what it takes away has not been read yet
                return True
            else:
                self._new = True
                self._mirror.take(head, data)
                if head['kind'] == 'cut':
                    return True
        return False

    def _hello(self, head: dict[str, Any]) -> None:
        self.there = str(head['folder'])
        self.zone = timezone(timedelta(seconds=head['zone']))
        if head['problem']:
            raise MirrorError(f'{self.there}: {head["problem"]}')

    def _caught(self, head: dict[str, Any]) -> None:
        self.caught_up = self._following = True
        self.problem = self._cut_at = ''
        self._retry_s = _FIRST_RETRY_S
        if not self.cuts:
            notes = []
            if head['skipped']:
                notes.append(f'{head["skipped"] / 1e6:.1f} MB of older text left out')
            notes += [f'{head["left_out"]} files left out'] if head['left_out'] else []
            self._notes = '; '.join(['', *notes])

    def _cut(self, why: str) -> None:
        """Note that the connection is gone, and when it is tried again."""
        status = self._end()
        self._errors.seek(0)
        said = [line for line in self._errors.read().decode('utf-8', 'replace').split('\n')
                if line.strip()]
        if status == _NO_PYTHON:
            why = f'python3 is not installed on {self.address.name}'
        self.problem = why or (said[-1].strip() if said else _NOTHING)
        if self._following:
            self.cuts += 1
            self._cut_at = time.strftime('%H:%M:%S')
        self._following = False
        self._next_s = time.monotonic() + self._retry_s
        self._retry_s = min(2 * self._retry_s, _LONGEST_RETRY_S)

    def _end(self) -> int | None:
        """End ssh; return its exit status."""
        ssh, self._ssh = self._ssh, None
        if ssh is None:
            return None
        for pipe in (ssh.stdin, ssh.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:
                    pass  # what was still to be written goes nowhere
        ssh.terminate()
        try:
            return ssh.wait(_END_S)
        except subprocess.TimeoutExpired:
            ssh.kill()
            return ssh.wait()
