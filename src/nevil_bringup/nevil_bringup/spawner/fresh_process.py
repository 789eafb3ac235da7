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

"""What every new process is given between fork and its program."""

from __future__ import annotations

from collections.abc import Sequence
import os
import signal
import sys
import time
from typing import Any
import warnings

from nevil_bringup.spawner.prctl import die_with_parent
from nevil_bringup.spawner.protocol import StartOrder

__all__ = [
    'begin', 'close_others', 'fork_held', 'give_streams', 'set_nice', 'set_signals']

# What Python itself sets when it starts.
_PYTHON_SIGNALS: dict[int, Any] = {
    signal.SIGPIPE: signal.SIG_IGN, signal.SIGXFSZ: signal.SIG_IGN,
    signal.SIGINT: signal.default_int_handler}


def fork_held() -> int:
    """
    Fork with all signals held back; the child lets them in when it has its own handlers.

    :returns: as ``os.fork()``
    :raises OSError: the kernel grants no process
    """
    mask, pid = signal.pthread_sigmask(signal.SIG_SETMASK, signal.valid_signals()), -1
    try:
        with warnings.catch_warnings():  # of LTTng's listeners, see foreign_threads()
            warnings.simplefilter('ignore', DeprecationWarning)
            pid = os.fork()
    finally:
        if pid != 0:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    return pid


def begin(spawner: int) -> None:
    """
    Lead a session, and end with the spawner.

    :param spawner: its pid
    :raises OSError: the kernel refuses
    """
    # A session of its own: Ctrl-C on the terminal does not reach it, and its group can be
    # signalled.
    os.setsid()
    # PR_SET_PDEATHSIG holds from now on; a parent that died before it is seen by the changed ppid.
    die_with_parent(signal.SIGKILL)
    if os.getppid() != spawner:
        os.kill(os.getpid(), signal.SIGKILL)


def give_streams(source: int, outputs: Sequence[int]) -> None:
    """Put standard input (-1: an empty file), output and error in their places."""
    # os.dup2() also clears close-on-exec, which all descriptors of the spawner have.
    os.dup2(outputs[0], 1)
    os.dup2(outputs[-1], 2)
    if source >= 0:
        os.dup2(source, 0)
    else:
        nothing = os.open('/dev/null', os.O_RDONLY)
        os.dup2(nothing, 0)
        if nothing > 2:
            os.close(nothing)


def close_others(kept: frozenset[int]) -> None:
    """Close all descriptors but the standard ones and those to keep."""
    # An executed program loses most of them anyway; a fork would keep the spawner's link and
    # pipes.
    for name in os.listdir('/proc/self/fd'):
        descriptor = int(name)
        if descriptor > 2 and descriptor not in kept:
            try:
                os.close(descriptor)
            except OSError:
                pass  # the one that listed the folder


def set_signals(*, python: bool) -> None:
    """Undo what the spawner set, and let in what was held back since the fork."""
    # Before the mask is lifted: what arrives now must not be written into the spawner's pipe.
    signal.set_wakeup_fd(-1)
    wanted = _PYTHON_SIGNALS if python else {}
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, wanted.get(number, signal.SIG_DFL))
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def set_nice(order: StartOrder) -> None:
    """Give this thread the priority of the order; say so where that is not granted."""
    if order.nice == 0:
        return
    try:
        os.nice(order.nice)
    except OSError as error:
        seconds, fraction = divmod(time.time_ns(), 10**9)
        stamp = time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime(seconds))
        print(f'[{stamp}.{fraction // 1000:06d}+00:00] [WARNING] [{order.unit}] [spawner] '
              f'priority {order.nice} is not granted ({error.strerror}), running without it',
              file=sys.stderr)
