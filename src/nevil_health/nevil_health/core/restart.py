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

"""Whether, and after which delay, a process that has ended is started again."""

from __future__ import annotations

import signal

from nevil_health.core.events import ProcessExited
from nevil_health.core.spec import RestartRule

__all__ = ['MAX_DELAY_S', 'backoff_s', 'describe_exit', 'restarts']

MAX_DELAY_S = 300.0
_MAX_DOUBLINGS = 8


def restarts(rule: RestartRule, *, failed: bool) -> bool:
    """
    Tell whether the policy answers such an end with a restart.

    :param failed: False for exit 0 of its own accord; an end that was asked for is not judged
    """
    if rule.policy in ('always', 'unless_stopped'):
        return True
    return failed and rule.policy == 'on_failure'


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
    return f'killed by {name}{" (core dumped)" if event.core_dumped else ""}'
