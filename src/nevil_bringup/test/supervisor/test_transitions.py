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

"""What is wanted of running units is asked for until it is answered, once for each unit."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from edges import FakeClient
from edges import plan_of
from nevil_bringup.supervisor.robot import Robot
from nevil_bringup.supervisor.transitions import Transitions
from nevil_health.control.base import Event
from nevil_health.control.events import Transitioned
from nevil_health.control.monitor import ChangeLifecycle
from nevil_health.core import Command
from nevil_health.core import Paused
from nevil_health.core import PauseRequested
from nevil_health.core import PauseUnit
from nevil_health.core import ProcessFailed
from nevil_health.core import ProcessStarted
from nevil_health.core import ReadyConfirmed
from nevil_health.core import ResumeUnit
from nevil_health.core import SetMuted
from nevil_health.core import SignalFailed
from nevil_health.core import UnitEvent
from nevil_health.core import UnmuteRequested
import pytest
from virtual_time import run
from virtual_time import turn


class _Bench:

    def __init__(self, folder: Path) -> None:
        self.facts: list[UnitEvent] = []
        self.told: list[Event] = []
        self.attached = True
        self.node = FakeClient()
        self.robot = Robot(plan_of(folder, camera=(), detector=('camera',)), _ignore,
                           asyncio.get_running_loop().time, lambda: 0.5)
        self.transitions = Transitions(self.robot, self._send, self.told.append)
        self.robot.begin()
        for unit in ('camera', 'detector'):
            self.robot.feed(ProcessStarted(at=self.robot.now(), unit=unit, generation=1, pid=1))
            self.robot.feed(ReadyConfirmed(at=self.robot.now(), unit=unit, generation=1))
        self.robot.hearers += [self.facts.append, self.transitions.hear]

    def _send(self, event: Event) -> bool:
        if self.attached:
            self.node.send(event)
        return self.attached

    @property
    def asked(self) -> list[tuple[str, str]]:
        return [(one.unit, one.label) for one in self.node.of(ChangeLifecycle)]

    def pause(self, number: int = 5) -> None:
        """Let the core want it paused, and pass its command on."""
        self.robot.feed(PauseRequested(at=self.robot.now(), unit='detector'))
        self.transitions.pause(PauseUnit(
            unit='detector', generation=1, number=number, lost=('camera',)))


def _ignore(_command: Command) -> None:
    pass


def _test(folder: Path, body: Callable[[_Bench], Coroutine[Any, Any, None]]) -> None:
    async def main() -> None:
        await body(_Bench(folder))
    run(main())


@pytest.mark.parametrize(('muted', 'label'), [(True, 'deactivate'), (False, 'activate')])
def test_mute_is_a_transition(tmp_path: Path, muted: bool, label: str) -> None:
    """The core knows already; what was done is told to everybody, and is no fact."""
    async def body(bench: _Bench) -> None:
        bench.transitions.mute(SetMuted(unit='camera', generation=1, muted=muted))
        assert bench.asked == [('camera', label)]
        assert bench.transitions.pending('camera')
        bench.transitions.answered('camera', 1, label, '')
        await turn()
        assert not bench.transitions.pending('camera')
        assert bench.told == [Transitioned(nodes=('camera',), label=label, problem='')]
        assert bench.facts == []
    _test(tmp_path, body)


def test_what_could_not_be_muted_counts_as_not_muted(tmp_path: Path) -> None:
    """The status must say what is; one that could not be unmuted stays as it is wanted."""
    async def body(bench: _Bench) -> None:
        for muted, label in ((True, 'deactivate'), (False, 'activate')):
            bench.transitions.mute(SetMuted(unit='camera', generation=1, muted=muted))
            bench.transitions.answered('camera', 1, label, 'it is busy')
            await turn()
        assert [type(fact) for fact in bench.facts] == [UnmuteRequested]
    _test(tmp_path, body)


def test_an_answer_to_something_else_is_no_answer(tmp_path: Path) -> None:
    """Of an older start, of another label, or of nobody."""
    async def body(bench: _Bench) -> None:
        bench.transitions.mute(SetMuted(unit='camera', generation=1, muted=True))
        bench.transitions.answered('camera', 0, 'deactivate', '')
        bench.transitions.answered('camera', 1, 'activate', '')
        bench.transitions.answered('detector', 1, 'deactivate', '')
        assert bench.transitions.pending('camera')
        assert bench.told == []
    _test(tmp_path, body)


def test_a_pause_tells_what_was_lost_and_is_answered_with_its_number(tmp_path: Path) -> None:
    """The core may have changed its mind meanwhile."""
    async def body(bench: _Bench) -> None:
        bench.pause(number=5)
        asked, = bench.node.of(ChangeLifecycle)
        assert (asked.nodes, asked.label, asked.lost, asked.restored) == (
            ('detector',), 'deactivate', ('camera',), ())
        bench.transitions.answered('detector', 1, 'deactivate', 'too late')
        await turn()
        paused = bench.facts[-1]
        assert isinstance(paused, Paused)
        assert (paused.unit, paused.number, paused.problem, paused.generation) == (
            'detector', 5, 'too late', 1)
    _test(tmp_path, body)


@pytest.mark.parametrize(('problem', 'fact'), [('', ReadyConfirmed), ('no lens', SignalFailed)])
def test_a_resume_ends_ready_or_as_a_failure(
    tmp_path: Path, problem: str, fact: type[UnitEvent],
) -> None:
    """A node that cannot go on is started again."""
    async def body(bench: _Bench) -> None:
        bench.transitions.resume(ResumeUnit(
            unit='detector', generation=1, number=6, restored=('camera',)))
        asked, = bench.node.of(ChangeLifecycle)
        assert (asked.label, asked.restored) == ('activate', ('camera',))
        assert not bench.transitions.inactive('detector'), 'it is on its way back'
        bench.transitions.answered('detector', 1, 'activate', problem)
        await turn()
        told = bench.facts[-1]
        assert isinstance(told, fact) and told.unit == 'detector'
        if isinstance(told, SignalFailed):
            assert told.cause == 'cannot resume after a pause: no lens'
        elif isinstance(told, ReadyConfirmed):
            assert told.number == 6
        assert bench.transitions.inactive('detector')
    _test(tmp_path, body)


def test_without_a_health_node_a_mute_is_given_up_and_a_pause_waits(
    tmp_path: Path, caplog: pytest.LogCaptureFixture,
) -> None:
    """The unit's next start mutes it; nothing else would ever pause it."""
    async def body(bench: _Bench) -> None:
        bench.attached = False
        bench.transitions.mute(SetMuted(unit='camera', generation=1, muted=True))
        assert not bench.transitions.pending('camera')
        assert 'no health node to deactivate it' in caplog.text
        bench.pause()
        assert bench.transitions.pending('detector')
        bench.attached = True
        bench.transitions.monitor(True)
        assert bench.asked == [], 'once it knows whom to expect'
        await turn()
        assert bench.asked == [('detector', 'deactivate')]
    _test(tmp_path, body)


