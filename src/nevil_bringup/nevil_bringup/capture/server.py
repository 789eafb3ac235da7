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

"""The capture process's loop: a bounded turn for each pipe that has something to say."""

from __future__ import annotations

import json
import os
import select
import socket
import time
from typing import Any
from typing import NamedTuple

from nevil_bringup.capture.copies import Copies
from nevil_bringup.capture.files import LogFolder
from nevil_bringup.capture.lines import Lines
from nevil_bringup.capture.pipe import Peeker
from nevil_bringup.capture.pipe import PipeReader
from nevil_bringup.capture.pipe import TerminalReader
from nevil_bringup.spawner.peer import LOOK_S
from nevil_bringup.spawner.peer import Peer
from nevil_bringup.spawner.sweep import continue_stopped

__all__ = ['Server']

# A process that survived the run may hold its pipe open for ever.
_END_MAX_S = 5.0
_CHECK_S = 1.0
# log_retention_days counts days, so an hour more or less does not matter.
_REMOVE_S = 3600.0
_PACKET_BYTES = 65536
# A pipe is looked at this often while it is busy, so that a node that prints line by line does not
# wake us for each; a look that brings much is followed by the next at once.
_PACE_S = 0.005
_MUCH_BYTES = 32768
# One shot: a pipe whose partial line stays in it would be ready all the time.
_EVENTS = select.EPOLLIN | select.EPOLLONESHOT


class _Stream(NamedTuple):
    """What is read of a unit: ``number`` is the descriptor that is copied, 0 for none."""

    reader: PipeReader
    lines: Lines
    unit: str
    number: int


