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

"""Lifecycle transitions that are wanted of running units; the health node carries them out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
import logging
from typing import Literal

from nevil_bringup.supervisor.robot import Robot
from nevil_health.control.base import Event
from nevil_health.control.events import Transitioned
from nevil_health.control.monitor import ChangeLifecycle
from nevil_health.core import Paused
from nevil_health.core import PauseUnit
from nevil_health.core import ProcessExited
from nevil_health.core import ProcessFailed
from nevil_health.core import ReadyConfirmed
from nevil_health.core import ResumeUnit
from nevil_health.core import SetMuted
from nevil_health.core import SignalFailed
from nevil_health.core import UnitEvent
from nevil_health.core import UnmuteRequested
from nevil_nodes.lazy_dataclass import dataclass

__all__ = ['Transitions']

_log = logging.getLogger('supervisor')


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is under way for a unit; ``number`` is that of the core's order, 0 for a mute."""

    generation: int
    label: str
    purpose: Literal['mute', 'pause', 'resume']
    number: int = 0
    lost: tuple[str, ...] = ()
    restored: tuple[str, ...] = ()


class Transitions:
    """
    Asks for transitions and handles their results; at most one a unit is under way.

    A pause or a resume waits while there is no health node; a mute does not, since the unit's next
    start does it.
    """

    def __init__(self, robot: Robot, send: Callable[[Event], bool],
                 publish: Callable[[Event], None]) -> None:
        """
        Ask for nothing yet.

        :param send: gives a message to the health node; False when there is none
        :param publish: sends an event to every subscriber
        """
        self._robot, self._send, self._publish = robot, send, publish
        self._asked: dict[str, _Asked] = {}

    def pending(self, unit: str) -> bool:
        """Return whether a transition is under way."""
        return unit in self._asked

    def inactive(self, unit: str) -> bool:
        """Return whether a paused unit should be inactive: not when it is on its way back."""
        asked = self._asked.get(unit)
        return asked is None or asked.purpose != 'resume'

    def mute(self, command: SetMuted) -> None:
        """Ask for the transition that mutes or unmutes a running unit."""
        if self._robot.view_of(command.unit).state == 'paused':
            return  # it is inactive, and its resume knows what it should be
        self._ask(command.unit, _Asked(
            command.generation, 'deactivate' if command.muted else 'activate', 'mute'))

    def pause(self, command: PauseUnit) -> None:
        """Request the transition that pauses a unit, and name the nodes that it has lost."""
        self._ask(command.unit, _Asked(
            command.generation, 'deactivate', 'pause', command.number, lost=command.lost))

    def resume(self, command: ResumeUnit) -> None:
        """Request the transition that resumes a unit, and name the nodes that are back."""
        muted = self._robot.view_of(command.unit).muted
        self._ask(command.unit, _Asked(
            command.generation, 'deactivate' if muted else 'activate', 'resume', command.number,
            restored=command.restored))

    def monitor(self, attached: bool) -> None:
        """Handle that there is a health node, or none any more."""
        if attached:  # once it knows whom to expect
            asyncio.get_running_loop().call_soon(self._attached)
        else:
            self._monitor_lost()

    def _attached(self) -> None:
        """Ask the new health node for what is still wanted."""
        for unit, asked in list(self._asked.items()):
            self._ask(unit, asked)

    def _monitor_lost(self) -> None:
        """Let go of mutes that the health node can no longer answer."""
        for unit, asked in list(self._asked.items()):
            if asked.purpose == 'mute':
                self._finish(unit, 'the health node has ended; this takes effect at the'
                                   " node's next start")

    def hear(self, event: UnitEvent) -> None:
        """Forget what was wanted of a process that has ended."""
        if isinstance(event, (ProcessExited, ProcessFailed)):
            self._asked.pop(event.unit, None)

    def answered(self, unit: str, generation: int, label: str, problem: str) -> None:
        """Handle the result of a transition."""
        asked = self._asked.get(unit)
        if asked is None or (asked.label, asked.generation) != (label, generation):
            return  # a newer request replaces it
        self._finish(unit, problem)

    def _ask(self, unit: str, asked: _Asked) -> None:
        self._asked[unit] = asked
        sent = self._send(ChangeLifecycle(
            unit=unit, generation=asked.generation, nodes=self._robot.members(unit),
            label=asked.label, lost=self._nodes(asked.lost),
            restored=self._nodes(asked.restored)))
        if not sent and asked.purpose == 'mute':
            del self._asked[unit]
            _log.warning('%s: no health node to %s it; this takes effect at its next start',
                         unit, asked.label)

    def _finish(self, unit: str, problem: str) -> None:
        asked = self._asked.pop(unit)
        event = self._fact(unit, asked, problem)
        if event is not None and not self._robot.shutting_down:
            asyncio.get_running_loop().call_soon(self._robot.feed, event)
        self._publish(Transitioned(
            nodes=self._robot.members(unit), label=asked.label, problem=problem))

    def _fact(self, unit: str, asked: _Asked, problem: str) -> UnitEvent | None:
        """Return what the core must know of it; what could not be muted counts as not muted."""
        at, generation = self._robot.now(), asked.generation
        if asked.purpose == 'mute':
            failed = problem and asked.label == 'deactivate'
            return UnmuteRequested(at=at, unit=unit) if failed else None
        if asked.purpose == 'pause':
            return Paused(at=at, unit=unit, generation=generation, number=asked.number,
                          problem=problem)
        if problem:
            return SignalFailed(at=at, unit=unit, generation=generation, signal='start',
                                cause=f'cannot resume after a pause: {problem}')
        return ReadyConfirmed(at=at, unit=unit, generation=generation, number=asked.number)

    def _nodes(self, units: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(node for unit in units for node in self._robot.members(unit))
