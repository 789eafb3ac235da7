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

"""Probes that need no ROS: tcp, http, exec and log, side by side in a thread of their own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from collections.abc import Coroutine
from concurrent.futures import Future
import os
import re
import signal
import ssl
import threading
from typing import Any
from urllib.parse import urlsplit

from nevil_health.monitor.probes.prober import Outcome
from nevil_nodes.logs.format import parse_line
from nevil_nodes.logs.tail import Tail
import psutil

__all__ = ['execute', 'http_get', 'LogWatch', 'OutsideProber', 'OutsideThread', 'tcp_connect']

# Of what a probe's program prints, the end has the reason.
_KEPT_BYTES = 2000
# Only the first line of the answer is read; a server that sends more without a newline has failed.
_STATUS_BYTES = 4096
# A node that floods its log must not keep the thread of all probes busy: the newest part counts.
_MOST_LOG_BYTES = 1 << 20
_LONGEST = 2000  # of a line that is searched: a regular expression stops everything else
_NS = 1e9

Try = Callable[[], Coroutine[Any, Any, Outcome]]


class OutsideThread:
    """The loop in which they run; started with the first of them."""

    def __init__(self) -> None:
        """Start nothing yet."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def run(self, steps: Coroutine[Any, Any, Outcome]) -> Future[Outcome]:
        """Begin something."""
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            self._thread = threading.Thread(
                target=self._loop.run_forever, name='probes', daemon=True)
            self._thread.start()
        return asyncio.run_coroutine_threadsafe(steps, self._loop)

    def post(self, call: Callable[[], None]) -> None:
        """Do something there, after what was begun before."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(call)

    def stop(self) -> None:
        """Cancel what runs, and end the thread when that has ended."""
        if self._loop is None or self._thread is None:
            return
        asyncio.run_coroutine_threadsafe(_cancel_all(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._loop = None


class OutsideProber:
    """One try at a time of what runs in that thread."""

    silent = False
    turn_at = float('inf')

    def __init__(self, thread: OutsideThread, what: str, attempt: Try,
                 release: Callable[[], None] | None = None) -> None:
        """Try nothing yet."""
        self.what = what
        self._release = release
        self._thread, self._attempt = thread, attempt
        self._future: Future[Outcome] | None = None

    def turn(self, at: float, lost_s: float) -> None:
        """Do nothing."""

    def begin(self, at: float, lost_s: float) -> None:
        """Begin a try."""
        self._future = self._thread.run(self._attempt())

    def poll(self, at: float) -> Outcome | None:
        """Return how it ended."""
        if self._future is None or not self._future.done():
            return None
        try:
            return self._future.result()
        except Exception as error:  # whatever it is, it is a failed probe and not ours
            return Outcome(False, str(error) or type(error).__name__)

    def give_up(self) -> str:
        """Cancel it."""
        self._cancel()
        return 'no answer'

    def reachable(self) -> bool:
        """Return True: no middleware stands between."""
        return True

    def close(self) -> None:
        """Cancel what is under way."""
        self._cancel()
        if self._release is not None:
            self._thread.post(self._release)

    def _cancel(self) -> None:
        if self._future is not None:
            self._future.cancel()
            self._future = None


async def tcp_connect(host: str, port: int) -> Outcome:
    """Connect, and hang up."""
    try:
        _, writer = await asyncio.open_connection(host, port)
    except OSError as error:
        return Outcome(False, error.strerror or str(error))
    writer.close()
    return Outcome(True)


async def http_get(url: str) -> Outcome:
    """Ask for a page and read the first line of the answer."""
    parts = urlsplit(url)
    context = None
    if parts.scheme == 'https':
        # As kubelet's: the question is whether it answers, not who it is.
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    port = parts.port or (443 if context else 80)
    path = (parts.path or '/') + (f'?{parts.query}' if parts.query else '')
    try:
        reader, writer = await asyncio.open_connection(
            parts.hostname, port, ssl=context, limit=_STATUS_BYTES)
    except OSError as error:
        return Outcome(False, error.strerror or str(error))
    try:
        writer.write(f'GET {path} HTTP/1.1\r\nHost: {parts.netloc}\r\nUser-Agent: nevil\r\n'
                     'Accept: */*\r\nConnection: close\r\n\r\n'.encode())
        line = await reader.readline()
    except (OSError, ValueError) as error:
        return Outcome(False, str(error))
    finally:
        writer.close()
    found = re.match(rb'HTTP/\d\S* (\d{3})', line)
    if found is None:
        return Outcome(False, 'its answer is not HTTP' if line else 'it closed the connection')
    status = int(found[1])
    return Outcome(200 <= status < 400, f'status {status}')


async def execute(argv: list[str]) -> Outcome:
    """Run a program to its end; what it started ends with it when it is given up."""
    try:
        process = await asyncio.create_subprocess_exec(
            *argv, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT, start_new_session=True)
    except OSError as error:
        return Outcome(False, f'{argv[0]} cannot be run: {error.strerror}')
    assert process.stdout is not None
    said, ended = b'', False
    try:
        while chunk := await process.stdout.read(65536):
            said = (said + chunk)[-_KEPT_BYTES:]
        code = await process.wait()
        ended = True
    finally:
        if not ended:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            await process.wait()
    last = said.decode('utf-8', 'replace').strip().rpartition('\n')[2]
    return Outcome(code == 0, f'exit {code}' + (f': {last}' if last else ''))


class LogWatch:
    """
    Looks for a line in the log that a process has written.

    :param always: it must come again within each period, not only once
    """

    def __init__(self, path: str, pattern: str, pid: int, always: bool) -> None:
        """Begin with what the process has written so far."""
        self._path, self._always = path, always
        self._pattern = re.compile(pattern)
        self._started_ns = _started_ns(pid)
        self._tail: Tail | None = None
        self._own = False
        self._found = False

    async def look(self) -> Outcome:
        """Read what is new."""
        if self._always:
            self._found = False
        try:
            if self._tail is None:
                self._tail = Tail(self._path)
            if self._tail.pending > _MOST_LOG_BYTES:
                self._tail.skip_but(_MOST_LOG_BYTES)
            for number, line in enumerate(self._tail.lines()):
                self._take(line)
                if number % 100 == 99:
                    await asyncio.sleep(0)
        except OSError as error:
            return Outcome(False, f'{self._path}: {error.strerror}')
        return Outcome(self._found, 'no such line' + (' in the last period' if self._always
                                                      else ' yet'))

    def close(self) -> None:
        """Close the file."""
        if self._tail is not None:
            self._tail.close()
            self._tail = None

    def _take(self, line: str) -> None:
        record = parse_line(line)
        if record is not None:
            self._own = record.at_ns >= self._started_ns if record.at_ns else self._own
            line = record.message
        if self._own and self._pattern.search(line[:_LONGEST]):
            self._found = True


def _started_ns(pid: int) -> int:
    """
    Return when a process started, as the lines of the log are stamped; up to a second before.

    The kernel gives its boot time in whole seconds. An earlier run does not fall into that second
    unless it wrote until its end and was followed at once.
    """
    try:
        return round(psutil.Process(pid).create_time() * _NS)
    except psutil.Error:
        return 0


async def _cancel_all() -> Outcome:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    return Outcome(None)
