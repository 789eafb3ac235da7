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
Random systems, random histories: what must hold whatever happens.

The machine below plays the world around a core: it makes the processes that the core orders, and
lets them answer, hang, die, be late, while an operator asks for this and that. It checks every
command against its own, much simpler record of what is true.
"""

from __future__ import annotations

from collections.abc import Iterable
import itertools
from typing import Any

from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize
from hypothesis.stateful import invariant
from hypothesis.stateful import precondition
from hypothesis.stateful import rule
from hypothesis.stateful import RuleBasedStateMachine
from nevil_health.core import AnnounceState
from nevil_health.core import Command
from nevil_health.core import Core
from nevil_health.core import CoreSettings
from nevil_health.core import EndSystem
from nevil_health.core import Event
from nevil_health.core import MonitorAttached
from nevil_health.core import MonitorLost
from nevil_health.core import MuteRequested
from nevil_health.core import ProcessExited
from nevil_health.core import ProcessFailed
from nevil_health.core import ProcessStarted
from nevil_health.core import ReadyConfirmed
from nevil_health.core import RememberStopped
from nevil_health.core import RestartRequested
from nevil_health.core import RestartRule
from nevil_health.core import SendSignal
from nevil_health.core import SetMuted
from nevil_health.core import ShutdownRequested
from nevil_health.core import SignalCleared
from nevil_health.core import SignalFailed
from nevil_health.core import StartProcess
from nevil_health.core import StartRequested
from nevil_health.core import StopRequested
from nevil_health.core import SystemStarted
from nevil_health.core import TRANSITIONS
from nevil_health.core import UnitRefused
from nevil_health.core import UnitSpec
from nevil_health.core import UnmuteRequested
from nevil_health.core.states import LIVE
import pytest

NAMES = 'abcdefgh'
INT, TERM, KILL = 2, 15, 9

rules = st.builds(
    RestartRule, policy=st.sampled_from(['always', 'on_failure', 'never', 'unless_stopped']),
    max_restarts=st.integers(0, 3), delay_s=st.sampled_from([0.0, 0.5, 2.0, 90.0]),
    stable_after_s=st.sampled_from([0.0, 5.0, 60.0]))
core_settings = st.builds(
    CoreSettings, parallel=st.booleans(), startup_delay_s=st.sampled_from([0.0, 2.0]),
    wait_for_ready=st.booleans(), jitter=st.sampled_from([0.0, 0.1, 1.0]))


@st.composite
def systems(draw: st.DrawFn, *, conflicts: bool = True) -> list[UnitSpec]:
    """Draw up to eight units that require only earlier ones, in any order."""
    names = NAMES[:draw(st.integers(1, len(NAMES)))]
    units = []
    for index, name in enumerate(names):
        others = [other for other in names if other != name]
        units.append(UnitSpec(
            name=name, restart=draw(rules), enabled=draw(st.integers(0, 9)) > 0,
            auto_start=draw(st.integers(0, 4)) > 0, muted=draw(st.booleans()),
            requires=tuple(draw(st.lists(st.sampled_from(names[:index]), max_size=3)))
            if index else (),
            conflicts=(draw(st.sampled_from(others)),)
            if conflicts and others and draw(st.integers(0, 5)) == 0 else (),
            start_timeout_s=draw(st.sampled_from([0.0, 3.0, 30.0])),
            stop_timeout_s=draw(st.sampled_from([0.0, 1.0, 10.0]))))
    return draw(st.permutations(units))


class World(RuleBasedStateMachine):
    """The world around one core, and the record of what is true in it."""

    @initialize(units=systems(), settings=core_settings, jitter=st.sampled_from([0.0, 0.5, 0.99]),
                stopped=st.frozensets(st.sampled_from(NAMES)))
    def begin(
        self, units: list[UnitSpec], settings: CoreSettings, jitter: float,
        stopped: frozenset[str],
    ) -> None:
        """Start a system."""
        self.units = {unit.name: unit for unit in units}
        self.settings = settings
        self.jitter = settings.jitter * jitter
        self.at = 100.0
        self.core = Core(units, settings, lambda: jitter)
        self.state = {unit.name: 'stopped' if unit.enabled else 'disabled' for unit in units}
        self.entered = dict.fromkeys(self.units, 0.0)
        self.generation = dict.fromkeys(self.units, 0)
        self.known: set[str] = set()          # units whose process has a pid
        self.signals: dict[str, list[int]] = {}
        self.failures = dict.fromkeys(self.units, 0)
        self.wanted = dict.fromkeys(self.units, False)
        self.remembered = {name: name in stopped for name in self.units}
        self.hurry = 0
        self.monitored = True
        self.heard_since = dict.fromkeys(self.units, 0.0)
        self.ending = False
        self.ends = 0
        for name, unit in self.units.items():
            kept = self.remembered[name] and unit.restart.policy == 'unless_stopped'
            self.wanted[name] = unit.enabled and unit.auto_start and not kept
        self.feed(SystemStarted(at=self.at, stopped=stopped))

    # -- the record ----------------------------------------------------------------------------

    def live(self, name: str) -> bool:
        """Tell whether the unit has a process, or one is being made."""
        return self.state[name] in LIVE

    def above(self, name: str) -> set[str]:
        """Return all that requires the unit, directly or not."""
        direct = {unit.name for unit in self.units.values() if name in unit.requires}
        return direct.union(*(self.above(other) for other in direct))

    def rivals(self, name: str) -> set[str]:
        """Return all that the unit conflicts with, whoever of them says so."""
        return {*self.units[name].conflicts, *(
            unit.name for unit in self.units.values() if name in unit.conflicts)}

    def feed(self, event: Event) -> None:
        """Let something happen, and judge what the core makes of it."""
        self.judge(self.core.handle(event))

    def judge(self, commands: Iterable[Command]) -> None:
        """Check each command and take it into the record."""
        for command in commands:
            if isinstance(command, AnnounceState):
                self.judge_change(command)
            elif isinstance(command, StartProcess):
                self.judge_start(command)
            elif isinstance(command, SendSignal):
                self.judge_signal(command)
            elif isinstance(command, SetMuted):
                assert self.state[command.unit] == 'ready'
                assert command.generation == self.generation[command.unit]
            elif isinstance(command, RememberStopped):
                assert self.remembered[command.unit] != command.stopped
                self.remembered[command.unit] = command.stopped
            else:
                assert isinstance(command, EndSystem)
                assert self.ending
                assert not any(map(self.live, self.units))
                assert command.status == ('failed' in self.state.values())
                self.ends += 1
        assert self.ends <= 1

    def judge_change(self, change: AnnounceState) -> None:
        """A change starts where the last one ended, and is one of the table."""
        name = change.unit
        old, new = self.state[name], change.new
        assert change.old == old != new
        assert any(new in targets for targets in TRANSITIONS[change.old].values())  # type: ignore
        restart = self.units[name].restart
        if old == 'ready' and self.at - self.entered[name] >= restart.stable_after_s:
            self.failures[name] = 0
        if new == 'backoff':
            base = min(restart.delay_s * 2 ** self.failures[name], 300.0)
            delay = min(base * (1.0 + self.jitter), 300.0)
            assert f' in {delay:.1f} s' in change.reason
            self.failures[name] += 1
            assert self.failures[name] <= restart.max_restarts
        assert new != 'failed' or change.level == 'ERROR'
        if (old, new) == ('starting', 'unhealthy'):
            assert self.monitored
            assert self.at >= self.heard_since[name] + self.units[name].start_timeout_s
        if new not in LIVE:
            self.known.discard(name)
            self.signals.pop(name, None)
        self.state[name] = new
        self.entered[name] = self.at

    def judge_start(self, start: StartProcess) -> None:
        """A start is wanted, allowed, and the only one of its unit."""
        name = start.unit
        assert not self.ending
        assert self.state[name] == 'starting'
        assert self.wanted[name], f'{name} starts though nobody wants it'
        assert start.generation == self.generation[name] + 1
        assert name not in self.known, f'{name} has a process already'
        assert all(self.state[other] == 'ready' for other in self.units[name].requires)
        assert not any(map(self.live, self.rivals(name)))
        assert start.muted == self.core.view_of(name).muted
        self.generation[name] = start.generation
        self.signals[name] = []

    def judge_signal(self, order: SendSignal) -> None:
        """Signals go up the ladder, to the running process, in reverse order at the end."""
        name = order.unit
        assert self.live(name) and order.generation == self.generation[name]
        sent = self.signals[name]
        ladder = [INT, TERM, KILL]
        assert order.signal in ladder[ladder.index(sent[-1]) + 1 if sent else 0:]
        in_turn = self.ending and not sent and self.hurry < 2
        assert not (in_turn and any(map(self.live, self.above(name)))), (
            f'{name} is ended before what requires it')
        sent.append(order.signal)

    # -- what processes do ---------------------------------------------------------------------

    def process(self, name: str) -> dict[str, Any]:
        """Return what every event of the unit's newest process carries."""
        return {'at': self.at, 'unit': name, 'generation': self.generation[name]}

    def started(self, name: str) -> None:
        """Tell that the process exists, unless that is known."""
        if name not in self.known:
            self.known.add(name)
            self.heard_since[name] = self.at
            self.feed(ProcessStarted(pid=1, **self.process(name)))

    @precondition(lambda self: 'starting' in self.state.values())
    @rule()
    def processes_come_up(self) -> None:
        """All that is being started comes up as it should."""
        for name in [name for name, state in self.state.items() if state == 'starting']:
            self.started(name)
            self.feed(ReadyConfirmed(**self.process(name)))

    @precondition(lambda self: 'starting' in self.state.values())
    @rule()
    def processes_exist(self) -> None:
        """All that is being started exists, and says no more."""
        for name in [name for name, state in self.state.items() if state == 'starting']:
            self.started(name)

    @precondition(lambda self: any(map(self.live, self.units)))
    @rule(data=st.data(), end=st.sampled_from([0, 1, -KILL, None]))
    def process_ends(self, data: st.DataObject, end: int | None) -> None:
        """A process ends by itself or by a signal, or cannot be started at all."""
        name = data.draw(st.sampled_from([name for name in self.units if self.live(name)]))
        of = self.process(name)
        event: Event = ProcessExited(signal=KILL, **of)
        if end is None and name not in self.known and self.state[name] in ('starting', 'stopping'):
            event = ProcessFailed(reason='no memory', **of)
        elif end is not None and end >= 0:
            event = ProcessExited(code=end, **of)
        if not isinstance(event, ProcessFailed):
            self.started(name)
        self.known.discard(name)
        self.feed(event)

    @precondition(lambda self: any(map(self.live, self.units)))
    @rule(data=st.data(), kind=st.sampled_from([ReadyConfirmed, SignalFailed, SignalCleared]))
    def word_comes(self, data: st.DataObject, kind: type[Any]) -> None:
        """The health node has something to say of a process, whether that is known or not."""
        name = data.draw(st.sampled_from([name for name in self.units if self.live(name)]))
        extra: dict[type[Any], dict[str, Any]] = {
            SignalFailed: {'signal': 'heartbeat', 'cause': 'no heartbeat for 5.0 s'},
            SignalCleared: {'signal': 'heartbeat'}}
        self.feed(kind(**self.process(name), **extra.get(kind, {})))

    @precondition(lambda self: max(self.generation.values()) > 1)
    @rule(data=st.data(), kind=st.sampled_from(
        [ProcessStarted, ProcessFailed, ProcessExited, ReadyConfirmed, SignalFailed]))
    def old_news_arrives(self, data: st.DataObject, kind: type[Any]) -> None:
        """News of an older process is dropped, counted, and changes nothing."""
        name = data.draw(st.sampled_from([n for n in self.units if self.generation[n] > 1]))
        extra: dict[type[Any], dict[str, Any]] = {
            ProcessStarted: {'pid': 1}, ProcessFailed: {'reason': ''},
            ProcessExited: {'code': 1}, SignalFailed: {'signal': 's', 'cause': 'c'}}
        older = data.draw(st.integers(1, self.generation[name] - 1))
        before, dropped = self.core.view(self.at), self.core.dropped
        event = kind(at=self.at, unit=name, generation=older, **extra.get(kind, {}))
        assert self.core.handle(event) == []
        assert self.core.view(self.at) == before
        assert self.core.dropped == dropped + 1

    @rule(attached=st.booleans())
    def monitor_comes_or_goes(self, attached: bool) -> None:
        """The health node attaches or ends; no process is touched, none loses time by it."""
        self.monitored = attached
        self.heard_since = dict.fromkeys(self.units, self.at)
        before = self.state.copy()
        self.feed((MonitorAttached if attached else MonitorLost)(at=self.at))
        assert self.state == before

    # -- what the operator does ----------------------------------------------------------------

    @rule(data=st.data(), kind=st.sampled_from(
        [StartRequested, StopRequested, RestartRequested, MuteRequested, UnmuteRequested]))
    def operator_asks(self, data: st.DataObject, kind: type[Any]) -> None:
        """The operator asks for something; a refusal changes nothing."""
        name = data.draw(st.sampled_from([*self.units, 'nobody']))
        event = kind(at=self.at, unit=name)
        if self.ending or name not in self.units or not self.units[name].enabled:
            before = self.core.view(self.at)
            with pytest.raises(UnitRefused):
                self.core.handle(event)
            assert self.core.view(self.at) == before
            return
        if kind is StopRequested:
            self.wanted[name] = False
        elif kind in (StartRequested, RestartRequested):
            self.wanted[name] = True
            self.failures[name] = 0
        self.feed(event)
        assert self.remembered[name] == (
            not self.wanted[name] and self.units[name].restart.policy == 'unless_stopped'
        ) or kind in (MuteRequested, UnmuteRequested)

    @precondition(lambda self: not self.ends and (self.ending or self.at > 500.0))
    @rule(hurry=st.booleans())
    def operator_ends_the_system(self, hurry: bool) -> None:
        """The operator ends everything, or hurries; late, or little else would happen."""
        self.ending = True
        self.hurry = min(self.hurry + hurry, 2)
        self.feed(ShutdownRequested(at=self.at, hurry=hurry))

    # -- time ----------------------------------------------------------------------------------

    @rule(seconds=st.sampled_from([0.0, 0.5, 2.0, 7.0, 20.0, 61.0, 250.0]))
    def time_passes(self, seconds: float) -> None:
        """Time passes, and what has become due is carried out."""
        self.at += seconds
        self.judge(self.core.advance(self.at))
        deadline = self.core.next_deadline()
        assert deadline is None or deadline > self.at

    @precondition(lambda self: self.core.next_deadline() is not None)
    @rule()
    def deadline_comes(self) -> None:
        """The next deadline comes, to the point."""
        deadline = self.core.next_deadline()
        assert deadline is not None
        before = self.core.view(self.at), deadline
        self.at = max(self.at, deadline)
        self.judge(self.core.advance(self.at))
        assert (self.core.view(self.at), self.core.next_deadline()) != before

    # -- what holds at every moment --------------------------------------------------------------

    @invariant()
    def view_is_true(self) -> None:
        """What the core shows is what it announced."""
        for name, view in self.core.view(self.at).items():
            assert (view.state, view.generation) == (self.state[name], self.generation[name])
            assert (view.desired == 'running') == self.wanted[name]
            assert (view.pid is not None) == (name in self.known)
            assert (view.until is not None) == (view.state == 'backoff')
            assert view.consecutive_failures <= self.units[name].restart.max_restarts
            if view.state == 'waiting':
                blocking = {other for other in self.units[name].requires
                            if self.state[other] != 'ready'}
                assert set(view.waiting_for) == blocking | {
                    other for other in self.rivals(name) if self.live(other)}
                assert view.waiting_for or not self.settings.parallel

    @invariant()
    def settled_is_true(self) -> None:
        """The system is settled when nothing that is wanted is on its way."""
        standing = [self.standing(name) for name in self.units if self.wanted[name]]
        expected = None if 'busy' in standing else 'degraded' if 'down' in standing else 'ready'
        assert self.core.settled == (None if self.ending else expected)

    def standing(self, name: str) -> str:
        """Tell how a unit stands, by definition instead of by counting."""
        state = self.state[name]
        if state == 'waiting' and self.hopeless(name):
            return 'down'
        return {'ready': 'up', 'completed': 'up', 'failed': 'down'}.get(state, 'busy')

    def hopeless(self, name: str) -> bool:
        """Tell whether what a waiting unit waits for will not come by itself."""
        dead = ('stopped', 'completed', 'failed', 'disabled')
        return any(self.state[other] == 'ready' for other in self.rivals(name)) or any(
            self.state[other] in dead or (
                self.state[other] == 'waiting' and self.hopeless(other))
            for other in self.units[name].requires)

    def teardown(self) -> None:
        """End the system: processes that answer to SIGKILL alone are enough for that."""
        if not hasattr(self, 'core'):
            return
        if not self.ending:
            self.ending = True
            self.feed(ShutdownRequested(at=self.at))
        for _ in range(10 * len(self.units)):
            for name in list(self.units):
                if self.live(name) and KILL in self.signals[name]:
                    self.known.discard(name)
                    self.feed(ProcessExited(
                        at=self.at, unit=name, generation=self.generation[name], signal=KILL))
            deadline = self.core.next_deadline()
            if deadline is not None:
                self.at = max(self.at, deadline)
                self.judge(self.core.advance(self.at))
        assert self.ends == 1
        assert self.core.next_deadline() is None


