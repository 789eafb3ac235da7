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

"""What the policy core knows of a robot: its units and their rules. Standard library only."""

from __future__ import annotations

from typing import Literal

from nevil_nodes.lazy_dataclass import dataclass

__all__ = ['CoreSettings', 'RestartRule', 'UnitSpec']


@dataclass(frozen=True, kw_only=True, slots=True)
class RestartRule:
    """
    When a unit is started again after its end.

    :param delay_s: base of the backoff, ``min(delay_s * 2**min(n, 8), 300)``
    :param max_restarts: consecutive failures since the last stable run that are answered
    :param stable_after_s: seconds of ready that make a run stable
    """

    policy: Literal['always', 'on_failure', 'never', 'unless_stopped'] = 'on_failure'
    max_restarts: int = 5
    delay_s: float = 2.0
    stable_after_s: float = 60.0


@dataclass(frozen=True, kw_only=True, slots=True)
class UnitSpec:
    """
    One unit: a process that is started, watched and ended as a whole (one node, or composed ones).

    :param name: the unit's name (that of its node, or ``composed``)
    :param requires: units that must be ready before this one starts
    :param conflicts: units that must not run while this one does
    :param enabled: False for ``disabled``: never started, not even by the operator
    :param auto_start: started with the system; False waits for the operator
    :param muted: runs inactive until unmuted
    :param start_timeout_s: seconds from the start of the process until ready
    :param stop_timeout_s: seconds that each of SIGINT and SIGTERM gets before the next signal
    :param kill_timeout_s: seconds that SIGTERM gets; None: as long as SIGINT
    :param pausable: it can be made inactive; False for a plain executable, which is ended instead
    :param prevent_exit_status: exit codes that are not answered by a restart under any policy
    :param on_failed: what becomes of the system when the unit is given up
    """

    name: str
    requires: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    enabled: bool = True
    auto_start: bool = True
    muted: bool = False
    restart: RestartRule = RestartRule()
    start_timeout_s: float = 30.0
    stop_timeout_s: float = 10.0
    kill_timeout_s: float | None = None
    pausable: bool = True
    prevent_exit_status: frozenset[int] = frozenset()
    on_failed: Literal['continue', 'shutdown'] = 'continue'


@dataclass(frozen=True, kw_only=True, slots=True)
class CoreSettings:
    """
    Rules for the system as a whole.

    :param parallel: start every unit the moment its ``requires`` are ready; otherwise one after
        the other in the order of the units
    :param startup_delay_s: seconds between two starts when not parallel
    :param wait_for_ready: when not parallel, the next start waits until the last one is ready
        (or failed) as well
    :param jitter: largest share of a backoff delay added as jitter, 0 to 1
    :param dependency_grace_s: seconds for which a required unit may be away unnoticed
    :param resume_timeout_s: seconds that a paused unit has to be ready again
    :param max_concurrent_restarts: restarts by policy under way at the same time
    :param min_free_memory_percent: below which the shell says MemoryLow; here for the words only
    """

    parallel: bool = False
    startup_delay_s: float = 2.0
    wait_for_ready: bool = True
    jitter: float = 0.1
    dependency_grace_s: float = 1.0
    resume_timeout_s: float = 30.0
    max_concurrent_restarts: int = 4
    min_free_memory_percent: float = 5.0
