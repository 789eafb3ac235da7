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

"""One node: its signals, what happened to it, its level."""

from __future__ import annotations

from nevil_health.signals.board import Board
from nevil_health.signals.board import node_signals
from nevil_health.signals.conduct import process as evaluate_process
from nevil_health.signals.hysteresis import RANK
from nevil_health.signals.hysteresis import Signal
from nevil_health.signals.journal import Journal
from nevil_health.signals.observations import NodeRules
from nevil_health.signals.observations import NodeSample
from nevil_health.signals.reading import Look
from nevil_health.signals.reading import look as take_look
from nevil_health.signals.reading import whole
from nevil_health.signals.senses import off
from nevil_health.signals.senses import Senses
from nevil_health.signals.silence import no_heartbeat
from nevil_health.signals.unit_states import BY_BEATS
from nevil_health.signals.unit_states import DOWN
from nevil_health.signals.unit_states import evaluated_in
from nevil_health.signals.unit_states import FACTS
from nevil_health.signals.unit_states import FAILING
from nevil_health.signals.unit_states import OUT
from nevil_health.signals.views import Level
from nevil_health.signals.views import NodeHealth

__all__ = ['Node']

_NO_DATA = 'no data yet'
# Evaluated out of turn too.
_AT_ONCE = FACTS | {'health_check', 'liveness', 'readiness', 'lifecycle', 'duplicate'}