def test_the_end_of_the_health_node_lets_go_of_mutes_alone(tmp_path: Path) -> None:
    """A pending mute takes effect at the next start; a pause is requested again."""
    async def body(bench: _Bench) -> None:
        bench.transitions.mute(SetMuted(unit='camera', generation=1, muted=True))
        bench.pause()
        bench.transitions.monitor(False)
        assert not bench.transitions.pending('camera')
        assert bench.transitions.pending('detector')
        told, = bench.told
        assert isinstance(told, Transitioned) and "at the node's next start" in told.problem
    _test(tmp_path, body)


def test_a_mute_of_a_paused_unit_waits_for_its_resume(tmp_path: Path) -> None:
    """It is inactive; its resume knows what it shall be."""
    async def body(bench: _Bench) -> None:
        bench.pause()
        bench.transitions.answered('detector', 1, 'deactivate', '')
        await turn()
        assert bench.robot.view_of('detector').state == 'paused'
        before = len(bench.asked)
        bench.transitions.mute(SetMuted(unit='detector', generation=1, muted=True))
        assert len(bench.asked) == before
    _test(tmp_path, body)


def test_what_was_wanted_of_a_process_ends_with_it(tmp_path: Path) -> None:
    """Also with one that could not be started."""
    async def body(bench: _Bench) -> None:
        bench.transitions.mute(SetMuted(unit='camera', generation=1, muted=True))
        bench.transitions.hear(ProcessFailed(
            at=bench.robot.now(), unit='camera', generation=1, reason='no memory'))
        assert not bench.transitions.pending('camera')
    _test(tmp_path, body)


def test_nothing_is_told_to_the_core_of_a_system_that_ends(tmp_path: Path) -> None:
    """A pause that comes too late must not keep a unit from its stop."""
    async def body(bench: _Bench) -> None:
        bench.pause()
        bench.robot.shut_down()
        bench.facts.clear()
        bench.transitions.answered('detector', 1, 'deactivate', '')
        await turn()
        assert bench.facts == []
    _test(tmp_path, body)
