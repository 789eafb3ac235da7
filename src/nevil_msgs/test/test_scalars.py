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

"""What a scalar without quotes means: what rcl makes of it in a parameter file."""

from __future__ import annotations

from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from nevil_msggen.scalars import plain_value
import pytest

NUMBERS = [
    '0', '-1', '+7', '007', '-010', '08', '0x1F', '0XaB', '-0x10', '1.', '.5', '-.5e3', '1e3',
    '1E-3', '1e-3', '+1.5e+10', '5e-324',
    '0x1.8p3', '0x.8', '9223372036854775807', '.inf', '-.inf',
    '+.INF', '.Inf', '.nan', '.NaN', '.NAN',
]
TEXTS = [
    '12:30:00', '1:30', '190:20:30.15', '1_000', '0b11', '0o14', '0x', '1e', 'e5', '.', '+',
    '1.2.3', '192.168.0.1', '2025-01-02', '-.nan', '.iNf', '0x_', '1,5', 'x1', '--1', '1e3x',
]


@pytest.mark.parametrize('text', NUMBERS)
def test_numbers_of_a_parameter_file_are_numbers(text: str) -> None:
    """A tolerance of 1e-3 is no text; rcl and PyYAML differ there."""
    assert isinstance(plain_value(text), (int, float))


@pytest.mark.parametrize('text', TEXTS)
def test_what_rcl_reads_as_text_is_text(text: str) -> None:
    """A time of day is no number of base 60, an address no number at all."""
    assert plain_value(text) == text


@pytest.mark.parametrize('text', ['nan', 'inf', 'NaN', 'Infinity', 'y', 'n', 'Y'])
def test_words_that_rcl_takes_for_values_stay_words(text: str) -> None:
    """An axis called y and a language called nan are words, as they were for v3."""
    assert plain_value(text) == text


def test_booleans_and_nothing_are_those_of_v3() -> None:
    """Files in the wild say yes and on."""
    assert [plain_value(text) for text in ('yes', 'On', 'TRUE')] == [True] * 3
    assert [plain_value(text) for text in ('no', 'Off', 'FALSE')] == [False] * 3
    assert [plain_value(text) for text in ('', '~', 'null', 'NULL')] == [None] * 4


@pytest.mark.parametrize('text', ['9' * 30, '-' + '9' * 5000, '0x' + 'f' * 200])
def test_integers_beyond_64_bits_stay_beyond_them(text: str) -> None:
    """They are refused later; Python itself refuses some of them with an exception."""
    value = plain_value(text)
    assert isinstance(value, int) and abs(value) >= 2 ** 63


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet='0123456789+-.eExXpPinfa_:', max_size=9))
def test_no_text_makes_it_raise(text: str) -> None:
    """Whatever is in a file is something."""
    plain_value(text)
