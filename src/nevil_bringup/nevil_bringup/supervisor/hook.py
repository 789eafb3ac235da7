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

"""The hook of ``alerts.exec``: a command of the user, run for each notification."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from collections.abc import Sequence
import json
import logging
import os
import signal
from typing import Any

__all__ = ['AlertHook']

_log = logging.getLogger('supervisor')
# A command that hangs for its whole timeout must not let memory grow.
_MAX_WAITING = 100
_REPEATED = 'repeated'
_MAX_OUTPUT = 500


class AlertHook:
    """
    Runs the command, one at a time, in the order of the alerts.

    It gets the alert as JSON on its standard input and the main fields in its environment. It is
    run without a shell and has its time; what it says is logged only when it fails. Where it is
    too slow, repeats are dropped and counted; what begins, gets worse or ends never is.
    """

    def __init__(self, argv: Sequence[str], *, timeout_s: float, environ: Mapping[str, str],
                 cwd: str) -> None:
        """Remember the command; with an empty one nothing is ever run."""
        self._argv = tuple(argv)
        self._timeout_s = timeout_s
        self._environ = environ
        self._cwd = cwd
        self._waiting: deque[dict[str, Any]] = deque()
        self._dropped = 0  # since the command was run last
        self._task: asyncio.Task[None] | None = None

    def tell(self, kind: str, alert: Mapping[str, Any]) -> None:
        """Run the command for this piece of news, now or after those before it."""
        if not self._argv:
            return
        self._waiting.append({'kind': kind, **alert})
        if len(self._waiting) > _MAX_WAITING:
            self._drop_a_repeat()
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run())

    async def close(self) -> None:
        """Stop the running command; drop the notifications that still wait."""
        self._waiting.clear()
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    def _drop_a_repeat(self) -> None:
        """Drop the oldest waiting repeat, if any: its content was sent before."""
        for at, news in enumerate(self._waiting):
            if news['kind'] == _REPEATED:
                del self._waiting[at]
                self._dropped += 1
                return

    async def _run(self) -> None:
        try:
            while self._waiting:
                dropped, self._dropped = self._dropped, 0
                if dropped:
                    _log.warning('alerts.exec: %s is too slow, %d repeats were dropped',
                                 self._argv[0], dropped)
                await self._call({**self._waiting.popleft(), 'dropped': dropped})
        finally:
            self._task = None

    async def _call(self, news: dict[str, Any]) -> None:
        environ = {**self._environ, 'NEVIL_ALERT_KIND': news['kind'], **{
            f'NEVIL_ALERT_{key.upper()}': str(news[key])
            for key in ('id', 'node', 'signal', 'state', 'severity', 'text', 'dropped')}}
        try:
            process = await asyncio.create_subprocess_exec(
                # A group of its own, so that a shell script that hangs is killed with what it has
                # started.
                *self._argv, cwd=self._cwd, env=environ, start_new_session=True,
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT)
        except OSError as error:
            _log.error('alerts.exec: %s: %s', self._argv[0], error.strerror)
            return
        try:
            said, _ = await asyncio.wait_for(
                process.communicate(json.dumps(news).encode() + b'\n'), self._timeout_s)
        except asyncio.TimeoutError:
            _log.error('alerts.exec: %s took longer than %.0f s, ended',
                       self._argv[0], self._timeout_s)
        else:
            if process.returncode:
                _log.error('alerts.exec: %s: status %d: %s', self._argv[0], process.returncode,
                           said.decode(errors='replace').strip()[-_MAX_OUTPUT:])
        finally:
            if process.returncode is None:
                os.killpg(process.pid, signal.SIGKILL)  # not reaped yet, so it is still its group
                await process.wait()