class Server:
    """
    Write what comes out of the pipes until the supervisor is gone and the pipes have ended.

    Packets of the supervisor, JSON: ``logs`` (first), ``pipe`` (with the read ends), ``nodes`` of
    a unit that has got more, ``ended`` (the process of a unit), ``drain``, ``alive`` (answered at
    once).
    """

    def __init__(self, link: socket.socket) -> None:
        self._link = link
        self._epoll = select.epoll()
        self._epoll.register(link, select.EPOLLIN)
        self._peeker = Peeker()
        self._folder: LogFolder | None = None
        self._secrets: tuple[str, ...] = ()
        self._fresh = False
        self._pipes: dict[int, _Stream] = {}
        self._copies = Copies('')
        self._ended: list[tuple[str, int]] = []
        self._busy: dict[int, float] = {}
        self._drains: list[int] = []
        self._end_at: float | None = None
        self._check_at = 0.0
        self._remove_at = 0.0
        self._peer = Peer('capture', os.getppid(), time.monotonic(), ends=False)

    def serve(self) -> None:
        """Serve until the end."""
        while self._end_at is None or (self._pipes and time.monotonic() < self._end_at):
            events = self._epoll.poll(self._timeout_s())
            now = time.monotonic()
            for descriptor, _ in events:
                if descriptor == self._link.fileno():
                    self._obey()
                else:
                    self._busy[descriptor] = now
            for descriptor in [pipe for pipe, due in self._busy.items() if due <= now]:
                self._turn(descriptor, now)
            self._tell_ends()
            self._answer_drains()
            self._copies.flush()
            if self._end_at is None:
                self._peer.look(now)
            self._maintain(now)

    def _timeout_s(self) -> float:
        due = list(self._busy.values())
        due += [self._check_at] if self._pipes else []
        due += [time.monotonic() + LOOK_S] if self._end_at is None else []
        due += [self._end_at] if self._end_at else []
        due += [time.monotonic() + _PACE_S] if self._copies.waiting else []
        return max(0.0, min(due) - time.monotonic()) if due else -1.0

    def _turn(self, descriptor: int, now: float) -> None:
        """Move one block of one pipe into its files."""
        stream = self._pipes[descriptor]
        reader, lines = stream.reader, stream.lines
        assert self._folder is not None
        data = reader.read(now)
        for node, piece in lines.convert(data, time.time_ns(), reader.goes_on) if data else ():
            self._folder.file(node).append(piece)
        if data and stream.number:
            self._copies.printed(stream.unit, stream.number, reader.raw)
        reader.done(data)
        if data or reader.has_partial:
            self._busy[descriptor] = now + (0.0 if len(data) >= _MUCH_BYTES else _PACE_S)
            return
        del self._busy[descriptor]
        if reader.ended:
            self._epoll.unregister(descriptor)
            os.close(descriptor)
            del self._pipes[descriptor]
        else:
            self._epoll.modify(descriptor, _EVENTS)

    def _obey(self) -> None:
        try:
            packet, descriptors, _, _ = socket.recv_fds(self._link, _PACKET_BYTES, 2)
        except OSError:  # the supervisor has died before it read what we last said
            packet, descriptors = b'', []
        if not packet:
            # The nodes may live a moment longer than the supervisor: their last words are still
            # written.
            self._epoll.unregister(self._link)
            self._end_at = time.monotonic() + _END_MAX_S
            # The spawner, which then ends all nodes.
            continue_stopped(os.environ.get('NEVIL_RUN_ID', ''))
            return
        self._peer.heard(time.monotonic())
        order: dict[str, Any] = json.loads(packet)
        kind = order.pop('kind')
        if kind == 'logs':
            self._secrets = tuple(order.pop('secrets'))
            self._fresh = order.pop('fresh')
            self._copies = Copies(order.pop('copies'))
            self._folder = LogFolder(**order)
        elif kind == 'pipe':
            self._add(descriptors, **order)
        elif kind == 'nodes':
            self._know(order['unit'], order['nodes'])
        elif kind == 'ended':
            self._hurry(order['unit'], order['pid'])
        elif kind == 'alive':
            self._send({'kind': 'alive', 'id': 0})
        elif kind == 'drain':
            self._drains.append(order['id'])
            self._busy.update(dict.fromkeys(self._pipes, 0.0))

    def _add(self, descriptors: list[int], unit: str, nodes: list[str], streams: str) -> None:
        assert self._folder is not None
        # At the start of a run each log begins again; a capture that replaces another continues
        # the file.
        if self._fresh:
            for node in {*nodes, *([] if len(nodes) == 1 else [unit])}:
                self._folder.rotate(node)
        apart = streams != 'joined'
        for number, descriptor in enumerate(descriptors, start=1):
            reader = TerminalReader if streams == 'terminal' else PipeReader
            self._pipes[descriptor] = _Stream(
                reader(descriptor, self._peeker),
                Lines(unit, nodes, self._secrets, 'stderr' if number == 2 else 'stdout'),
                unit, number if apart else 0)
            self._epoll.register(descriptor, _EVENTS)

    def _know(self, unit: str, nodes: list[str]) -> None:
        """Give each node of a unit a log of its own from now on."""
        for stream in self._of(unit):
            stream.lines.know(nodes)

    def _hurry(self, unit: str, pid: int) -> None:
        """Read what a process has left, lines without an end included."""
        for descriptor, stream in self._pipes.items():
            if stream.unit == unit:
                stream.reader.hurry = True
                self._busy[descriptor] = 0.0
        self._ended.append((unit, pid))

    def _of(self, unit: str) -> list[_Stream]:
        return [stream for stream in self._pipes.values() if stream.unit == unit]

    def _tell_ends(self) -> None:
        """Report the ends of processes whose pipes are empty."""
        for unit, pid in list(self._ended):
            if not any(stream.reader.waiting for stream in self._of(unit)):
                self._ended.remove((unit, pid))
                for stream in self._of(unit):
                    stream.reader.hurry = False
                self._copies.ended(unit, pid)

    def _answer_drains(self) -> None:
        """Answer when every pipe is empty; a line without an end gets its tenth of a second."""
        if self._drains and not any(stream.reader.waiting for stream in self._pipes.values()):
            for number in self._drains:
                self._send({'kind': 'drained', 'id': number})
            self._drains.clear()

    def _send(self, message: dict[str, Any]) -> None:
        try:
            self._link.send(json.dumps(message).encode())
        except OSError:
            pass  # the supervisor is gone; the end of the link says so too

    def _maintain(self, now: float) -> None:
        if self._folder is None or now < self._check_at:
            return
        self._check_at = now + _CHECK_S
        self._folder.check()
        if now >= self._remove_at:
            self._remove_at = now + _REMOVE_S
            self._folder.remove_old()
