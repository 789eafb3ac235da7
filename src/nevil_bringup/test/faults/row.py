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
A row of the fault matrix: one fault, how it is made, and what must come of it, exactly.

A row is data and a function that makes the fault on a stage; what that function does after a
``yield`` is looked at when the robot has recovered.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field
from typing import Any

from stage import SCALED
from stage import Stage
from stage import VICTIM

__all__ = ['Absent', 'Row', 'ROWS', 'row', 'Result']

Make = Callable[[Stage], Any]  # None, or a generator that yields once


@dataclass(frozen=True, kw_only=True)
class Row:
    """
    What is done and what must follow.

    :param number: as in docs/health.md; a letter tells variants
    :param signal: by which the incident is known; '' where nothing may be noticed
    :param accused: whose incident it must be, and nobody else's: the victim's, '' for the system's
    :param within_s: aim for the time from the fault to the alert
    :param limit_s: until which the alert counts as noticed at all
    :param cause: words that the alert must say
    :param alerts: incidents of the accused, told aloud
    :param restarts: by policy
    :param starts: of the victim's process after the fault; None: as many as restarts
    :param final: the victim's state at the end
    :param watch_s: how long it is watched after that
    :param control_s: how long all must be silent before the fault
    :param system: signals of the system that may be told, for they are true
    :param root: the root ``.nodes``
    :param tests: of this repository that prove the row in virtual time, with pytest's arguments;
        no robot is needed then
    :param nodes: victims, with keys of their ``.nodes``; without one named VICTIM the function
        decides alone what becomes of them
    :param prepare: called before the robot starts
    :param spares: nothing happens to the bystanders
    :param needs: says what is missing to run this here
    """

    number: str
    title: str
    make: Make
    signal: str = 'process'
    accused: str = VICTIM
    within_s: float = 0.1
    limit_s: float = 0.0
    cause: str = ''
    alerts: int = 1
    restarts: int = 1
    starts: int | None = None
    final: str = 'ready'
    watch_s: float = 1.0
    control_s: float = 0.0
    system: frozenset[str] = frozenset()
    root: str = SCALED
    tests: str = ''
    nodes: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: {VICTIM: {}})
    prepare: Callable[[Stage], None] = lambda stage: None
    spares: bool = True
    quick: bool = False
    needs: Callable[[], str] = str

    def __str__(self) -> str:
        """Return what names it in a list."""
        return f'{self.number} {self.title}'

    @property
    def limit(self) -> float:
        """Return the time until which the fault counts as noticed."""
        return self.limit_s or max(3 * self.within_s, self.within_s + 2.0)

    @property
    def control(self) -> float:
        """Return the length of the run without the fault."""
        return self.control_s or self.within_s + 1.0


@dataclass(frozen=True, kw_only=True)
class Absent:
    """A row that does not run with the others, and why."""

    number: str
    title: str
    reason: str


@dataclass(kw_only=True)
class Result:
    """
    How a row went.

    :param problems: what was not as it must be; empty for a row that holds
    :param false_alarms: of bystanders, of the system, and of anybody before the fault
    :param node_s: seconds of healthy nodes that were watched
    """

    row: Row
    problems: list[str] = field(default_factory=list)
    latency_s: float | None = None
    recovery_s: float | None = None
    alerts: int = 0
    restarts: int = 0
    false_alarms: list[str] = field(default_factory=list)
    node_s: float = 0.0
    took_s: float = 0.0
    skipped: str = ''
    logs: str = ''

    @property
    def held(self) -> bool:
        """Return whether everything was as it must be."""
        return not self.problems and not self.false_alarms and not self.skipped


ROWS: list[Row] = []


def row(number: str, title: str, **keys: Any) -> Callable[[Make], Make]:
    """Make a row of a function."""
    def add(make: Make) -> Make:
        if isinstance(keys.get('system'), str):
            keys['system'] = frozenset(keys['system'].split())
        ROWS.append(Row(number=number, title=title, make=make, **keys))
        return make
    return add
