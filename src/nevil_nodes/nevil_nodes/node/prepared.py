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

"""
A process that has joined ROS 2 before it is known which node it is to be (ADR 9).

Its participant is made by a hidden node, without topics or services, which goes when the first
real one is there. The others know the participant by then, so what it publishes is heard at once.
"""

from __future__ import annotations

from collections.abc import Sequence
import os
import signal
import sys
from typing import Any

from nevil_nodes.introduction import introduce
from nevil_nodes.joined import read_at_init
from nevil_nodes.node.default_context import DefaultContext
import rclpy
from rclpy.impl.implementation_singleton import rclpy_implementation as _rclpy
from rclpy.signals import SignalHandlerOptions

__all__ = ['join', 'leave', 'meet', 'prepare', 'settle', 'start_over_if_changed']

# What a node says is captured; rcl would leave one more file in ~/.ros/log with every start.
_NO_LOG_FILE = ('--ros-args', '--disable-external-lib-logs')
# A crash in a thread of the middleware leaves its stacks; all other signals are the main thread's.
_CRASHES = {signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGABRT,
            signal.SIGTRAP, signal.SIGSYS}


class _Prepared:
    """What has been made ahead: the context, and the hidden node that holds its participant."""

    def __init__(self, context: DefaultContext, node: Any) -> None:
        self.context = context
        self.node = node
        self.environ: dict[str, str] | None = None  # set when it becomes a node

    def let_node_go(self) -> None:
        self.node.destroy_when_not_in_use()
        self.node = None


_prepared: _Prepared | None = None


def prepare(ros_args: Sequence[str]) -> None:
    """
    Join ROS 2 ahead, and meet the others.

    :param ros_args: arguments for rclpy that the node is going to have
    :raises RuntimeError: the middleware refuses
    """
    global _prepared
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals() - _CRASHES)
    try:
        context = _initialised(ros_args)
        node = _rclpy.Node(
            f'_nevil_standby_{os.getpid()}', '', context.handle, None, False, False)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    _prepared = _Prepared(context, node)
    meet(context)


def meet(context: DefaultContext) -> None:
    """Ask the others on this host to answer a participant that is new."""
    if rclpy.get_rmw_implementation_identifier().startswith('rmw_fastrtps'):
        introduce(context.get_domain_id())


def join(ros_args: Sequence[str]) -> tuple[DefaultContext, bool]:
    """
    Return a context that has joined ROS 2, and whether it has met the others.

    :raises RuntimeError: the arguments are wrong
    """
    if _prepared is None:
        return _initialised(ros_args), False
    _prepared.environ = dict(os.environ)
    return _prepared.context, True


def start_over_if_changed() -> None:
    """
    Bring the participant made ahead in line with what the author's code has done since.

    By hand it is made with the first node: in the threads' scheduling it follows the thread that
    makes it. Where the code has changed what is read then, only a new process will do.
    """
    if _prepared is None or _prepared.environ is None or _prepared.node is None:
        return
    if read_at_init(os.environ) != read_at_init(_prepared.environ):
        environ = _prepared.environ
        leave()
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], environ)
    _share_scheduling()


def settle() -> None:
    """Let the hidden node go; the first real one is there."""
    if _prepared is not None and _prepared.node is not None:
        _prepared.let_node_go()


def leave() -> None:
    """Leave ROS 2, where this process joined it ahead."""
    global _prepared
    if _prepared is not None:
        prepared, _prepared = _prepared, None
        if prepared.node is not None:
            prepared.let_node_go()
        prepared.context.close()
        prepared.context.destroy()


def _initialised(ros_args: Sequence[str]) -> DefaultContext:
    context = DefaultContext()
    rclpy.init(args=[*_NO_LOG_FILE, *ros_args], context=context,
               signal_handler_options=SignalHandlerOptions.NO)
    return context


def _share_scheduling() -> None:
    """Give all threads the processors and the priority of this one, as if made by it."""
    cores, nice = os.sched_getaffinity(0), os.getpriority(os.PRIO_PROCESS, 0)
    for name in os.listdir('/proc/self/task'):
        try:
            if os.sched_getaffinity(int(name)) != cores:
                os.sched_setaffinity(int(name), cores)
            if os.getpriority(os.PRIO_PROCESS, int(name)) != nice:
                os.setpriority(os.PRIO_PROCESS, int(name), nice)
        except OSError:
            continue  # it has ended, or the author has given up the right
