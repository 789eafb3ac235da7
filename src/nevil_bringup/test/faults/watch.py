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

"""What a supervisor tells its clients, with the time at which it was heard."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
import threading
import time
from typing import Any
from typing import NamedTuple

from nevil_bringup.control.client import ControlClient
from nevil_bringup.control.client import ControlError
from nevil_health.control.fields import plain
from nevil_health.control.session import Subscribe

__all__ = ['Heard', 'Watch']


class Heard(NamedTuple):
    """An event and the monotonic time of its arrival."""

    at: float
    event: dict[str, Any]


class Watch:
    """Subscribes to a supervisor and keeps all that it says, in a thread of its own."""

    def __init__(self, socket: Path) -> None:
        """Listen from now on."""
        self._client = ControlClient(socket)
        self._client.request(Subscribe())
        self._news = threading.Condition()
        self._heard: list[Heard] = []
        self._stopping = False
        self.ended = False
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Listen no longer."""
        self._stopping = True
        self._thread.join()
        self._client.close()

    def _listen(self) -> None:
        try:
            while not self._stopping:
                event = self._client.next_event(0.2)
                if event is not None:
                    with self._news:
                        self._heard.append(Heard(
                            time.monotonic(), {'event': event.NAME, **plain(event)}))
                        self._news.notify_all()
        except ControlError:
            with self._news:
                self.ended = True
                self._news.notify_all()

    def all(self, since: float = 0.0) -> list[Heard]:  # noqa: A003
        """Return what was heard since then."""
        with self._news:
            return [heard for heard in self._heard if heard.at >= since]

    def take(self) -> list[Heard]:
        """Return what was heard since this was last asked, and keep it no longer."""
        with self._news:
            heard, self._heard = self._heard, []
            return heard

    @property
    def pending(self) -> bool:
        """Return whether something was heard since ``take``."""
        with self._news:
            return bool(self._heard)

    def wait(self, wanted: Callable[[dict[str, Any]], bool], timeout_s: float,
             since: float = 0.0) -> Heard | None:
        """Return the first event since then that is wanted, None when there is none in time."""
        found: list[Heard] = []
        looked_at = 0

        def look() -> bool:
            nonlocal looked_at
            new, looked_at = self._heard[looked_at:], len(self._heard)
            found.extend(heard for heard in new if heard.at >= since and wanted(heard.event))
            return bool(found) or self.ended
        with self._news:
            self._news.wait_for(look, timeout_s)
        return found[0] if found else None

    def states(self, node: str, since: float = 0.0) -> list[str]:
        """Return the states that a node came into."""
        return [event['new'] for _, event in self.all(since)
                if event['event'] == 'state' and event['node'] == node]

    def incidents(self, since: float = 0.0) -> dict[str, Heard]:
        """Return the first news of each incident that was told aloud, by the incident's id."""
        found: dict[str, Heard] = {}
        for heard in self.all(since):
            if heard.event['event'] == 'alert' and heard.event['loud'] \
                    and heard.event['kind'] == 'firing':
                found.setdefault(heard.event['alert']['id'], heard)
        return found
