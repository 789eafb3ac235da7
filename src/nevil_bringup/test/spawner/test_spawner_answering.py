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

"""What counts as a hang of a part of Nevil, without any process."""

from __future__ import annotations

from nevil_bringup.spawner.answering import Answering
import pytest

TICK_S = 0.5


def looks(answering: Answering, states: str, *, cpu_s: float = 0.0, busy_s: float = 0.0,
          begin: float = 0.0) -> list[str]:
    """Ask once and look at each tick; return what was to be done, without what was nothing."""
    answering.asked(begin, cpu_s)
    found = []
    for number, state in enumerate(states, start=1):
        cpu_s += busy_s
        remedy = answering.look(begin + number * TICK_S, state, cpu_s)
        if remedy:
            found.append(f'{number * TICK_S:g} {remedy}')
    return found


@pytest.mark.parametrize(('states', 'busy_s', 'wanted'), [
    ('SSS', 0.0, []),                       # its answer may be on its way
    ('SSSS', 0.0, ['2 kill']),              # asked, asleep, and did not wake
    ('SSRSSS', 0.0, []),                    # it runs now and then: it is starved
    ('RRRRRRRRRRRRRRRRRRRRRRRR', 0.0, []),  # it waits for a core
    ('SSSSSSSSSS', 0.01, []),               # it works, and sleeps in between
    ('DDDDDDDDDDDD', 0.0, []),              # the disk is slow
    ('tttttttttttt', 0.0, []),              # a debugger holds it
    ('RRRRRRRRRR', 0.5, ['5 kill']),        # in a loop of its own: five seconds of CPU time
    ('TT', 0.0, ['1 continue']),
    ('TTSSS', 0.0, ['1 continue']),
    ('TTTT', 0.0, ['1 continue', '2 kill']),
])
def test_a_hang_is_told_from_a_slow_machine(
    states: str, busy_s: float, wanted: list[str],
) -> None:
    """A false alarm of the spawner's would cost the whole robot."""
    assert looks(Answering(TICK_S), states, busy_s=busy_s) == wanted


def test_who_was_away_itself_asks_again() -> None:
    """The answer may lie unread while the one who asked was stopped or starved."""
    answering = Answering(TICK_S)
    answering.asked(0.0, 0.0)
    assert answering.look(10.0, 'S', 0.0) == ''
    assert answering.look(11.0, 'S', 0.0) == ''
    assert answering.look(12.0, 'S', 0.0) == 'kill'


def test_an_answer_ends_the_question() -> None:
    """And the next one starts over."""
    answering = Answering(TICK_S)
    assert looks(answering, 'SSS') == []
    answering.answered()
    assert answering.look(2.0, 'S', 0.0) == ''
    assert looks(answering, 'SSS', begin=3.0) == []


def test_one_that_is_stopped_again_is_not_waited_for_twice_in_a_minute() -> None:
    """Unless who looks is patient, as with the supervisor; that may be stopped by its operator."""
    answering, patient = Answering(TICK_S), Answering(TICK_S, patient=True)
    for one, again in ((answering, ['1 kill']), (patient, [])):
        assert looks(one, 'TT') == ['1 continue']
        one.answered()
        assert looks(one, 'TT', begin=20.0) == again
        one.answered()
        assert looks(one, 'TT', begin=90.0) == ['1 continue']


def test_what_costs_nothing_is_replaced() -> None:
    """A new capture process goes on where a stopped one has been."""
    assert looks(Answering(TICK_S, replace_stopped=True), 'TT') == ['1 kill']
