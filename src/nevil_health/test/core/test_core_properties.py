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
from nevil_health.core import CollectEvidence
from nevil_health.core import Command
from nevil_health.core import Core
from nevil_health.core import CoreSettings
from nevil_health.core import EndSystem
from nevil_health.core import Event
from nevil_health.core import EvidenceCollected
from nevil_health.core import HoldRequested
from nevil_health.core import MemoryLow
from nevil_health.core import MonitorAttached
from nevil_health.core import MonitorLost
from nevil_health.core import MuteRequested
from nevil_health.core import Paused
from nevil_health.core import PauseRequested
from nevil_health.core import PauseUnit
from nevil_health.core import ProcessExited
from nevil_health.core import ProcessFailed
from nevil_health.core import ProcessStarted
from nevil_health.core import ReadyConfirmed
from nevil_health.core import ReleaseRequested
from nevil_health.core import RememberHeld
from nevil_health.core import RememberStopped
from nevil_health.core import RestartRequested
from nevil_health.core import RestartRule
from nevil_health.core import ResumeRequested
from nevil_health.core import ResumeUnit
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
from nevil_health.core.states import DEADLINES
from nevil_health.core.states import LIVE
from nevil_health.core.states import RequirementLost
from nevil_health.core.states import RequirementsRestored
from nevil_health.core.states import StartAllowed
import pytest

NAMES = 'abcdefgh'
INT, TERM, KILL = 2, 15, 9
# What the core makes itself, when time has passed or something else has happened.
OF_THE_CORE = (*DEADLINES.values(), RequirementLost, RequirementsRestored, ShutdownRequested,
               StartAllowed)

rules = st.builds(
    RestartRule, policy=st.sampled_from(
        ['always', 'on_failure', 'on_failure', 'on_failure', 'never', 'unless_stopped']),
    max_restarts=st.sampled_from([0, 1, 3, 5, 5]), delay_s=st.sampled_from([0.0, 0.5, 2.0, 90.0]),
    stable_after_s=st.sampled_from([0.0, 5.0, 60.0]))
core_settings = st.builds(
    CoreSettings, parallel=st.booleans(), startup_delay_s=st.sampled_from([0.0, 2.0]),
    wait_for_ready=st.booleans(), jitter=st.sampled_from([0.0, 0.1, 1.0]),
    dependency_grace_s=st.sampled_from([0.0, 1.0, 10.0]),
    max_concurrent_restarts=st.sampled_from([1, 2, 4]), resume_timeout_s=st.just(30.0))


@st.composite
def systems(draw: st.DrawFn, *, conflicts: bool = True) -> list[UnitSpec]:
    """Draw up to eight units that require only earlier ones, in any order."""
    names = NAMES[:draw(st.integers(1, len(NAMES)))]
    units = []
    for index, name in enumerate(names):
        others = [other for other in names if other != name]
        units.append(UnitSpec(
            name=name, restart=draw(rules), enabled=draw(st.integers(0, 39)) > 0,
            auto_start=draw(st.integers(0, 9)) > 0, muted=draw(st.booleans()),
            requires=tuple(draw(st.lists(st.sampled_from(names[:index]), max_size=3)))
            if index else (),
            conflicts=(draw(st.sampled_from(others)),)
            if conflicts and others and draw(st.integers(0, 15)) == 0 else (),
            start_timeout_s=draw(st.sampled_from([0.0, 30.0, 30.0, 300.0])),
            stop_timeout_s=draw(st.sampled_from([0.0, 1.0, 10.0])),
            pausable=draw(st.integers(0, 3)) > 0,
            prevent_exit_status=frozenset({78}) if draw(st.booleans()) else frozenset(),
            on_failed='shutdown' if draw(st.integers(0, 19)) == 0 else 'continue'))
    return draw(st.permutations(units))


