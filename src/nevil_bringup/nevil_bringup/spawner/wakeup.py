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

"""Wait for descriptors and for POSIX signals, whichever comes first."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterable
import os
import select
import signal

__all__ = ['Wakeup']


class Wakeup:
    """
    Takes the POSIX signals of the spawner, once.

    :param on_term: called in the handler of SIGTERM
    """

    def __init__(self, on_term: Callable[[], None]) -> None:
        # A signal that comes just before poll() would be slept over; its byte in this pipe is not.
        self._pipe, pipe_in = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(pipe_in, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # SIG_DFL would write no byte
        signal.signal(signal.SIGTERM, lambda *_: on_term())
        for number in (signal.SIGINT, signal.SIGHUP):  # the terminal's; the supervisor acts
            signal.signal(number, signal.SIG_IGN)

    def wait(self, descriptors: Iterable[int], timeout_ms: float) -> set[int]:
        """Return those that have something to read, after a while or a signal none."""
        poll = select.poll()
        poll.register(self._pipe, select.POLLIN)
        for descriptor in descriptors:
            if descriptor >= 0:
                poll.register(descriptor, select.POLLIN)
        ready = {descriptor for descriptor, _ in poll.poll(timeout_ms)}
        if self._pipe in ready:
            os.read(self._pipe, 4096)
        return ready
