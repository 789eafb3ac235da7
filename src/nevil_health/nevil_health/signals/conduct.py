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

"""How a node behaves: its process, its main loop, its own checks, its lifecycle, its beats."""

from __future__ import annotations

from nevil_health.signals.hysteresis import Finding
from nevil_health.signals.hysteresis import Words
from nevil_health.signals.observations import NodeRules
from nevil_health.signals.reading import Look
from nevil_health.signals.reading import text
from nevil_health.signals.views import Level
from nevil_health.signals.views import NodeHealth

__all__ = [
    'check', 'CONDUCT_WORDS', 'duplicate', 'Lifecycle', 'process', 'progress', 'runaway',
    'stays_stopped',
]

TRANSITION_S = 30.0
_SILENT_S = 2.0    # two periods of the heartbeat
_APART_S = 1.0     # looks that are nearer to each other are the same one
_CHANGING = frozenset({
    'configuring', 'cleaningup', 'shuttingdown', 'activating', 'deactivating', 'errorprocessing',
})
_SIGSTOP = 'stopped (SIGSTOP)'
_BAD_PROCESS = {
    'T': _SIGSTOP, 't': 'stopped by a debugger', 'Z': 'a zombie: ended, not reaped',
    'X': 'ended',
}
_STOPPED = ('T', 't')
_TEXT_MOST = 200

CONDUCT_WORDS: dict[str, Words] = {
    'process': Words('its process is running'),
    'start': Words('ready'),
    'heartbeat': Words('beats'),
    'progress': Words('main loop without progress for {}', '{:.0f} s', lasting=False),
    'health_check': Words('{} failed health checks in a row', '{:.0f}', lasting=False),
    'liveness': Words('its liveness probe succeeds', lasting=False),
    'readiness': Words('its readiness probe succeeds', lasting=False),
    'lifecycle': Words('in its desired state'),
    'duplicate': Words(
        '{} processes send heartbeats under its name', '{:.0f}', within='no more than'),
    'runaway': Words('{} heartbeats a second', '{:.1f}'),
}

_GOOD = Finding('healthy', 'healthy')


def process(look: Look) -> Finding | None:
    """
    Evaluate the state of the process: stopped and dead ones are there, but not well.

    A stopped one may resume before its heartbeat is late. Until then it is a near miss: recorded,
    and no failure; what sends no heartbeats has no such time.
    """
    if look.process_state is None:
        return None
    bad = _BAD_PROCESS.get(look.process_state)
    if not bad:
        return _GOOD
    near_miss = look.process_state in _STOPPED and look.beat_age is not None
    level: Level = 'degraded' if near_miss else 'unhealthy'
    return Finding(level, level, text=bad)


def stays_stopped(cause: str, health: NodeHealth) -> bool:
    """Return whether a process is stopped and no other health signal would ever show it."""
    liveness = health.signals.get('liveness')
    return cause == _SIGSTOP and (liveness is None or liveness.level == 'unknown')


def progress(look: Look, rules: NodeRules) -> Finding | None:
    """Evaluate the main loop; the second look in a row makes it unhealthy (damping)."""
    age, most = look.main_loop_age, rules.max_main_loop_s
    if age is None or most is None:
        return None
    level: Level = 'unhealthy' if age > most else 'healthy'
    return Finding(level, level, age, most)


def check(look: Look, rules: NodeRules) -> Finding | None:
    """Evaluate by the node's own health check, which counts its failures itself."""
    result = look.check
    if result is None:
        return None
    failures, most = float(result.failures), float(rules.check_failures)
    if result.passed:
        return Finding('healthy', 'healthy', 0.0, most, text='health check passed')
    if failures < most:
        return Finding('healthy', 'unhealthy', failures, most)
    said = (text(result.text[:64]) and result.text[:_TEXT_MOST].strip()
            if isinstance(result.text, str) else None)
    words = f'health check failed {failures:.0f} times in a row'
    return Finding('unhealthy', 'unhealthy', failures, most,
                   text=f'{words}: {said}' if said else words)


def duplicate(look: Look) -> Finding | None:
    """Evaluate by how many processes claim to be the node."""
    if not look.instances or look.beat_age is None:
        return None
    level: Level = 'degraded' if look.instances > 1 else 'healthy'
    return Finding(level, level, float(look.instances), 1.0)


def runaway(look: Look) -> Finding | None:
    """Evaluate whether it beats far more often than it promised."""
    if look.beats is None or look.expected_beats is None:
        return None
    most = 2 * look.expected_beats + 2
    level: Level = 'degraded' if look.beats > most else 'healthy'
    return Finding(level, level, look.beats, most)


class Lifecycle:
    """
    Evaluates the lifecycle state; a transition that is under way gets 30 s.

    Where the rules restart the node for it, it is unhealthy when it is finalized or has not come
    to the desired state within 30 s. One that is finalized and silent is about to end.
    """

    __slots__ = ('_evaluated_at', '_state', '_state_since', '_wrong_since')

    def __init__(self) -> None:
        """Begin without a state."""
        self.reset()

    def reset(self) -> None:
        """Forget the state of an earlier process."""
        self._state: str | None = None
        self._state_since = 0.0
        self._wrong_since: float | None = None
        self._evaluated_at: float | None = None

    def evaluate(self, look: Look, rules: NodeRules, at: float) -> Finding | None:
        """Compare the node's state with the desired one."""
        state, desired = look.lifecycle_state, look.desired_state
        if state is None or desired is None:
            return None
        if state != self._state:
            self._state, self._state_since = state, at
        if state == desired:
            self._wrong_since = self._evaluated_at = None
            return _GOOD
        if self._wrong_since is None:
            self._wrong_since = at
        if state in _CHANGING and at - self._state_since <= TRANSITION_S:
            return None
        if state == 'finalized' and (look.beat_age or 0.0) > _SILENT_S \
                and at - self._state_since <= rules.shutdown_s:
            return None  # it has ended by itself, and what runs at an interpreter's end still runs
        if self._evaluated_at is not None and at - self._evaluated_at < _APART_S:
            return None
        self._evaluated_at = at
        lasted = at - self._wrong_since
        fatal = 'lifecycle' in rules.restart_on and (state == 'finalized' or lasted > TRANSITION_S)
        level: Level = 'unhealthy' if fatal else 'degraded'
        words = f'{state}, should be {desired}'
        return Finding(level, level, lasted, text=f'{words}, for {lasted:.0f} s'
                       if lasted >= 0.5 else words)