class World(RuleBasedStateMachine):
    """The world around one core, and the record of what is true in it."""

    @initialize(units=systems(), settings=core_settings, jitter=st.sampled_from([0.0, 0.5, 0.99]),
                stopped=st.frozensets(st.sampled_from(NAMES)),
                held=st.frozensets(st.sampled_from(NAMES), max_size=1), up=st.booleans())
    def begin(
        self, units: list[UnitSpec], settings: CoreSettings, jitter: float,
        stopped: frozenset[str], held: frozenset[str], up: bool,
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
        self.held = {name: unit.enabled and name in held for name, unit in self.units.items()}
        self.op_paused = dict.fromkeys(self.units, False)
        self.order: dict[str, PauseUnit | ResumeUnit] = {}   # not answered yet
        self.ordered_at = dict.fromkeys(self.units, 0.0)
        self.put_down: set[str] = set()       # ended by the cascade, and not gone yet
        self.left_ready: dict[str, float] = {}
        self.restarting: set[str] = set()     # by policy
        self.charged: set[tuple[str, int]] = set()
        self.at_the_end: set[str] = set()     # live units that were on their way down already
        self.fed: tuple[type[Event], ...] = ()  # what the core handles now
        self.memory_low = False
        self.hurry, self.monitored = 0, True
        self.heard_since = dict.fromkeys(self.units, 0.0)
        self.ending = False
        self.ends = 0
        for name, unit in self.units.items():
            kept = self.remembered[name] and unit.restart.policy == 'unless_stopped'
            self.wanted[name] = unit.enabled and unit.auto_start and not kept
        self.feed(SystemStarted(at=self.at, stopped=stopped, held=held))
        for _ in range(len(units) if up else 0):
            self.processes_come_up()
            self.time_passes(2.0)

    # -- the record ----------------------------------------------------------------------------

    def live(self, name: str) -> bool:
        """Return whether the unit has a process, or one is being made."""
        return self.state[name] in LIVE

    def above(self, name: str) -> set[str]:
        """Return all that requires the unit, directly or not."""
        direct = {unit.name for unit in self.units.values() if name in unit.requires}
        return direct.union(*(self.above(other) for other in direct))

    def rivals(self, name: str) -> set[str]:
        """Return all that the unit conflicts with, whoever of them says so."""
        return {*self.units[name].conflicts, *(
            unit.name for unit in self.units.values() if name in unit.conflicts)}

    def away(self, name: str) -> bool:
        """Return whether the unit has not been ready for longer than the grace."""
        left = self.left_ready.get(name)
        return left is not None and left + self.settings.dependency_grace_s <= self.at

    def cut_off(self, name: str) -> bool:
        """Return whether the unit should not work, by definition instead of by counting."""
        return not self.held[name] and (self.op_paused[name] or any(
            self.away(other) or self.cut_off(other) for other in self.units[name].requires))

    def works(self, name: str) -> bool:
        """Return whether what the unit requires should not pause before it."""
        if self.state[name] == 'ready':
            return not self.held[name]
        waited = self.at < self.ordered_at[name] + 5.0
        if name in self.put_down:
            return waited
        order = self.order.get(name)
        return order is not None and (isinstance(order, ResumeUnit) or waited)

    def feed(self, event: Event) -> None:
        """Let something happen, and check what the core makes of it."""
        self.fed = (type(event),)
        self.check_commands(self.core.handle(event))
        self.fed = ()

    def check_commands(self, commands: Iterable[Command]) -> None:
        """Check each command and record it."""
        for command in commands:
            if isinstance(command, AnnounceState):
                self.check_change(command)
            elif isinstance(command, StartProcess):
                self.check_start(command)
            elif isinstance(command, SendSignal):
                self.check_signal(command)
            elif isinstance(command, (PauseUnit, ResumeUnit)):
                self.check_order(command)
            elif isinstance(command, CollectEvidence):
                assert self.state[command.unit] == 'unhealthy'
                assert command.generation == self.generation[command.unit]
            elif isinstance(command, RememberHeld):
                assert self.held[command.unit] == command.held
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

    def check_change(self, change: AnnounceState) -> None:
        """Check: a change starts where the last one ended, and is one of the table."""
        name = change.unit
        old, new = self.state[name], change.new
        assert change.old == old != new
        self.order.pop(name, None)
        self.put_down.discard(name)
        if old == 'ready':
            self.left_ready[name] = self.at
        elif new == 'ready':
            self.left_ready.pop(name, None)
        if new == 'stopping' and 'ended until' in change.reason:
            assert not self.units[name].pausable
            self.check_pause(name)
            self.put_down.add(name)
            self.ordered_at[name] = self.at
        if new == 'unhealthy':
            assert not self.held[name] and not self.ending
        if new not in ('backoff', 'waiting', 'starting'):
            self.restarting.discard(name)
        elif new == 'backoff':
            self.restarting.add(name)
            assert (name, self.generation[name]) not in self.charged, 'two restarts, one failure'
            self.charged.add((name, self.generation[name]))
        if new == 'failed' and not self.ending and self.units[name].on_failed == 'shutdown':
            self.to_end()
        assert new in TRANSITIONS[old][change.event]  # type: ignore[index]
        assert change.event in (*self.fed, *OF_THE_CORE)
        self.check_failures(change)
        assert new != 'failed' or change.level == 'ERROR'
        if (old, new) == ('starting', 'unhealthy'):
            assert self.monitored and not self.held[name]
            assert self.at >= self.heard_since[name] + self.units[name].start_timeout_s
        if new not in LIVE:
            self.known.discard(name)
            self.signals.pop(name, None)
        self.state[name] = new
        self.entered[name] = self.at

    def check_failures(self, change: AnnounceState) -> None:
        """Check: the delay of a restart follows from the failures since the last stable run."""
        name, restart = change.unit, self.units[change.unit].restart
        if change.old == 'ready' and self.at - self.entered[name] >= restart.stable_after_s:
            self.failures[name] = 0
        if change.new == 'backoff':
            base = min(restart.delay_s * 2 ** self.failures[name], 300.0)
            delay = min(base * (1.0 + self.jitter), 300.0)
            assert f' in {delay:.1f} s' in change.reason
            self.failures[name] += 1
            assert self.failures[name] <= restart.max_restarts

    def check_start(self, start: StartProcess) -> None:
        """Check: a start is wanted, allowed, and the only one of its unit."""
        name = start.unit
        assert not self.ending
        assert self.state[name] == 'starting'
        assert self.wanted[name], f'{name} starts though nobody wants it'
        assert start.generation == self.generation[name] + 1
        assert name not in self.known, f'{name} has a process already'
        assert all(self.state[other] == 'ready' for other in self.units[name].requires)
        assert not any(map(self.cut_off, self.units[name].requires))
        assert not any(map(self.live, self.rivals(name)))
        if name in self.restarting:
            under_way = {other for other in self.restarting if self.state[other] == 'starting'}
            limit = self.settings.max_concurrent_restarts
            assert not self.memory_low and not self.held[name]
            assert not self.monitored or len(under_way) <= limit
        assert start.muted == self.core.view_of(name).muted
        self.generation[name] = start.generation
        self.signals[name] = []

    def check_order(self, order: PauseUnit | ResumeUnit) -> None:
        """Pauses go from the deepest up, resumes the other way, one order after the other."""
        name = order.unit
        assert self.state[name] == 'paused' and order.generation == self.generation[name]
        if isinstance(order, PauseUnit):
            assert self.units[name].pausable
            self.check_pause(name)
            assert isinstance(self.order.get(name), (ResumeUnit, type(None)))
        else:
            assert not self.cut_off(name) and not self.held[name]
            assert all(self.state[other] == 'ready' for other in self.units[name].requires)
            waited = self.at >= self.ordered_at[name] + 5.0
            assert name not in self.order or waited
        self.order[name] = order
        self.ordered_at[name] = self.at

    def check_pause(self, name: str) -> None:
        """Check: a unit pauses when it is cut off and nobody who requires it works any more."""
        assert not self.ending
        assert self.cut_off(name), f'{name} pauses for nothing'
        busy = [unit.name for unit in self.units.values()
                if name in unit.requires and self.works(unit.name)]
        assert not busy, f'{name} pauses before {busy}'

    def check_signal(self, order: SendSignal) -> None:
        """POSIX signals follow the stop escalation, and reverse order at the end."""
        name = order.unit
        assert self.live(name) and order.generation == self.generation[name]
        sent = self.signals[name]
        escalation = [INT, TERM, KILL]
        assert order.signal in escalation[escalation.index(sent[-1]) + 1 if sent else 0:]
        in_turn = (self.ending and not sent and self.hurry < 2
                   and name not in self.at_the_end)
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
        """Play: a process ends by itself or by a signal, or cannot be started at all."""
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
    @rule(data=st.data(), kind=st.sampled_from(
        [ReadyConfirmed, SignalFailed, SignalCleared, EvidenceCollected]),
        signal=st.sampled_from(['heartbeat', 'progress']))
    def word_comes(self, data: st.DataObject, kind: type[Any], signal: str) -> None:
        """Play: the health node says something of a process, whether that is known or not."""
        name = data.draw(st.sampled_from([name for name in self.units if self.live(name)]))
        extra: dict[type[Any], dict[str, Any]] = {
            SignalFailed: {'signal': signal, 'cause': 'c', 'hung': signal == 'heartbeat'},
            SignalCleared: {'signal': signal}}
        self.feed(kind(**self.process(name), **extra.get(kind, {})))

    @precondition(lambda self: 'ready' in self.state.values())
    @rule(data=st.data(), seconds=st.sampled_from([0.5, 1.0, 2.0, 12.0]))
    def process_crashes(self, data: st.DataObject, seconds: float) -> None:
        """Play: a ready unit fails, and stays away for a while; mostly one that others require."""
        ready = [name for name in self.units if self.state[name] == 'ready']
        needed = [name for name in ready if self.above(name)]
        name = data.draw(st.sampled_from(needed or ready))
        self.started(name)
        self.known.discard(name)
        self.feed(ProcessExited(code=1, **self.process(name)))
        self.time_passes(seconds)

    @precondition(lambda self: self.order)
    @rule(data=st.data())
    def order_is_answered(self, data: st.DataObject) -> None:
        """Play: a unit has paused, or is ready again."""
        self.answer(data.draw(st.sampled_from(sorted(self.order))))

    @precondition(lambda self: self.order)
    @rule()
    def orders_are_answered(self) -> None:
        """All that were told to have paused, or are ready again."""
        for name in sorted(self.order):
            self.answer(name)

    def answer(self, name: str) -> None:
        """Let a unit answer its order."""
        order = self.order[name]
        if isinstance(order, PauseUnit):
            del self.order[name]  # checked before what follows from it
        kind = Paused if isinstance(order, PauseUnit) else ReadyConfirmed
        self.feed(kind(number=order.number, **self.process(name)))

    @precondition(lambda self: any(map(self.live, self.units)))
    @rule(data=st.data(), kind=st.sampled_from([Paused, ReadyConfirmed]))
    def old_answer_arrives(self, data: st.DataObject, kind: type[Any]) -> None:
        """Play: the answer to an older order changes nothing."""
        name = data.draw(st.sampled_from([name for name in self.units if self.live(name)]))
        if self.state[name] in ('starting', 'unhealthy'):
            return
        order = self.order.get(name)
        number = order.number - 1 if order is not None else -1
        before = self.core.view(self.at)
        self.feed(kind(number=number, **self.process(name)))
        assert self.core.view(self.at) == before

    @rule(low=st.booleans())
    def memory_changes(self, low: bool) -> None:
        """Play: the machine runs out of memory, or has some again."""
        self.memory_low = low
        self.feed(MemoryLow(at=self.at, low=low, free_percent=2.0))

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
        """Play: the health node attaches or ends; no process is touched, none loses time by it."""
        self.monitored = attached
        self.heard_since = dict.fromkeys(self.units, self.at)
        before = set(filter(self.live, self.units))
        self.feed((MonitorAttached if attached else MonitorLost)(at=self.at))
        assert before <= set(filter(self.live, self.units))

    # -- what the operator does ----------------------------------------------------------------

    @rule(data=st.data(), kind=st.sampled_from(
        [StartRequested, StopRequested, RestartRequested, MuteRequested, UnmuteRequested,
         PauseRequested, PauseRequested, ResumeRequested, HoldRequested, ReleaseRequested]))
    def operator_asks(self, data: st.DataObject, kind: type[Any]) -> None:
        """Play: the operator asks for something; a refusal changes nothing."""
        name = data.draw(st.sampled_from([*self.units, 'nobody']))
        if self.refused(name, kind):
            before = self.core.view(self.at)
            with pytest.raises(UnitRefused):
                self.core.handle(kind(at=self.at, unit=name))
            assert self.core.view(self.at) == before
        else:
            self.ask(name, kind)

    def refused(self, name: str, kind: type[Any]) -> bool:
        """Return whether a request cannot be met."""
        if self.ending or name not in self.units or not self.units[name].enabled:
            return True
        return kind is PauseRequested and (
            not self.units[name].pausable
            or self.state[name] in ('stopped', 'completed', 'failed'))

    def ask(self, name: str, kind: type[Any]) -> None:
        """Ask for what can be had."""
        if kind is StopRequested:
            self.wanted[name] = False
        elif kind in (StartRequested, RestartRequested):
            self.wanted[name] = True
            self.failures[name] = 0
            self.restarting.discard(name)
        elif kind in (HoldRequested, ReleaseRequested):
            self.held[name] = kind is HoldRequested
            self.heard_since[name] = self.at
        if kind in (StopRequested, StartRequested, RestartRequested, ResumeRequested):
            self.op_paused[name] = False
        elif kind is PauseRequested:
            self.op_paused[name] = True
        self.feed(kind(at=self.at, unit=name))
        assert self.remembered[name] == (
            not self.wanted[name] and self.units[name].restart.policy == 'unless_stopped'
        ) or kind not in (StartRequested, StopRequested, RestartRequested)

    def to_end(self) -> None:
        """Note that the system ends from now on."""
        self.ending = True
        self.at_the_end = {name for name in self.units
                           if self.state[name] in ('unhealthy', 'stopping')}

    @precondition(lambda self: not self.ends and (self.ending or self.at > 500.0))
    @rule(hurry=st.booleans())
    def operator_ends_the_system(self, hurry: bool) -> None:
        """Play: the operator ends everything, or hurries; late, or little else would happen."""
        if not self.ending:
            self.to_end()
        self.hurry = min(self.hurry + hurry, 2)
        self.feed(ShutdownRequested(at=self.at, hurry=hurry))

    # -- time ----------------------------------------------------------------------------------

    @rule(seconds=st.sampled_from([0.0, 0.5, 2.0, 7.0, 20.0, 61.0, 250.0]))
    def time_passes(self, seconds: float) -> None:
        """Time passes, and what has become due is carried out."""
        self.at += seconds
        self.check_commands(self.core.advance(self.at))
        deadline = self.core.next_deadline()
        assert deadline is None or deadline > self.at

    @precondition(lambda self: self.core.next_deadline() is not None)
    @rule()
    def deadline_comes(self) -> None:
        """Play: the next deadline comes, to the point."""
        deadline = self.core.next_deadline()
        assert deadline is not None
        before = self.core.view(self.at), deadline
        self.at = max(self.at, deadline)
        self.check_commands(self.core.advance(self.at))
        assert (self.core.view(self.at), self.core.next_deadline()) != before

    # -- what holds at every moment --------------------------------------------------------------

    @invariant()
    def view_is_true(self) -> None:
        """Check: what the core shows is what it announced."""
        for name, view in self.core.view(self.at).items():
            assert (view.state, view.generation) == (self.state[name], self.generation[name])
            assert (view.desired == 'running') == self.wanted[name]
            assert (view.pid is not None) == (name in self.known)
            if view.state == 'backoff' and view.until is None:
                assert self.memory_low or len(self.restarting) > 1, 'nothing holds it up'
            else:
                assert (view.until is not None) == (view.state == 'backoff')
            assert view.held == self.held[name]
            assert ('operator' in view.paused_by) == self.op_paused[name]
            assert view.consecutive_failures <= self.units[name].restart.max_restarts
            if view.state == 'waiting':
                blocking = {other for other in view.waiting_for
                            if other in self.units[name].requires}
                assert blocking >= {other for other in self.units[name].requires
                                    if self.state[other] != 'ready'}
                assert set(view.waiting_for) == blocking | {
                    other for other in self.rivals(name) if self.live(other)}
                assert view.waiting_for or not self.settings.parallel or (
                    name in self.restarting)

    @invariant()
    def nobody_works_without_what_it_requires(self) -> None:
        """Whoever is cut off pauses, or waits for the pause of others; the others go on."""
        deadline = self.core.next_deadline()
        if self.ending or (deadline is not None and deadline <= self.at):
            return
        for name in self.units:
            above = [unit.name for unit in self.units.values() if name in unit.requires]
            if self.cut_off(name) and not any(map(self.works, above)):
                assert self.state[name] != 'ready', f'{name} works and is cut off'
                assert not isinstance(self.order.get(name), ResumeUnit)
            if self.state[name] == 'paused' and name not in self.order and not self.held[name]:
                assert self.cut_off(name) or any(
                    self.state[other] != 'ready' for other in self.units[name].requires)

    @invariant()
    def settled_is_true(self) -> None:
        """Check: the system is settled when nothing that is wanted is on its way."""
        conditions = [self.condition(name) for name in self.units if self.wanted[name]]
        settled = 'degraded' if 'down' in conditions else 'ready'
        expected = None if 'busy' in conditions else settled
        assert self.core.settled == (None if self.ending else expected)

    def condition(self, name: str) -> str:
        """Return the condition of a unit, by definition instead of by counting."""
        state = self.state[name]
        if self.hopeless(name):
            return 'down'
        fates = {'ready': 'up', 'completed': 'up', 'failed': 'down', 'stopped': 'down'}
        return fates.get(state, 'busy')

    def hopeless(self, name: str) -> bool:
        """Return whether a unit waits or is paused and nothing will change that by itself."""
        if self.state[name] == 'paused' and (self.op_paused[name] or self.held[name]):
            return True
        dead = ('stopped', 'completed', 'failed', 'disabled')
        rivals = [self.state[other] for other in self.rivals(name)]
        return self.state[name] in ('waiting', 'paused') and (
            'ready' in rivals or 'paused' in rivals or any(
                self.state[other] in dead or self.hopeless(other)
                for other in self.units[name].requires))

    def calm_down(self) -> None:
        """Let everything go well from now on: what may recover does recover."""
        self.memory_changes(False)
        self.monitor_comes_or_goes(True)
        for name in self.units:
            for kind in (ReleaseRequested, ResumeRequested):
                if not self.refused(name, kind):
                    self.ask(name, kind)
        for _ in range(200):
            if self.ending:
                return
            for name in list(self.units):
                if self.state[name] == 'starting':
                    self.started(name)
                    self.feed(ReadyConfirmed(**self.process(name)))
                if self.live(name) and self.signals[name]:
                    self.known.discard(name)
                    self.feed(ProcessExited(signal=INT, **self.process(name)))
                if name in self.order:
                    self.answer(name)
            deadline = self.core.next_deadline()
            if deadline is not None:
                self.at = max(self.at, deadline)
                self.check_commands(self.core.advance(self.at))
            self.settled_is_true()
        assert self.core.settled is not None
        for name in self.units:
            assert not self.live(name) or self.state[name] in ('ready', 'paused')
            if self.state[name] in ('paused', 'waiting'):
                assert self.hopeless(name), f'{name} could work'
            assert self.state[name] != 'backoff'

    def teardown(self) -> None:
        """End the system: processes that answer to SIGKILL alone are enough for that."""
        if not hasattr(self, 'core'):
            return
        if not self.ending:
            self.calm_down()
        if not self.ending:
            self.to_end()
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
                self.check_commands(self.core.advance(self.at))
        assert self.ends == 1
        assert self.core.next_deadline() is None


World.TestCase.settings = hypothesis_settings(
    max_examples=200, stateful_step_count=80, deadline=None)
# It is all computing: on a busy machine that takes its time.
TestWorld = pytest.mark.timeout(900)(World.TestCase)


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
