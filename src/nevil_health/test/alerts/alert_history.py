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

"""A history of alerts: what happens with its time, and what listeners hear of it."""

from __future__ import annotations

from collections.abc import Mapping
import itertools

from nevil_health.alerts import Alert
from nevil_health.alerts import AlertBook
from nevil_health.alerts import AlertNews
from nevil_health.alerts import AlertRules
from nevil_health.alerts import Silence
from nevil_health.signals.views import Level
from nevil_health.signals.views import LevelChange

__all__ = ['Alerts']


class Alerts:
    """A book, driven like the supervisor drives it: at each deadline, and at each fact."""

    def __init__(self, rules: AlertRules | None = None, *,
                 criticality: Mapping[str, str] | None = None,
                 processes: Mapping[str, str] | None = None) -> None:
        numbers = itertools.count(1)
        self.book = AlertBook(rules or AlertRules(), ident=lambda: f'i{next(numbers)}',
                              criticality=criticality, processes=processes)
        self.heard: list[tuple[float, str, str]] = []  # (at, kind, key) of what was loud
        self.news: list[tuple[float, AlertNews]] = []
        self._levels: dict[str, Level] = {}
        self._sequence = 0

    def until(self, at: float) -> Alerts:
        """Let time pass, doing what is due when it is due."""
        while (due := self.book.next_deadline()) is not None and due <= at:
            self._take(due, self.book.advance(due))
            after = self.book.next_deadline()
            assert after is None or after > due, 'the book would be asked again and again'
        return self

    def signal(self, at: float, key: str, new: Level, cause: str = '') -> Alerts:
        """Let a signal have a new level; it was healthy before the first."""
        self.until(at)
        node, _, signal = key.partition('/')
        self._sequence += 1
        self._take(at, self.book.handle(LevelChange(
            sequence=self._sequence, at=at, node=node, signal=signal,
            old=self._levels.get(key, 'healthy'), new=new, cause=cause or f'{key} is {new}')))
        self._levels[key] = new
        return self

    def unhealthy(self, at: float, key: str, cause: str = '') -> Alerts:
        """Let a signal become unhealthy."""
        return self.signal(at, key, 'unhealthy', cause)

    def degraded(self, at: float, key: str, cause: str = '') -> Alerts:
        """Let a signal become degraded."""
        return self.signal(at, key, 'degraded', cause)

    def healthy(self, at: float, key: str) -> Alerts:
        """Let a signal become healthy."""
        return self.signal(at, key, 'healthy')

    def unknown(self, at: float, key: str) -> Alerts:
        """Let a signal become unknown."""
        return self.signal(at, key, 'unknown')

    def planned(self, at: float, node: str, planned: bool) -> Alerts:
        """Let the operator stop a node, or start it again."""
        self.until(at)._take(at, self.book.planned(node, planned, at))
        return self

    def blame(self, at: float, node: str, root: str) -> Alerts:
        """Let a node suffer from another, or with '' no more."""
        self.until(at)._take(at, self.book.blame(node, root, at))
        return self

    def restarted(self, at: float, node: str) -> Alerts:
        """Let the policy restart a node."""
        self.until(at)._take(at, self.book.restarted(node, at))
        return self

    def given_up(self, at: float, node: str, cause: str) -> Alerts:
        """Let the policy give a node up."""
        self.until(at)._take(at, self.book.given_up(node, cause, at))
        return self

    def silence(self, at: float, node: str, until: float, reason: str = 'at work',
                signal: str = '') -> Alerts:
        """Let the operator silence a node."""
        silence = Silence(node=node, until=until, reason=reason, signal=signal)
        self.until(at)._take(at, self.book.silence(silence, at))
        return self

    def unsilence(self, at: float, node: str) -> Alerts:
        """Let the operator end a silence."""
        self.until(at)._take(at, self.book.unsilence(node, at))
        return self

    def acknowledge(self, at: float, what: str, reason: str = 'seen') -> bool:
        """Let the operator acknowledge an incident or a node."""
        return self.until(at).book.acknowledge(what, reason, at)

    def open(self, key: str) -> Alert:  # noqa: A003
        """Return the open incident of a key."""
        (found,) = [one for one in self.book.alerts(0.0) if one.key == key and one.ended is None]
        return found

    def is_open(self, key: str) -> bool:
        """Return whether there is an open incident of a key."""
        return any(one.key == key and one.ended is None for one in self.book.alerts(0.0))

    def loud(self, key: str = '') -> list[tuple[float, str]]:
        """Return when and as what was heard of a key (or of all)."""
        return [(at, kind) for at, kind, of in self.heard if key in ('', of)]

    def _take(self, at: float, news: list[AlertNews]) -> None:
        for one in news:
            self.news.append((at, one))
            if one.loud:
                self.heard.append((at, one.kind, one.alert.key))
