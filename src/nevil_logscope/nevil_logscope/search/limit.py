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

"""End a call into ``re`` that takes too long: its engine looks for signals now and then."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
import signal
import threading
import time
from typing import Any

__all__ = ['TooSlow', 'can_limit', 'limited']


class TooSlow(Exception):  # noqa: N818 - an outcome, not a fault
    """A pattern took longer than it may."""


def can_limit() -> bool:
    """Return whether calls can be ended here: in the main thread, where signals arrive."""
    return (threading.current_thread() is threading.main_thread()
            and signal.getsignal(signal.SIGVTALRM) is not None)


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """
    Let what is done here take that long; where it cannot be ended, as long as it takes.

    What counts is the CPU time of this process, so that a busy machine makes no pattern slow.

    :param seconds: CPU time, s
    :raises TooSlow: it took longer
    """
    if not can_limit():
        yield
        return
    began = time.process_time()
    before = signal.signal(signal.SIGVTALRM, _ring)
    left_s, interval_s = signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
        if left_s:  # somebody else's alarm continues
            left_s = max(0.001, left_s - (time.process_time() - began))
            signal.setitimer(signal.ITIMER_VIRTUAL, left_s, interval_s)


def _ring(number: int, frame: Any) -> None:
    raise TooSlow
