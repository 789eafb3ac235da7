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

"""What follows the end of a process that nobody had asked for."""

from __future__ import annotations

import signal
from typing import Literal

from nevil_health.core.events import ProcessExited
from nevil_health.core.spec import RestartRule
from nevil_nodes.lazy_dataclass import dataclass

__all__ = ['Decision', 'backoff_s', 'decide', 'describe_exit']

MAX_DELAY_S = 300.0
_MAX_DOUBLINGS = 8


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """What becomes of the unit, and why; ``delay_s`` is that of a backoff."""

    state: Literal['backoff', 'completed', 'failed']
    reason: str
    level: Literal['INFO', 'WARN', 'ERROR']
    delay_s: float = 0.0


def decide(
    rule: RestartRule, *, cause: str, failed: bool, failures: int, jitter: float,
    prevented: bool = False,
) -> Decision:
    """
    Decide what follows an end.

    A clean exit is restarted under ``always`` and ``unless_stopped`` only. It is charged to the
    budget like a failure, or a process that ends at once with 0 would be restarted forever.

    :param cause: how it ended
    :param failed: False for exit 0 of its own accord
    :param failures: restarts since the last stable run
    :param jitter: share of the delay to add
    :param prevented: its exit code is one that no policy answers with a restart
    """
    if failed and prevented:
        return Decision(
            state='failed', level='ERROR',
            reason=f'{cause} is not restarted (restart_prevent_exit_status)')
    wanted = ('always', 'unless_stopped', 'on_failure') if failed else ('always', 'unless_stopped')
    if rule.policy not in wanted:
        if not failed:
            return Decision(state='completed', reason=cause, level='INFO')
        return Decision(
            state='failed', level='ERROR',
            reason=f'{cause}, not restarted (restart_policy: {rule.policy})')
    if failures >= rule.max_restarts:
        return Decision(
            state='failed', level='ERROR',
            reason=f'{cause}, given up after {failures} restarts without a stable run '
                   f'(max_restarts: {rule.max_restarts})')
    delay_s = backoff_s(rule.delay_s, failures, jitter)
    return Decision(
        state='backoff', level='WARN', delay_s=delay_s,
        reason=f'{cause}, restart {failures + 1} of {rule.max_restarts} in {delay_s:.1f} s')


def backoff_s(delay_s: float, failures: int, jitter: float) -> float:
    """
    Return the seconds to wait before a restart.

    :param delay_s: base of the backoff
    :param failures: restarts since the last stable run, 0 before the first
    :param jitter: share of the delay to add; the cap of 300 s holds with it
    """
    delay = delay_s * 2.0 ** min(failures, _MAX_DOUBLINGS)
    return min(delay * (1.0 + jitter), MAX_DELAY_S)


def describe_exit(event: ProcessExited) -> str:
    """Say how a process ended: ``exit 1``, ``killed by SIGSEGV (core dumped)``."""
    if event.signal is None:
        return f'exit {event.code}'
    try:
        name = signal.Signals(event.signal).name
    except ValueError:
        name = f'signal {event.signal}'
    details = [words for words, so in (
        ('out of memory', event.oom), ('core dumped', event.core_dumped)) if so]
    return f'killed by {name}{" (" + ", ".join(details) + ")" if details else ""}'
