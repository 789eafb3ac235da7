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
The Python stacks of this process, for whoever has to find out why it hangs or crashed.

faulthandler writes them in C, in the signal's handler: it needs neither the GIL nor a main thread
that runs. They go to the file that ``NEVIL_CRASH_FILE`` names, else to stderr: of all threads at a
fatal signal (SIGSEGV, SIGFPE, SIGABRT, SIGBUS, SIGILL) and each time ``STACKS_SIGNAL`` is sent.
"""

from __future__ import annotations

import faulthandler
import os
import signal
import sys

__all__ = ['STACKS_SIGNAL', 'write_stacks', 'write_stacks_of_fork']

CRASH_FILE = 'NEVIL_CRASH_FILE'
# Ignored by a process that does not know it, so that it ends no program that is asked too early or
# is no NevilNode; sent by the kernel only for urgent data of sockets that ask for it (F_SETOWN).
# SIGUSR1, SIGUSR2 and SIGQUIT would end such a process, and belong to libraries and the author;
# SIGWINCH comes with each change of a terminal's size.
STACKS_SIGNAL = signal.SIGURG


def write_stacks() -> None:
    """Let this process write its stacks from now on, until its end."""
    path = os.environ.get(CRASH_FILE)
    target = 2
    if path:
        try:
            target = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        except OSError as error:
            print(f'{CRASH_FILE}: {path}: {error.strerror}; stacks go to stderr', file=sys.stderr)
    faulthandler.enable(target, all_threads=True)
    # Not chained: the signal means nothing else here, and pending system calls continue.
    faulthandler.register(STACKS_SIGNAL, target, all_threads=True, chain=False)


def write_stacks_of_fork() -> None:
    """Let a fork of this process write its own, if it crashes, to stderr: it is not the node."""
    faulthandler.unregister(STACKS_SIGNAL)
    faulthandler.enable(2, all_threads=True)
