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
A process that the author's code forks: it is not the node, and has nothing of it.

It has the signals that it would have by hand. What it raises ends it, as by hand. And its end ends
nothing else: by hand the middleware ends the participant, which is the node's, in the name of
threads that only the node has, and crashes.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
import os
import signal
import sys
import threading
import traceback

from nevil_nodes.leave import leave
from nevil_nodes.leave import skip_library_destructors
from nevil_nodes.stacks import write_stacks_of_fork

__all__ = ['SIGNALS', 'author_forks_end', 'in_author_fork', 'watch_forks']

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class _Forks:
    """What is done around each fork, once a node has its signals."""

    watched_by = 0
    masks = threading.local()
    on_fork: Callable[[], None]

    @classmethod
    def before(cls) -> None:
        """Hold signals back: one that meets the child before it has its own would be ours."""
        # By thread: the author may fork in several at once.
        cls.masks.value = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)

    @classmethod
    def in_parent(cls) -> None:
        """Let them in again."""
        signal.pthread_sigmask(signal.SIG_SETMASK, cls.masks.value)

    @classmethod
    def in_child(cls) -> None:
        """Take away what is the node's."""
        on_fork, cls.on_fork = cls.on_fork, _nothing
        on_fork()
        if on_fork is not _nothing:
            write_stacks_of_fork()
        skip_library_destructors()
        cls.in_parent()


def watch_forks(on_fork: Callable[[], None]) -> None:
    """
    Treat each fork of this process as the author's from now on.

    :param on_fork: called in the fork
    """
    _Forks.on_fork = on_fork
    if not _Forks.watched_by:
        os.register_at_fork(before=_Forks.before, after_in_parent=_Forks.in_parent,
                            after_in_child=_Forks.in_child)
    _Forks.watched_by = os.getpid()


def in_author_fork() -> bool:
    """Return whether this process is none of a node, but a fork of one."""
    return _Forks.watched_by not in (0, os.getpid())


@contextmanager
def author_forks_end() -> Iterator[None]:
    """End a fork, as Python ends but for what is the node's, where it returns or raises."""
    error: BaseException | None = None
    try:
        yield
    except BaseException as raised:
        error = raised
        raise
    finally:
        if in_author_fork():
            status = _say(error)
            threading._shutdown()  # type: ignore[attr-defined]
            leave(status)


def _say(error: BaseException | None) -> int:
    """Write what a program that raised this writes, and return its exit code."""
    if isinstance(error, SystemExit):
        if error.code is None or isinstance(error.code, int):
            return error.code or 0
        print(error.code, file=sys.stderr)
    elif error is not None:
        traceback.print_exception(error)
    return int(error is not None)


def _nothing() -> None:
    pass
