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

"""How a system ends: in reverse order, once, and with the status that it deserves."""

from __future__ import annotations

from core_history import bring_up
from core_history import event
from core_history import make_core
from core_history import play
from nevil_health.core import Core
from nevil_health.core import RestartRule
from nevil_health.core import UnexpectedEvent
from nevil_health.core import UnitSpec
import pytest

# d requires b and c, which require a; e stands alone
DIAMOND = (
    UnitSpec(name='a'), UnitSpec(name='b', requires=('a',)), UnitSpec(name='c', requires=('a',)),
    UnitSpec(name='d', requires=('b', 'c')), UnitSpec(name='e'),
)


@pytest.fixture
def core() -> Core:
    """Return a core whose diamond is up."""
    made = make_core(*DIAMOND)
    bring_up(made, 'a', 'e', 'b', 'c', 'd')
    return made


def test_shutdown_goes_in_reverse_order(core: Core) -> None:
    """A unit is signalled when all that require it have ended; others at the same time."""
    play(core, [
        (1.0, 'shutdown', 'd stopping, INT d1, e stopping, INT e1'),
        (2.0, 'killed d1 INT',
         'd stopped, c stopping, INT c1, b stopping, INT b1'),
        (3.0, 'killed c1 INT', 'c stopped'),
        (4.0, 'exit b1 0', 'b stopped, a stopping, INT a1'),
        (5.0, 'killed a1 INT', 'a stopped'),
        (6.0, 'killed e1 INT', 'e stopped, end 0'),
    ])
    assert core.ending
    assert core.settled is None
    play(core, [(7.0, 'shutdown', ''), (8.0, 'hurry', ''), (99.0, 'wait', '')])


def test_order_holds_across_a_unit_that_does_not_run(core: Core) -> None:
    """What stands on an ended unit still stands on what that one required."""
    play(core, [
        (1.0, 'stop b', 'b stopping, INT b1'),
        (2.0, 'killed b1 INT', 'b stopped'),
        (2.5, 'stop c', 'c stopping, INT c1'),
        (2.6, 'killed c1 INT', 'c stopped'),
        (3.0, 'shutdown', 'd stopping, INT d1, e stopping, INT e1'),
        (4.0, 'killed d1 INT', 'd stopped, a stopping, INT a1'),
    ])


def test_shutdown_hurries_on_the_second_and_third_request(core: Core) -> None:
    """SIGTERM now and SIGKILL a second later; then SIGKILL for everything, order or not."""
    play(core, [
        (1.0, 'shutdown', 'd stopping, INT d1, e stopping, INT e1'),
        (1.5, 'shutdown', ''),
        (2.0, 'hurry', 'TERM d1, TERM e1'),
        (2.5, 'killed d1 TERM',
         'd stopped, c stopping, TERM c1, b stopping, TERM b1'),
        (3.0, 'wait', 'KILL e1'),
        (3.2, 'hurry', 'a stopping, KILL a1, KILL c1, KILL b1'),
        (3.3, 'hurry', ''),
    ])
    assert core.next_deadline() is None


def test_hurry_shortens_a_step_that_was_taken_already() -> None:
    """A process that has its SIGTERM gets no second one, but a second at most."""
    core = make_core(UnitSpec(name='a', stop_timeout_s=10.0))
    bring_up(core, 'a')
    play(core, [
        (1.0, 'shutdown', 'a stopping, INT a1'),
        (11.0, 'wait', 'TERM a1'),
        (12.0, 'hurry', ''),
        (13.0, 'wait', 'KILL a1'),
        (13.5, 'hurry', ''),
    ])


def test_shutdown_in_a_hurry_from_the_start(core: Core) -> None:
    """A first request may be in a hurry already."""
    play(core, [
        (1.0, 'hurry', 'd stopping, TERM d1, e stopping, TERM e1'),
        (2.0, 'wait', 'KILL d1, KILL e1'),
    ])


def test_nothing_starts_after_the_shutdown() -> None:
    """Backoffs and waits are cancelled; what becomes ready releases nobody."""
    core = make_core(UnitSpec(name='a'), UnitSpec(name='b', requires=('a',)), UnitSpec(name='c'))
    play(core, [
        (0.0, 'begin', 'a starting, START a1, c starting, START c1, b waiting'),
        (0.5, 'started a1', ''),
        (1.0, 'exit c1 1', 'c backoff'),
        (1.5, 'shutdown', 'c stopped, b stopped, a stopping, INT a1'),
        (2.0, 'ready a1', ''),
        (9.0, 'wait', ''),
        (9.5, 'exit a1 1', 'a stopped, end 0'),
    ])


