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

"""What is found in messages: fields, and the text that a pattern asks for."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from nevil_logscope.search.fields import field_regex
from nevil_logscope.search.fields import fields_of
from nevil_logscope.search.required import required_text
import pytest


def test_fields_are_pairs_and_json() -> None:
    """In order, with the names of objects before those in them."""
    message = 'pose x=1.5 y="a b", {"k": {"z": 3}, "s": "t"} =no 2=3 url=http://a/?b=c'
    assert fields_of(message) == {
        'k.z': '3', 's': 't', 'x': '1.5', 'y': 'a b', 'url': 'http://a/?b=c'}
    assert fields_of('{"broken": ') == {} == fields_of('nothing here')
    for name, value in list(fields_of(message).items())[:4]:
        assert re.search(field_regex(name, value), message)
    assert not re.search(field_regex('x', '1'), message)
    assert not re.search(field_regex('pose.x', '1.5'), message)


@pytest.mark.parametrize(('pattern', 'text'), [
    ('timeout.*(servo|camera)', 'timeout'), (r'^goal \(\d+', 'goal ('), ('a(?:bcd)e', 'abcde'),
    ('(?:abc)+x', 'abc'), ('a?bcd', 'bcd'), ('(foo|bar)baz', 'baz'), ('foo|bar', ''),
    ('[[:alpha:]]xyz', ''), ('(?x) a b c', ''), ('(ab', ''), ('é+abc', 'abc'), (r'x\v', 'x')])
def test_a_pattern_asks_for_a_text(pattern: str, text: str) -> None:
    """None where engines differ, or where it is no pattern."""
    assert required_text(pattern, True) == (text, True)


def test_whether_case_matters_is_as_in_the_pattern() -> None:
    """The switch of the field, or what the pattern says itself."""
    assert required_text('Foo', False) == ('Foo', False)
    assert required_text('(?i)Foo', True) == ('Foo', False)


PARTS = st.sampled_from(['a', 'b', 'ab', '(a|b)', '(?:ab)?', 'a+', '[ab]', '.', 'b{2}', '(ab)*',
                         '^', '$', r'\b', '(?=a)', '(?:b|)', 'ab??'])


@settings(max_examples=500, deadline=None)
@given(st.lists(PARTS, max_size=6), st.text('ab ', max_size=8))
def test_what_matches_holds_the_text(parts: list[str], row: str) -> None:
    """A row that is left out because it lacks the text would not have matched."""
    pattern = ''.join(parts)
    text, _ = required_text(pattern, True)
    if re.search(pattern, row):
        assert text in row
