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
Random histories of alerts: what must hold whatever happens.

The machine below lets signals change as they like while an operator silences, acknowledges and
stops nodes. It keeps its own, much simpler record: which causes stand, and when what was told.
"""

from __future__ import annotations

from alert_history import Alerts
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant
from hypothesis.stateful import rule
from hypothesis.stateful import RuleBasedStateMachine
from nevil_health.alerts import AlertNews
from nevil_health.alerts import AlertRules

NODES = st.sampled_from(['', 'a', 'b', 'c'])
SIGNALS = st.sampled_from([
    'process', 'heartbeat', 'memory', 'cpu', 'network', 'monitor', 'lifecycle', 'start'])
LEVELS = st.sampled_from(['healthy', 'degraded', 'unhealthy', 'unknown'])
WAITS = st.sampled_from([0.0, 0.5, 3.0, 10.0, 40.0, 130.0, 700.0])
RULES = AlertRules()


class Machine(RuleBasedStateMachine):
    """A robot whose health is thrown about, and an alert book that must keep its promises."""

    def __init__(self) -> None:
        super().__init__()
        self.at = 0.0
        self.alerts = Alerts(RULES, criticality={'a': 'critical', 'c': 'optional'},
                             processes={'b': 'composed', 'c': 'composed'})
        self.bad_since: dict[str, float] = {}
        self.gone_since: dict[str, float] = {}
        self.silent: set[str] = set()
        self.read = 0
        self.fired: dict[str, str] = {}
        self.ended: set[str] = set()
        self.told: dict[str, list[tuple[float, AlertNews]]] = {}

    @rule(wait=WAITS)
    def pass_time(self, wait: float) -> None:
        self.at += wait
        self.alerts.until(self.at)

    @rule(node=NODES, signal=SIGNALS, level=LEVELS, given_up=st.booleans())
    def change(self, node: str, signal: str, level: str, given_up: bool) -> None:
        key = f'{node}/{signal}'
        cause = 'exit 1, given up' if given_up else f'{signal} {level}'
        self.alerts.signal(self.at, key, level, cause)  # type: ignore[arg-type]
        if level in ('degraded', 'unhealthy'):
            self.bad_since.setdefault(key, self.at)
            self.gone_since.pop(key, None)
        elif level == 'healthy':
            if self.bad_since.pop(key, None) is not None:
                self.gone_since[key] = self.at

    @rule(node=NODES, planned=st.booleans())
    def plan(self, node: str, planned: bool) -> None:
        self.alerts.planned(self.at, node, planned)

    @rule(node=NODES, root=NODES)
    def blame(self, node: str, root: str) -> None:
        self.alerts.blame(self.at, node, root)

    @rule(node=NODES)
    def restart(self, node: str) -> None:
        self.alerts.restarted(self.at, node)

    @rule(node=NODES)
    def give_up(self, node: str) -> None:
        self.alerts.given_up(self.at, node, 'exit 1, given up')
        for key in [key for key in self.gone_since if key.startswith(f'{node}/')]:
            del self.gone_since[key]  # what was over is not any more

    @rule(node=NODES, wait=WAITS)
    def silence(self, node: str, wait: float) -> None:
        self.alerts.silence(self.at, node, self.at + wait)

    @rule(node=NODES)
    def unsilence(self, node: str) -> None:
        self.alerts.unsilence(self.at, node)

    @rule(node=NODES)
    def acknowledge(self, node: str) -> None:
        self.alerts.acknowledge(self.at, node)

    @invariant()
    def news_are_true(self) -> None:
        """No word of what did not begin, none after the end; never louder than allowed."""
        self._hear()

    def _hear(self) -> None:
        for at, news in self.alerts.news[self.read:]:
            alert = news.alert
            assert alert.signal != 'overflow', 'so few do not overflow'
            assert alert.id not in self.ended, 'nothing is said after the end'
            if news.kind == 'firing':
                assert alert.state == 'firing' and alert.fired is not None
                self.fired[alert.id] = alert.key
            if alert.state == 'firing':
                assert alert.id in self.fired, 'no word of a firing one before it fires'
            if news.kind == 'resolved':
                self.ended.add(alert.id)
                assert not news.loud or alert.id in self.told, 'no end without a beginning'
            if news.loud:
                assert not alert.silenced
                self._heard(at, news)
        self.read = len(self.alerts.news)

    def _heard(self, at: float, news: AlertNews) -> None:
        heard = self.told.setdefault(news.alert.id, [])
        assert bool(heard) == (news.kind != 'firing'), 'told as firing first, and once'
        if news.kind == 'repeated':
            assert at - heard[-1][0] >= RULES.repeat_s
            assert not news.alert.flapping
        heard.append((at, news))
        early = [one for when, one in heard if when <= heard[0][0] + 600.0]
        worse = sum(one.kind == 'changed' for one in early)
        assert len(early) <= 3 + worse

    @invariant()
    def one_open_incident_for_each_key(self) -> None:
        """Two of one key would be told twice."""
        keys = [one.key for one in self.alerts.book.alerts(self.at) if one.ended is None]
        assert len(keys) == len(set(keys))
        ids = [one.id for one in self.alerts.book.alerts(self.at)]
        assert len(ids) == len(set(ids))

    @invariant()
    def what_stands_is_open(self) -> None:
        """Neither silence nor acknowledgement nor plan nor root drops anything."""
        known = {one.key: one for one in self.alerts.book.alerts(self.at) if one.ended is None}
        for key in self.bad_since:
            if self.alerts._levels[key] in ('degraded', 'unhealthy'):
                assert key in known or key == '/monitor'

    @invariant()
    def what_is_gone_ends(self) -> None:
        """Check: an incident without a cause ends when it has been gone long enough, and calm."""
        known = {one.key: one for one in self.alerts.book.alerts(self.at) if one.ended is None}
        for key, since in self.gone_since.items():
            if self.at > since + RULES.keep_firing_s + RULES.flapping_s:
                assert key not in known

    @invariant()
    def roots_are_open_and_have_no_root(self) -> None:
        """Every consequence leads to somebody who speaks for it."""
        known = {one.id: one for one in self.alerts.book.alerts(self.at) if one.ended is None}
        for one in known.values():
            if one.root:
                assert known[one.root].root == '' and one.root != one.id

    @invariant()
    def cause_that_may_be_told_was_told(self) -> None:
        """Nobody is quiet for no reason."""
        self._hear()
        for one in self.alerts.book.firing:
            bad = self.alerts._levels[one.key] in ('degraded', 'unhealthy')
            if bad and not one.root and not one.silenced:
                assert one.id in self.told

    @invariant()
    def what_is_shown_is_what_was_said(self) -> None:
        """Check: a listener that keeps the last news of each incident sees what the book sees."""
        last = {news.alert.id: news.alert for _, news in self.alerts.news}
        for one in self.alerts.book.alerts(self.at):
            said = last[one.id]
            assert (said.state, said.root, said.silenced, said.severity, said.count) == (
                one.state, one.root, one.silenced, one.severity, one.count)


Machine.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
TestHistories = Machine.TestCase