class Node:
    """
    The evaluation of one node.

    Signals by samples are evaluated only in states of the unit where they mean something, and
    forgotten in the others. Those that brought the process down (exit, start, heartbeat, and what
    the rules restart for) stay unhealthy until the unit is ready again.
    """

    def __init__(self, rules: NodeRules, journal: Journal, *, interval_s: float,
                 patience_s: float) -> None:
        """
        Make a node of which nothing is known.

        :param interval_s: between two samples; one that comes out of turn has old numbers
        :param patience_s: without data after which nothing is known again
        """
        self.rules = rules
        self.level: Level = 'unknown'
        self.state = self.reason = self.root = ''
        self.planned = False
        self.cause = _NO_DATA
        self.senses = Senses(rules)
        self.generation = 0
        self._since: float | None = None  # before the first evaluation
        self._between_turns_s = interval_s / 2
        self._patience_s = patience_s
        self._failed = -1           # the last generation whose failure was reported
        self._ended = -1            # the last generation that is known to have ended
        self._late: tuple[str, float] | None = None
        self._back_due: float | None = None
        self._seen: float | None = None
        self._turn: float | None = None
        self._unseen = _NO_DATA
        self._unready = ''          # why its probes do not find it ready
        self._board = Board(rules.name, node_signals(off(rules)), journal)

    # -- what the supervisor knows -------------------------------------------------------------

    def enter(self, state: str, reason: str, at: float, generation: int, planned: bool) -> None:
        """Record the state of the node's unit."""
        if 0 < generation < self.generation:
            return
        if self._since is None:
            self._since = at
        resumed = generation <= self.generation and self.state not in DOWN | {'starting'}
        self._adopt(generation, at)
        before, self.state, self.reason, self.planned = self.state, state, reason, planned
        if state in DOWN:
            self._lose_sight()
            self._ended = max(self._ended, self.generation if state in FAILING else -1)
        elif self._ended >= self.generation:
            self._ended = -1
        if state in FAILING:
            self._fail(before, at)
        self._drop(evaluated_in(state), reason or state, at)
        if state == 'ready':
            self._ready(resumed, at)
        elif before == 'unhealthy' and state not in DOWN | {'starting'}:
            self._left_running(at)
        self._settle(at)

    def exited(self, cause: str, at: float, generation: int, failed: bool) -> None:
        """Record that the process has ended by itself."""
        if generation < self.generation:
            return
        self._adopt(generation, at)
        self._ended = self.generation
        self._lose_sight()
        if failed and self.state != 'unhealthy' and self.state not in OUT:
            if self._board.level('process') != 'unhealthy':
                self._board.settle('process', 'unhealthy', at, cause)
            elif self.generation > self._failed:
                self._board.again('process', at, cause)
            self._failed = self.generation
        self._drop(FACTS, f'the process has ended: {cause}', at)
        self._settle(at)

    def late(self, silent_for_s: float, at: float, generation: int,
             process_state: str | None) -> None:
        """Record that no heartbeat came for too long."""
        if generation < self.generation or generation <= self._ended:
            return
        self._adopt(generation, at)
        evidence = f'process state {process_state}' if process_state else ''
        self._late = evidence, silent_for_s
        self._back_due = None
        if self.state == 'ready':
            self._fall_silent(at)
        self._settle(at)

    def back(self, at: float, generation: int) -> None:
        """Record that heartbeats come again; that clears the heartbeat's signal alone."""
        if generation < self.generation:
            return
        self._late = None
        heartbeat = self._board.signals['heartbeat']
        if heartbeat.level == 'unhealthy' and self.state != 'starting':
            self._back_due = max(at, heartbeat.since + heartbeat.damping.dwell_s)
            self.advance(at)

    # -- what the health node sees -------------------------------------------------------------

    def sample(self, sample: NodeSample, at: float, machine_mb: float | None) -> None:
        """Handle one sample of the node."""
        generation = whole(sample.generation)
        if generation is None or generation < self.generation or generation <= self._ended \
                or self.state in DOWN:
            return
        self._adopt(generation, at)
        look = take_look(sample)
        if look.blind():
            return
        in_turn = self._turn is None or at - self._turn >= self._between_turns_s
        if in_turn:
            self._turn = at
            self.senses.take(look, at)
        self._seen = at
        self._unready = next((f'; {one.role} probe: {one.text}' for one in look.probes
                              if one.text), '')
        self._evaluate(look, at, machine_mb, evaluated_in(self.state) if in_turn else
                       evaluated_in(self.state) & _AT_ONCE)
        self._settle(at)

    # -- time ----------------------------------------------------------------------------------

    def advance(self, at: float) -> None:
        """Handle what is due by now."""
        if self._back_due is not None and at >= self._back_due and self.state not in DOWN:
            self._back_due = None
            self._board.settle('heartbeat', 'healthy', at, 'heartbeats arrive again')
        if self._seen is not None and at >= self._seen + self._patience_s:
            self._lose_sight(f'no data for {at - self._seen:.0f} s')
            self._drop(FACTS, self._unseen, at)
            if self.state != 'starting':  # there, what is held is of the process before
                self._board.forget('heartbeat', at, self._unseen)
                for name, signal in self._board.signals.items():
                    if self._holds(signal):
                        self._board.forget(name, at, self._unseen)
        self._settle(at)

    def deadline(self) -> float | None:
        """Return when ``advance`` has something to do."""
        back = self._back_due if self.state not in DOWN else None
        if self._seen is None:
            return back
        due = self._seen + self._patience_s
        return due if back is None else min(due, back)

    def view(self) -> NodeHealth:
        """Return a snapshot."""
        return NodeHealth(
            node=self.rules.name, level=self.level, state=self.state, since=self._since or 0.0,
            cause=self.cause, criticality=self.rules.criticality, root=self.root,
            signals=self._board.view())

    # -- inside --------------------------------------------------------------------------------

    def _adopt(self, generation: int, at: float) -> None:
        """Start over with the numbers of another process."""
        if generation > self.generation:
            self.generation = generation
            self._lose_sight()
            self.senses.reset()
            self._drop(FACTS, 'a new process', at)

    def _lose_sight(self, why: str = _NO_DATA) -> None:
        self._seen = self._turn = self._late = self._back_due = self.senses.last = None
        self._unseen = why

    def _drop(self, wanted: frozenset[str], why: str, at: float) -> None:
        """Forget all signals but the wanted ones, and those that brought the process down."""
        for name, signal in self._board.signals.items():
            if name not in wanted and not (self._holds(signal) and self.state not in OUT):
                self._board.forget(name, at, why)

    def _holds(self, signal: Signal) -> bool:
        return signal.level == 'unhealthy' and (
            signal.name in FACTS or signal.name in self.rules.restart_on)

    def _ready(self, resumed: bool, at: float) -> None:
        """Clear what the process before is to blame for; a pause clears nothing."""
        if resumed:
            self._fall_silent(at)
            return
        self._late = self._back_due = None
        for name, signal in self._board.signals.items():
            if name in ('process', 'start') or name == 'heartbeat' and self._holds(signal):
                self._board.settle(name, 'healthy', at, self.reason or 'ready')
            elif self._holds(signal):
                self._board.forget(name, at, 'a new process is ready')

    def _left_running(self, at: float) -> None:
        """Clear what only the state of the unit has told: it is over, though not ready yet."""
        for name in ('process', 'start'):
            if self._board.level(name) == 'unhealthy':
                self._board.settle(name, 'healthy', at, self.reason)

    def _fall_silent(self, at: float) -> None:
        if self._late is not None:
            evidence, silent_for_s = self._late
            self._board.settle(
                'heartbeat', 'unhealthy', at, no_heartbeat(silent_for_s),
                value=silent_for_s, evidence=evidence)

    def _fail(self, before: str, at: float) -> None:
        """Find a health signal for a unit that fails, if none has shown it yet."""
        if not any(self._holds(signal) for signal in self._board.signals.values()):
            self._failed = self.generation
            slow = before in ('starting', 'paused') and self.state == 'unhealthy'
            self._board.settle(
                'start' if slow else 'process', 'unhealthy', at,
                self.reason + (self._unready if slow else ''))

    def _evaluate(self, look: Look, at: float, machine_mb: float | None,
                  wanted: frozenset[str]) -> None:
        found = self.senses.evaluate(look, at, machine_mb)
        probe = found.get('liveness')
        if probe is not None and 'liveness' in wanted:  # even a stopped process is to be ended
            self._board.observe('liveness', probe, at)
        process = evaluate_process(look)
        if process is not None and (process.level != 'healthy' or self.state != 'starting'):
            self._board.observe('process', process, at)
        if process is not None and process.level != 'healthy':
            return  # a stopped or dead process explains everything else
        heartbeat = self._board.level('heartbeat')
        if heartbeat == 'unhealthy':
            wanted -= BY_BEATS
        if look.beat_age is not None and heartbeat == 'unknown' and 'heartbeat' in wanted:
            self._board.settle('heartbeat', 'healthy', at, 'beats')
        for name, finding in found.items():
            if finding is not None and name in wanted and name != 'liveness':
                self._board.observe(name, finding, at)
        for name in wanted - FACTS:
            self._board.expire(name, at, self._patience_s)

    def _settle(self, at: float) -> None:
        """Let the node's level be the worst of its signals."""
        worst, old = self._board.worst(), self.level
        if RANK[worst.level] > 0:
            self.level = worst.level
            told = self.state in FAILING and self.reason
            self.cause = self.reason if told else worst.cause
        elif self._seen is not None and self.state != 'starting':
            self.level, self.cause = 'healthy', ''
        else:
            self.level = 'unknown'
            silent = self.state in ('', 'ready')
            self.cause = self._unseen if silent else self.reason or self.state
        if self.level != old:
            self._since = at
            self._board.settled(old, self.level, at, self.cause, worst)
