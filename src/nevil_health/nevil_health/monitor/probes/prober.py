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

"""What one try of a probe is, whatever it asks."""

from __future__ import annotations

from typing import NamedTuple
from typing import Protocol

__all__ = ['Outcome', 'Prober']


class Outcome(NamedTuple):
    """How a try ended; ``passed`` is None where it proves nothing."""

    passed: bool | None
    text: str = ''


class Prober(Protocol):
    """
    Tries, one try at a time, and never waits.

    :param what: in words, for whoever reads that it failed
    :param silent: whether a time-out may as well be the network's fault
    :param turn_at: when there is next something to be done between tries
    """

    what: str
    silent: bool
    turn_at: float

    def turn(self, at: float, lost_s: float) -> None:
        """Do what is to be done between tries."""

    def begin(self, at: float, lost_s: float) -> None:
        """Begin a try."""

    def poll(self, at: float) -> Outcome | None:
        """Return how the try ended, None while it lasts."""

    def give_up(self) -> str:
        """Let go of the try, which took too long, and return what is to be said of it."""

    def reachable(self) -> bool:
        """Return whether the middleware still sees whom it asks."""

    def close(self) -> None:
        """Let go of everything."""
