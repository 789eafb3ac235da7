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

"""How a process ends, and what runs then."""

from __future__ import annotations

import atexit
from concurrent.futures import ThreadPoolExecutor
import ctypes
import logging
import logging.handlers
import os
import sys
import tempfile
import threading
import time
from typing import Any
import weakref

from programs import in_a_fork
from programs import NEVIL_WAYS
from programs import note
from programs import program


def save(seconds: float, word: str) -> None:
    """Take a while to save something."""
    time.sleep(seconds)
    note(word)


@program(expects=['cleanup', 'saved'])
def saves_slowly(_: Any) -> None:
    """Try: an atexit function may take longer than a second."""
    atexit.register(save, 1.5, 'saved')


@program()
def saves_in_order(_: Any) -> None:
    """Try: the last one registered is the first."""
    atexit.register(note, 'first')
    atexit.register(note, 'second')
    atexit.unregister(save)


@program()
def ends_without_streams(_: Any) -> None:
    """Try: what is set to None, or closed, is not flushed at the end; atexit functions run."""
    atexit.register(note, 'saved')
    sys.stdout.close()
    sys.stdin = sys.stderr = None


class Raises:
    """A stream that cannot be flushed while the node ends, only after."""

    def flush(self) -> None:
        """Fail in Nevil's hands, not in Python's."""
        sys.stdout = sys.__stdout__
        raise OSError('no paper')


@program()
def ends_with_a_stream_that_fails(_: Any) -> None:
    """Try: the author's own stream may raise at each call."""
    atexit.register(note, 'saved')
    sys.stdout = Raises()


@program()
def finalizes(_: Any) -> None:
    """Try: weakref.finalize() has its own way to the end."""
    thing = type('Thing', (), {})()
    _keep.append(thing)
    weakref.finalize(thing, save, 1.2, 'finalized')


_keep: list[Any] = []


@program()
def thread_goes_on(_: Any) -> None:
    """Try: a thread that is no daemon is waited for."""
    threading.Thread(target=save, args=(1.5, 'thread')).start()


@program()
def pool_goes_on(_: Any) -> None:
    """Try: and the threads of a pool."""
    ThreadPoolExecutor(1).submit(save, 1.2, 'pool')


@program()
def flushes_logs(_: Any) -> None:
    """Try: logging.shutdown() empties a buffer."""
    target = logging.FileHandler(os.environ['NOTES'])
    target.setFormatter(logging.Formatter('"%(message)s"'))
    buffer = logging.handlers.MemoryHandler(100, target=target)
    logger = logging.getLogger('buffered')
    logger.addHandler(buffer)
    logger.error('buffered')


@program()
def removes_a_folder(_: Any) -> None:
    """Try: a TemporaryDirectory goes with the interpreter."""
    folder = tempfile.TemporaryDirectory()
    _keep.append(folder)
    name = folder.name
    atexit.register(lambda: note(os.path.isdir(name)))


@program(ends=5)
def code(_: Any) -> None:
    """Try: sys.exit(5)."""
    sys.exit(5)


@program(ends=0)
def no_code(_: Any) -> None:
    """Try: sys.exit()."""
    sys.exit()


@program(ends=1)
def text(_: Any) -> None:
    """Try: sys.exit('words') prints them."""
    sys.exit('OUT no camera')


@program(where='callback', ends=6)
def code_of_a_callback(_: Any) -> None:
    """Try: in the thread that spins."""
    sys.exit(6)


@program(where='start', ends=8)
def code_of_a_start(_: Any) -> None:
    """Try: before it spins."""
    sys.exit(8)


@program(ends=7)
def at_once(_: Any) -> None:
    """Try: os._exit() runs nothing."""
    atexit.register(note, 'never')
    os._exit(7)


@program(ends=-6)
def aborts(_: Any) -> None:
    """Try: SIGABRT is the signal that is told."""
    os.abort()


@program(ends=-11)
def crashes(_: Any) -> None:
    """Try: a C library reads nowhere."""
    ctypes.string_at(0)


@program(ends=-9)
def is_killed(_: Any) -> None:
    """Try: by itself."""
    os.kill(os.getpid(), 9)


@program()
def half_a_line(_: Any) -> None:
    """Try: what has no newline is printed at the end."""
    print('OUT half', end='')


@program(ends=3)
def handler_of_exits(_: Any) -> None:
    """Try: an atexit function that raises does not change the code."""
    atexit.register(lambda: 1 / 0)
    sys.exit(3)


# By hand such forks crash in the middleware, whose threads are the node's.
@program(where='callback', ways=NEVIL_WAYS, expects=['left', 4, 'cleanup'])
def fork_ends_by_itself(_: Any) -> object:
    """Try: sys.exit() in a fork of the main thread ends the fork, without the node's cleanup()."""
    def end() -> None:
        atexit.register(note, 'left')
        sys.exit(4)
    return in_a_fork(end)


@program(ways=NEVIL_WAYS, expects=[0, 'cleanup'])
def fork_of_a_thread_ends(_: Any) -> object:
    """Try: the same in a thread, which ends with it."""
    return in_a_fork(lambda: sys.exit(4))


@program(where='callback', ways=NEVIL_WAYS, expects=[1, 'cleanup'])
def fork_says_why(_: Any) -> object:
    """Try: sys.exit() with words."""
    return in_a_fork(lambda: sys.exit('OUT no camera'))


@program(where='start', ways=NEVIL_WAYS,
         expects=["failed: ValueError('in the fork')", 1, 'cleanup'])
def fork_raises(_: Any) -> object:
    """Try: what a fork raises ends the fork, and is not the node's."""
    return in_a_fork(lambda: _raise('in the fork'))


@program(where='callback', ways=NEVIL_WAYS,
         expects=["failed: ValueError('in the fork')", 1, 'cleanup'])
def fork_raises_in_a_callback(_: Any) -> object:
    """Try: the same where the node goes on after an error."""
    return in_a_fork(lambda: _raise('in the fork'))


@program(ways=NEVIL_WAYS, expects=["failed: ValueError('in the fork')", 0, 'cleanup'])
def fork_raises_in_a_thread(_: Any) -> object:
    """Try: the same in main_loop(), which the node calls again."""
    return in_a_fork(lambda: _raise('in the fork'))


@program(where='callback', ways=NEVIL_WAYS, expects=[0, 'alive', 'cleanup'])
def becomes_a_daemon(_: Any) -> object:
    """Try: fork twice, as daemons do; both forks end in their own time, and the node lives."""
    end, held = os.pipe()

    def fork_again() -> None:
        os.close(end)
        os.setsid()
        os.fork()
        sys.exit()
    code = in_a_fork(fork_again)
    os.close(held)
    os.read(end, 1)  # until nobody has the other end
    note(code)
    return 'alive'


def _raise(text: str) -> None:
    raise ValueError(text)
