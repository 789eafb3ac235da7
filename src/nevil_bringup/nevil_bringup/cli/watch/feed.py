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
"""Ask the supervisor again and again, in a thread of its own."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
import os
import select
import threading
import time
from typing import Any
from typing import NamedTuple

from nevil_bringup.api.project_status import idle_status
from nevil_bringup.api.project_status import status_of
from nevil_bringup.control.client import ControlClient
from nevil_bringup.control.client import ControlError
from nevil_bringup.control.client import Refused
from nevil_bringup.control.connect import connect
from nevil_bringup.paths import ProjectPaths
from nevil_health.control.base import Event
from nevil_health.control.events import AlertRaised
from nevil_health.control.events import Ended
from nevil_health.control.events import StateChanged
from nevil_health.control.insight import GetHistory
from nevil_health.control.operations import RestartNode
from nevil_health.control.session import Subscribe
from nevil_health.control.status import GetStatus

__all__ = ['Feed', 'News', 'Seen']

_TIMEOUT_S = 2.0
_SOON_S = 0.2  # after an event, so that a burst of them costs one look
_AGAIN_S = 1.0  # until a supervisor that is not there is looked for again
_HISTORY_S = 5.0  # as often as the health node takes samples at most
_KEPT = 100


class News(NamedTuple):
    """Something that has happened: when (wall time), what, and the word that colours it."""

    at: float
    text: str
    word: str


class Seen(NamedTuple):
    """
    What is known.

    :param document: the newest status
    :param problem: why there is no newer one
    :param series: per node and metric the newest values
    :param why: the newest answer for the node asked about
    :param said: what became of the last order
    :param ended_at: monotonic time since when nothing runs that ran before
    """

    document: dict[str, Any]
    problem: str = ''
    series: dict[str, dict[str, list[float | None]]] = {}
    news: tuple[News, ...] = ()
    why: dict[str, Any] | None = None
    said: str = ''
    ended_at: float | None = None


class Feed:
    """
    Runs within its context.

    :ivar seen: the newest of what is known; replaced, never changed
    """

    def __init__(self, paths: ProjectPaths, every_s: float, on_change: Callable[[], None]) -> None:
        """
        Prepare.

        :param on_change: called from the thread when there is something new
        """
        self.seen = Seen(idle_status(paths, 'unknown'), problem='connecting')
        self._paths = paths
        self._every_s = every_s
        self._on_change = on_change
        self._failure: BaseException | None = None
        self._ended = False
        self._why: str | None = None
        self._orders: deque[str] = deque()
        self._news: deque[News] = deque(maxlen=_KEPT)
        self._read, self._write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._thread = threading.Thread(target=self._run, name='feed', daemon=True)

    def __enter__(self) -> Feed:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End; an answer that is still waited for is not."""
        self._ended = True
        self._wake()
        self._thread.join(0.1)

    def check(self) -> None:
        """Raise what has ended the thread, if anything has."""
        if self._failure is not None:
            raise self._failure

    def restart(self, name: str) -> None:
        """Have a node restarted."""
        self._orders.append(name)
        self._wake()

    def ask_why(self, name: str | None) -> None:
        """Learn from now on why a node ('' for all) is as it is; None ends that."""
        self._why = name
        self._wake()

    def _wake(self) -> None:
        try:
            os.write(self._write, b'\0')
        except BlockingIOError:
            pass

    def _run(self) -> None:
        try:
            while not self._ended:
                try:
                    client = connect(self._paths, _TIMEOUT_S)
                    if client is None:
                        self._nothing_runs()
                    else:
                        with client:
                            self._follow(client)
                except ControlError as error:
                    self._publish(problem=str(error))
                self._wait([], min(self._every_s, _AGAIN_S))
        except BaseException as failure:  # noqa: B902 - raised again by check()
            self._failure = failure
            self._on_change()

    def _follow(self, client: ControlClient) -> None:
        client.request(Subscribe())
        look_at = history_at = time.monotonic()
        while not self._ended:
            now = time.monotonic()
            if now >= look_at:
                if now >= history_at:
                    self._take_series(client)
                    history_at = now + max(_HISTORY_S, self._every_s)
                self._look(client)
                look_at = now + self._every_s
            if self._take_events(client):
                look_at = min(look_at, now + _SOON_S)
            elif self._wait([client], look_at - time.monotonic()):
                self._carry_out(client)
                look_at = now

    def _look(self, client: ControlClient) -> None:
        why = None
        if self._why is not None:
            try:
                why = client.document('why', name=self._why)
            except Refused as refusal:
                why = {'node': self._why, 'state': str(refusal), 'steps': []}
        self._publish(document=status_of(client), problem='', why=why, ended_at=None)

    def _take_series(self, client: ControlClient) -> None:
        names = tuple(node.name for node in client.request(GetStatus()).nodes)
        try:
            nodes = client.request(GetHistory(names=names)).nodes
        except Refused:
            nodes = {}  # a supervisor from before there was a history
        self.seen = self.seen._replace(series={
            name: {metric: list(one.values) for metric, one in metrics.items()}
            for name, metrics in nodes.items()})

    def _carry_out(self, client: ControlClient) -> None:
        while self._orders:
            name = self._orders.popleft()
            try:
                client.request(RestartNode(name=name))
                said = f'restarting {name}'
            except Refused as refusal:
                said = str(refusal)
            self.seen = self.seen._replace(said=said)

    def _take_events(self, client: ControlClient) -> bool:
        found = False
        while (event := client.next_event(0.0)) is not None:
            news = _news_of(event)
            if news is not None:
                self._news.append(news)
                found = True
        return found

    def _wait(self, others: list[ControlClient], timeout_s: float) -> bool:
        """Wait for the first of them, or for the user; return whether it was the user."""
        sources: list[int | ControlClient] = [self._read, *others]
        ready, _, _ = select.select(sources, [], [], max(0.0, timeout_s))
        if self._read in ready:
            os.read(self._read, 512)
        return self._read in ready

    def _nothing_runs(self) -> None:
        ended_at = self.seen.ended_at
        if ended_at is None and self.seen.document['nodes']:
            ended_at = time.monotonic()
        self._orders.clear()
        self._publish(document=idle_status(self._paths, 'stopped'), problem='', series={},
                      why=None, ended_at=ended_at)

    def _publish(self, **changes: Any) -> None:
        self.seen = self.seen._replace(news=tuple(self._news), **changes)
        self._on_change()


def _news_of(event: Event) -> News | None:
    if isinstance(event, StateChanged) and event.old is not None:
        reason = f' ({event.reason})' if event.reason else ''
        return News(time.time(), f'{event.node}: {event.new}{reason}', event.new)
    if isinstance(event, AlertRaised):
        alert = event.alert
        word = 'resolved' if event.kind == 'resolved' else alert.severity
        whose = alert.node or 'system'
        return News(time.time(), f'alert {event.kind}: {whose}: {alert.text}', word)
    if isinstance(event, Ended):
        return News(time.time(), 'Nevil stopped', 'stopped')
    return None
