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

"""What heartbeats say: what is dropped, what is kept, what is news."""

from __future__ import annotations

from dataclasses import dataclass
import math
from typing import Any

from nevil_health.monitor.beat_record import makes_sense
from nevil_health.monitor.beat_record import Record
import pytest


@dataclass(kw_only=True)
class Said:
    """A heartbeat without ROS."""

    node: str = '/a'
    pid: int = 10
    generation: int = 1
    instance: str = 'x'
    sequence: int = 0
    period: float = 1.0
    lifecycle_state: str = 'active'
    main_loop_age: float = 0.0
    main_loop_running: bool = False
    executor_lag: float = 0.0
    error_count: int = 0
    published_count: int = 0
    received_count: int = 0
    response_time: float = 0.0
    check_count: int = 0
    check_passed: bool = False
    check_failures: int = 0
    check_duration: float = 0.0
    check_text: str = ''


def record_of(*sequence: int, lost_s: float = 0.0, **fields: Any) -> Record:
    """Return what is kept of beats with these numbers, one a second from 0 on."""
    record = Record(0.0)
    for at, number in enumerate(sequence):
        record.beat(Said(sequence=number, **fields), float(at), lost_s * at, lost_s * at)
    return record


def test_an_ordinary_heartbeat_makes_sense() -> None:
    """What a node sends is never dropped."""
    assert makes_sense(Said())
    assert makes_sense(Said(period=0.0, check_text='x' * 200, node='/' + 'n' * 255))


@pytest.mark.parametrize('field', [
    'period', 'main_loop_age', 'executor_lag', 'response_time', 'check_duration'])
@pytest.mark.parametrize('value', [math.nan, math.inf, -math.inf, -1.0, 1e30])
def test_a_number_that_is_none_is_dropped(field: str, value: float) -> None:
    """It would poison each sum and comparison that it gets into."""
    word = Said()
    setattr(word, field, value)
    assert not makes_sense(word)


@pytest.mark.parametrize('fields', [
    {'node': ''}, {'node': 'n' * 257}, {'lifecycle_state': 's' * 10_000}, {'pid': 0},
    {'instance': 'i' * 256}, {'check_text': 't' * 256}, {'pid': 1 << 31}])
def test_texts_without_end_and_impossible_pids_are_dropped(fields: dict[str, Any]) -> None:
    """Nobody can make us keep or log what nobody can read."""
    assert not makes_sense(Said(**fields))


def test_gaps_in_the_sequence_are_lost_beats() -> None:
    """Loss is a fact of its own: it is not death."""
    counters = record_of(0, 1, 4, 5, 7).counters()
    assert counters is not None and (counters.beats, counters.lost_beats) == (5, 3)


def test_what_we_did_not_hear_for_our_own_absence_is_not_lost() -> None:
    """A monitor that was stopped must not tell of a bad network afterwards."""
    counters = record_of(0, 11, lost_s=10.0).counters()
    assert counters is not None and counters.lost_beats == 0


def test_a_beat_that_waited_while_we_were_away_does_not_hide_that() -> None:
    """It is handled after the absence, but came before it."""
    record = record_of(0)
    record.beat(Said(sequence=1), 11.0, 10.0, 0.0)
    record.beat(Said(sequence=12), 12.0, 10.0, 10.0)
    record.beat(Said(sequence=14), 14.0, 10.0, 10.0)
    counters = record.counters()
    assert counters is not None and counters.lost_beats == 1


@pytest.mark.parametrize(('sequence', 'lost'), [
    ((5, 4, 4, 6), 0), ((5, 8, 7, 9), 1), ((0, 2, 1, 4, 3, 5), 0), ((5, 5, 6), 0)])
def test_a_beat_that_was_overtaken_is_not_lost(sequence: tuple[int, ...], lost: int) -> None:
    """A way that shuffles them loses none."""
    counters = record_of(*sequence).counters()
    assert counters is not None and counters.lost_beats == lost


def test_what_was_overtaken_is_no_news() -> None:
    """A node does not go back to the state of its last but one word."""
    record = record_of(0)
    record.beat(Said(sequence=2, lifecycle_state='inactive'), 1.0, 0.0, 0.0)
    assert not record.beat(Said(sequence=1), 1.1, 0.0, 0.0)
    assert record.word is not None and record.word.lifecycle_state == 'inactive'


def test_a_sequence_that_begins_anew_is_believed() -> None:
    """A sender without an instance of its own may have been started again."""
    record = record_of(5000)
    record.beat(Said(sequence=0, lifecycle_state='inactive'), 1.0, 0.0, 0.0)
    assert record.word is not None and record.word.lifecycle_state == 'inactive'


def test_a_new_instance_counts_from_the_beginning() -> None:
    """A node that was created again in the same process starts its sequence again."""
    record = record_of(0, 1, 2)
    record.beat(Said(sequence=50, instance='y'), 3.0, 0.0, 0.0)
    counters = record.counters()
    assert counters is not None and (counters.beats, counters.lost_beats) == (1, 0)


def test_how_often_it_beats_and_how_often_it_promised_to() -> None:
    """Both are taken over the same time, so that they can be compared."""
    record = Record(0.0)
    for number in range(41):
        record.beat(Said(sequence=number, period=1.0), number / 4, 0.0, 0.0)
    record.close_window(10.0)
    assert record.beats_per_s == pytest.approx(4.1)
    assert record.expected_per_s == pytest.approx(1.0)


def test_a_node_that_changes_its_period_keeps_its_promise() -> None:
    """A start is eager: many beats a second are right while they are promised."""
    record, at = Record(0.0), 0.0
    for number in range(24):
        record.beat(Said(sequence=number, period=0.05 if number < 20 else 1.0), at, 0.0,
                    0.0)
        at += 0.05 if number < 20 else 1.0
    record.close_window(at)
    assert record.beats_per_s is not None and record.expected_per_s is not None
    assert record.beats_per_s == pytest.approx(record.expected_per_s, rel=0.1)


def test_its_age_is_the_silence_that_we_listened_to() -> None:
    """Receipt counts, and our own absence does not."""
    record = record_of(0)
    assert record.age_s(5.0, 0.0) == 5.0
    assert record.age_s(12.0, 10.0) == 2.0


@pytest.mark.parametrize('change', [
    {'lifecycle_state': 'inactive'}, {'check_passed': True}, {'check_failures': 1}])
def test_a_change_of_check_or_lifecycle_is_news(change: dict[str, Any]) -> None:
    """It should not wait for the next sample."""
    record = record_of(0)
    assert not record.beat(Said(sequence=1, error_count=9), 1.0, 0.0, 0.0)
    assert record.beat(Said(sequence=2, **change), 2.0, 0.0, 0.0)
    assert not record.beat(Said(sequence=3, **change), 3.0, 0.0, 0.0)


def test_a_check_without_result_has_neither_passed_nor_failed() -> None:
    """False is the default of the message, not a reading."""
    check = record_of(0).check()
    assert check is not None and check.passed is None
    check = record_of(0, check_count=3, check_failures=2, check_text='no motor').check()
    assert check is not None and (check.passed, check.failures, check.text) == (
        False, 2, 'no motor')
