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

"""A snapshot of a unit, as the core shows it."""

from __future__ import annotations

from typing import Literal

from nevil_health.core.states import State
from nevil_nodes.lazy_dataclass import dataclass

__all__ = ['UnitView']


@dataclass(frozen=True, kw_only=True, slots=True)
class UnitView:
    """
    One unit at one moment.

    :param generation: number of its newest process, 0 before the first
    :param pid: of the process that exists now
    :param since: when the state was entered, monotonic seconds
    :param restarts: restarts by policy since the system started
    :param consecutive_failures: restarts by policy since the last stable run
    :param reason: why it is in this state
    :param waiting_for: units that a waiting unit waits for
    :param until: end of the backoff, monotonic seconds
    :param desired: what the declarations and the operator want
    :param last_exit: how its last process ended
    :param paused_by: what keeps it paused (or, where it cannot be paused, waiting): required
        units that are lost, and ``operator``
    :param root: the unit whose failure or pause that comes from in the end, '' if none
    :param held: the operator holds it
    """

    name: str
    state: State
    generation: int
    pid: int | None
    since: float
    restarts: int
    consecutive_failures: int
    reason: str
    waiting_for: tuple[str, ...]
    until: float | None
    desired: Literal['running', 'stopped']
    muted: bool
    last_exit: str | None
    paused_by: tuple[str, ...] = ()
    root: str = ''
    held: bool = False
