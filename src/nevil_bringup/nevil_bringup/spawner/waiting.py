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

"""The standby from its fork to the order that makes it a node."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import replace
import os
import socket
import sys

from nevil_bringup.spawner.child import become
from nevil_bringup.spawner.child import give_up
from nevil_bringup.spawner.child import has_own_versions
from nevil_bringup.spawner.child import Interpreter
from nevil_bringup.spawner.child import Program
from nevil_bringup.spawner.child import reason_of
from nevil_bringup.spawner.child import settle_in
from nevil_bringup.spawner.fresh_process import begin
from nevil_bringup.spawner.fresh_process import close_others
from nevil_bringup.spawner.fresh_process import give_streams
from nevil_bringup.spawner.fresh_process import set_nice
from nevil_bringup.spawner.fresh_process import set_signals
from nevil_bringup.spawner.protocol import decode
from nevil_bringup.spawner.protocol import MAX_PACKET_BYTES
from nevil_bringup.spawner.protocol import StartOrder

__all__ = ['READY', 'TAKEN', 'Waiting']

READY = b'ready'
# Its answer to an order that it carries out; any other, or none, calls for a fork.
TAKEN = b'taken'
_SHOWN = (sys.executable, '-m', 'nevil_bringup.spawner', 'standby')
_MOST_DESCRIPTORS = 8
# Variables that differ from one node to the next.
_OF_A_NODE = frozenset({'NEVIL_UNIT', 'NEVIL_GENERATION', 'NEVIL_PLAN', 'NEVIL_CRASH_FILE'})


@dataclass(frozen=True, slots=True)
class Waiting:
    """
    The program of a standby: join ROS 2, wait for an order, run that.

    :param link: to the spawner
    :param like: an order like the one that is expected
    :param ros_args: the arguments for rclpy of both
    """

    link: socket.socket
    like: StartOrder
    ros_args: tuple[str, ...]
    interpreter: Interpreter

    def run(self) -> object:
        """Wait, then be the node that was ordered; its exit status."""
        # Loaded by the spawner, which never runs any of it.
        from nevil_nodes.node import prepared
        said = self._set_up()
        os.chdir(self.like.cwd)  # where the middleware may find a profile
        prepared.prepare(self.ros_args)
        os.chdir('/')  # until the order comes, it keeps no folder from being unmounted
        self.link.send(READY)
        packet, descriptors, _, _ = socket.recv_fds(
            self.link, MAX_PACKET_BYTES, _MOST_DESCRIPTORS, socket.MSG_CMSG_CLOEXEC)
        if not packet:
            prepared.leave()
            os._exit(0)
        order = decode(packet)
        assert isinstance(order, StartOrder)
        report, source, *outputs = descriptors
        if has_own_versions(order, self.interpreter):
            prepared.leave()
            os._exit(0)
        os.write(report, TAKEN)
        self._obey(order, report, source if order.open_input else -1, outputs)
        for descriptor in (self.link.detach(), *descriptors):
            os.close(descriptor)
        _say_again(said)
        return Program(order.argv[2]).run()

    def _set_up(self) -> int:
        """
        Be a part of Nevil, like the node that it may become.

        :returns: the file in which stands what it says meanwhile
        """
        begin(self.interpreter.pid)
        said = os.memfd_create('said', os.MFD_CLOEXEC)
        give_streams(-1, [said])
        close_others(self.interpreter.kept | {self.link.fileno(), said})
        set_signals(python=True)
        env = {name: value for name, value in self.like.env.items() if name not in _OF_A_NODE}
        become(replace(self.like, unit='standby', env=env, argv=_SHOWN), self.interpreter)
        settle_in()
        return said

    def _obey(self, order: StartOrder, report: int, source: int, outputs: Sequence[int]) -> None:
        """Be what was ordered; else say why not, and end."""
        try:
            give_streams(source, outputs)
            os.chdir(order.cwd)
            set_nice(order)
            become(order, self.interpreter, again=True)
        except BaseException as error:
            give_up(report, reason_of(error, order))


def _say_again(said: int) -> None:
    """Let the node say what ROS said ahead, then forget it."""
    text = os.pread(said, os.fstat(said).st_size, 0)
    os.close(said)
    if text:
        os.write(2, text)
