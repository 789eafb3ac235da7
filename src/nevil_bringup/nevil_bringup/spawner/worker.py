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

"""A helper process of the supervisor at the end of a packet socket, driven by asyncio."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
import os
import signal
import socket
import subprocess

from nevil_bringup.spawner.sweep import OWN_PIDS

__all__ = ['Worker']

# What the kernel keeps of a socket's room for itself, and some more.
_OVERHEAD_BYTES = 1024


class Worker:
    """
    A child process with a ``SOCK_SEQPACKET`` to it.

    :param on_packet: called with each packet, in order
    :param on_exit: called once, after the last packet, with the exit code (or minus the signal)
    """

    def __init__(self, *, argv: Sequence[str], env: Mapping[str, str], packet_bytes: int,
                 on_packet: Callable[[bytes], None], on_exit: Callable[[int], None],
                 log_fd: int | None = None) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        for end in (ours, theirs):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2 * packet_bytes)
        with theirs:
            self._process = subprocess.Popen(
                [*argv, '--socket-fd', str(theirs.fileno())], env=dict(env),
                stdin=subprocess.DEVNULL, stdout=log_fd, stderr=log_fd,
                pass_fds=(theirs.fileno(),), start_new_session=True)
        OWN_PIDS.add(self.pid)
        ours.setblocking(False)
        self._socket = ours
        self._packet_bytes = packet_bytes
        self._on_packet = on_packet
        self._on_exit = on_exit
        self._queue: deque[tuple[bytes, list[int]]] = deque()
        self._ended = asyncio.Event()
        self._pin = os.pidfd_open(self.pid)
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._socket, self._read)
        self._loop.add_reader(self._pin, self._exited)

    @property
    def pid(self) -> int:
        """Return its process id."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Return whether it has not ended, as far as we know."""
        return not self._ended.is_set()

    def send(self, packet: bytes, descriptors: Iterable[int] = ()) -> None:
        """
        Send a packet, later if the process is slow to read; to one that has ended, nothing.

        :raises ValueError: the packet is too large
        """
        if not self.running:
            return
        # The kernel may have granted less room than was asked for (net.core.wmem_max).
        granted = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)
        limit = min(self._packet_bytes, granted - _OVERHEAD_BYTES)
        if len(packet) > limit:
            raise ValueError(f'{len(packet)} bytes are more than a packet holds ({limit})')
        # Duplicates: the caller may close its own before the queue is sent.
        self._queue.append((packet, [os.dup(descriptor) for descriptor in descriptors]))
        if len(self._queue) == 1:
            self._flush()

    def hang_up(self) -> None:
        """Send nothing more; it reads the end of the stream after what was sent."""
        if self.running and not self._queue:
            self._socket.shutdown(socket.SHUT_WR)

    def kill(self) -> None:
        """Kill it; ``on_exit`` follows."""
        self.send_signal(signal.SIGKILL)

    def send_signal(self, number: signal.Signals) -> None:
        """Send it a POSIX signal."""
        if self.running:
            # By pidfd, which can only mean this process, whoever may have reaped it.
            signal.pidfd_send_signal(self._pin, number)

    async def wait(self, timeout_s: float) -> bool:
        """Wait for its end; False when it takes longer."""
        try:
            await asyncio.wait_for(self._ended.wait(), timeout_s)
        except asyncio.TimeoutError:
            return False
        return True

    def _flush(self) -> None:
        while self._queue:
            packet, descriptors = self._queue[0]
            try:
                socket.send_fds(self._socket, [packet], descriptors)
            except BlockingIOError:
                self._loop.add_writer(self._socket, self._flush)
                return
            except OSError:
                pass  # it has ended; its exit is on its way to us
            self._drop_first()
        self._loop.remove_writer(self._socket)

    def _drop_first(self) -> None:
        for descriptor in self._queue.popleft()[1]:
            os.close(descriptor)

    def _read(self) -> None:
        """Hand on every packet that is there."""
        while True:
            try:
                packet = self._socket.recv(self._packet_bytes)
            except BlockingIOError:
                return
            except OSError:
                packet = b''
            if not packet:
                self._loop.remove_reader(self._socket)
                return
            self._on_packet(packet)

    def _exited(self) -> None:
        status = self._process.wait()
        OWN_PIDS.discard(self.pid)
        self._loop.remove_reader(self._pin)
        os.close(self._pin)
        # Its last packets may still be in the socket, and belong before its end.
        self._read()
        self._loop.remove_reader(self._socket)
        self._loop.remove_writer(self._socket)
        while self._queue:
            self._drop_first()
        self._socket.close()
        self._ended.set()
        self._on_exit(status)