def test_readiness_during_the_shutdown_is_noted() -> None:
    """A unit that waits for its turn to end may still become ready, late or hung."""
    core = make_core(UnitSpec(name='a', start_timeout_s=1.0), UnitSpec(name='b', requires=('a',)))
    bring_up(core, 'a', 'b')
    play(core, [
        (1.0, 'restart a', 'a stopping, INT a1'),
        (1.0, 'exit a1 0', 'a starting, START a2'),
        (1.0, 'started a2', ''),
        (1.5, 'shutdown', 'b stopping, INT b1'),
        (2.0, 'wait', ''),  # its start timeout: the system ends anyway
        (2.1, 'ready a2', 'a ready'),
        (2.2, 'late a2', ''),
        (3.0, 'killed b1 INT', 'b stopped, a stopping, INT a2'),
        (4.0, 'killed a2 INT', 'a stopped, end 0'),
    ])


def test_units_on_their_way_down_keep_their_stop_escalation(core: Core) -> None:
    """The end of the system neither repeats nor delays signals that are on their way."""
    play(core, [
        (1.0, 'late a1', 'a unhealthy, EVIDENCE a1'),
        (1.5, 'evidence a1', 'INT a1'),
        (2.0, 'restart b', 'b stopping, INT b1'),
        (3.0, 'shutdown', 'a stopping, d stopping, INT d1, e stopping, INT e1'),
        (4.0, 'killed b1 INT', 'b stopped'),
        (5.0, 'killed a1 INT', 'a stopped'),
        (6.0, 'killed d1 INT', 'd stopped, c stopping, INT c1'),
        (7.0, 'killed c1 INT', 'c stopped'),
        (8.0, 'exit e1 0', 'e stopped, end 0'),
    ])


@pytest.mark.parametrize(('words', 'state', 'status'), [
    ('exit a1 1', 'failed', 1), ('killed a1 SEGV', 'failed', 1), ('exit a1 0', 'stopped', 0),
])
def test_end_before_its_turn_counts_but_not_restarted(
    core: Core, words: str, state: str, status: int,
) -> None:
    """A crash stays a crash while the system stops; the order of the others is kept."""
    play(core, [
        (1.0, 'shutdown', 'd stopping, INT d1, e stopping, INT e1'),
        (1.5, words, f'a {state}'),
        (2.0, 'killed d1 INT', 'd stopped, c stopping, INT c1, b stopping, INT b1'),
        (3.0, 'killed b1 INT', 'b stopped'),
        (3.0, 'killed c1 INT', 'c stopped'),
        (4.0, 'killed e1 INT', f'e stopped, end {status}'),
    ])
    assert core.view_of('a').reason.endswith(', while the system stopped')


def test_status_tells_of_units_that_failed() -> None:
    """Who waits for the system learns from its exit status that something was given up."""
    never = RestartRule(policy='never')
    core = make_core(UnitSpec(name='a', restart=never), UnitSpec(name='b', restart=never))
    bring_up(core, 'a', 'b')
    play(core, [
        (1.0, 'exit a1 1', 'a failed'),
        (2.0, 'exit b1 0', 'b completed'),
        (3.0, 'shutdown', 'end 1'),
    ])
    assert [unit.state for unit in core.view(3.0).values()] == ['failed', 'completed']


def test_a_failure_that_was_fixed_does_not_count() -> None:
    """The status is about how units ended, not about their past."""
    core = make_core(UnitSpec(name='a', restart=RestartRule(policy='never')))
    bring_up(core, 'a')
    play(core, [
        (1.0, 'exit a1 1', 'a failed'),
        (2.0, 'start a', 'a starting, START a2'),
        (3.0, 'shutdown', 'a stopping, INT a2'),
        (4.0, 'exit a2 0', 'a stopped, end 0'),
    ])


def test_system_without_units_or_before_its_start_ends_at_once() -> None:
    """There is nothing to wait for, and nothing comes up afterwards."""
    for core in (make_core(), make_core(UnitSpec(name='a'))):
        play(core, [(0.0, 'shutdown', 'end 0')])
        with pytest.raises(UnexpectedEvent, match='the system has been started before'):
            core.handle(event(1.0, 'begin'))