World.TestCase.settings = hypothesis_settings(
    max_examples=100, stateful_step_count=80, deadline=None)
TestWorld = World.TestCase


def outcome(units: Iterable[UnitSpec], exits: dict[str, list[int | None]]) -> object:
    """
    Play a parallel system to its end and return what became of each unit.

    :param exits: for each unit the exit code of each of its runs; None runs on
    """
    core = Core(units, CoreSettings(parallel=True), lambda: 0.5)
    at = 0.0
    started: dict[str, list[float]] = {}
    todo = core.handle(SystemStarted(at=at))
    for _ in range(1000):
        for start in [command for command in todo if isinstance(command, StartProcess)]:
            runs = started.setdefault(start.unit, [])
            runs.append(at)
            code = dict(enumerate(exits.get(start.unit, []))).get(len(runs) - 1)
            news: Event = ReadyConfirmed(at=at, unit=start.unit, generation=start.generation)
            if code is not None:
                news = ProcessExited(
                    at=at, unit=start.unit, generation=start.generation, code=code)
            todo += core.handle(news)
            todo.remove(start)
        if not any(isinstance(command, StartProcess) for command in todo):
            deadline = core.next_deadline()
            if deadline is None:
                return started, {name: (view.state, view.restarts, view.last_exit)
                                 for name, view in core.view(at).items()}, core.settled
            at = deadline
            todo = core.advance(at)
    raise AssertionError('the system does not come to rest')


@given(units=systems(conflicts=False), data=st.data(), exits=st.dictionaries(
    st.sampled_from(NAMES), st.lists(st.sampled_from([None, 0, 1]), max_size=4)))
@hypothesis_settings(max_examples=60, deadline=None)
def test_order_of_units_does_not_matter_in_parallel(
    units: list[UnitSpec], data: st.DataObject, exits: dict[str, list[int | None]],
) -> None:
    """Which unit is declared first decides nothing when all start as soon as they can."""
    shuffled = data.draw(st.permutations(units))
    assert outcome(units, exits) == outcome(shuffled, exits)


def test_conflicting_units_are_kept_apart_in_any_order() -> None:
    """Of rivals one runs, whichever comes first; the others wait for it."""
    for names in itertools.permutations('abc'):
        core = Core([UnitSpec(name=name, conflicts=tuple(set('abc') - {name})) for name in names],
                    CoreSettings(parallel=True), lambda: 0.0)
        core.handle(SystemStarted(at=0.0))
        assert [view.state for view in core.view(0.0).values()] == [
            'starting', 'waiting', 'waiting']
