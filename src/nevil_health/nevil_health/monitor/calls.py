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


"""Sequences of ROS 2 service calls with deadlines, written as generators, without a thread."""

from __future__ import annotations

from collections.abc import Generator
import heapq
import itertools
import time
from typing import Any

from nevil_nodes.lazy_dataclass import dataclass
from rclpy.clock import Clock
from rclpy.clock import ClockType
from rclpy.node import Node

__all__ = ['Call', 'Calls', 'Steps']

# Precise enough for time-outs of about a second; the timer is off while nothing waits.
_TICK_S = 0.02


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """A step: call a service; its result is the answer, or None when the time is over."""

    type: Any  # noqa: A003
    name: str
    request: Any
    timeout_s: float = 1.0


# A step is a call, or a number of seconds to wait; a step's result is what ``yield`` returns.
Steps = Generator[Call | float, Any, None]


class Calls:
    """
    Carries out sequences of calls side by side in the node's executor.

    A request to a process that is killed is never answered, and a service that is seen may be
    that of a dead predecessor, so every call has an end and nothing is concluded from one.
    """

    def __init__(self, node: Node) -> None:
        """Do nothing yet."""
        self._node = node
        self._clients: dict[str, Any] = {}
        self._users: dict[str, int] = {}
        self._deadlines: list[tuple[float, int, Any]] = []
        self._numbers = itertools.count()
        self._timer = node.create_timer(
            _TICK_S, self._tick, clock=Clock(clock_type=ClockType.STEADY_TIME))
        self._timer.cancel()

    def run(self, steps: Steps) -> None:
        """Begin a sequence."""
        self._advance(steps, None)

    def stop(self) -> None:
        """Give up everything under way."""
        for _, _, expire in self._deadlines:
            expire(give_up=True)
        self._deadlines.clear()
        self._node.destroy_timer(self._timer)

    def _advance(self, steps: Steps, result: Any) -> None:
        try:
            step = steps.send(result)
        except StopIteration:
            return
        if isinstance(step, Call):
            self._call(steps, step)
        else:
            self._at(time.monotonic() + step, _Wait(self, steps))

    def _call(self, steps: Steps, call: Call) -> None:
        if call.name not in self._clients:
            self._clients[call.name] = self._node.create_client(call.type, call.name)
        self._users[call.name] = self._users.get(call.name, 0) + 1
        pending = _Pending(self, steps, call)
        self._at(time.monotonic() + call.timeout_s, pending)
        self._send(pending)

    def _send(self, pending: _Pending) -> None:
        """Send a request as soon as its server is connected: sent before, it would be lost."""
        if not pending.send():
            self._at(time.monotonic() + _TICK_S, _Later(self, pending))

    def _at(self, deadline: float, expire: Any) -> None:
        if not self._deadlines:
            self._timer.reset()
        heapq.heappush(self._deadlines, (deadline, next(self._numbers), expire))

    def _tick(self) -> None:
        while self._deadlines and self._deadlines[0][0] <= time.monotonic():
            heapq.heappop(self._deadlines)[2]()
        if not self._deadlines:
            self._timer.cancel()

    def _release(self, name: str) -> None:
        """Drop the client when its last call has ended: nodes come and go."""
        self._users[name] -= 1
        if not self._users[name]:
            del self._users[name]
            self._node.destroy_client(self._clients.pop(name))


class _Wait:

    def __init__(self, calls: Calls, steps: Steps) -> None:
        self._calls, self._steps = calls, steps

    def __call__(self, give_up: bool = False) -> None:
        if not give_up:
            self._calls._advance(self._steps, None)


class _Later:

    def __init__(self, calls: Calls, pending: _Pending) -> None:
        self._calls, self._pending = calls, pending

    def __call__(self, give_up: bool = False) -> None:
        if not give_up:
            self._calls._send(self._pending)


class _Pending:
    """A call under way: answered or expired, whichever comes first."""

    def __init__(self, calls: Calls, steps: Steps, call: Call) -> None:
        self._calls, self._steps, self._call = calls, steps, call
        self._future: Any = None
        self._open = True

    def send(self) -> bool:
        """Send the request unless its server is not connected yet."""
        if not self._open:
            return True
        client = self._calls._clients[self._call.name]
        # A request to a service that is not there is lost without a word.
        if not client.service_is_ready():
            return False
        self._future = client.call_async(self._call.request)
        self._future.add_done_callback(self.answered)
        return True

    def answered(self, future: Any) -> None:
        """Go on with the answer."""
        if self._open and not future.cancelled():
            self._end(None if future.exception() else future.result())

    def __call__(self, give_up: bool = False) -> None:
        if self._open:
            if self._future is not None:
                # rclpy keeps the future of an unanswered request for ever.
                self._calls._clients[self._call.name].remove_pending_request(self._future)
            if give_up:
                self._open = False
            else:
                self._end(None)

    def _end(self, result: Any) -> None:
        self._open = False
        self._calls._advance(self._steps, result)
        # After the next step has begun: it may use the same client.
        self._calls._release(self._call.name)
