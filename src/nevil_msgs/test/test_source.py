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


"""Reading YAML: what is said of every broken file, and the line of every key."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from nevil_msggen.scalars import number
from nevil_msggen.source import read_document
from nevil_msggen.source import read_text
import pytest
import yaml

TREE = """\
a: 1
b:
  c: [x, 'y']
  d:
    - e: 2.5
      f: null
    - {g: true, h: 'no'}
"""


def test_every_key_path_has_its_line() -> None:
    """Every problem names a line; a mapping's value has that of its key."""
    document, problems = read_text(TREE, 'f')
    assert problems == []
    assert document.data == yaml.safe_load(TREE)
    assert document.lines == {
        (): 1, ('a',): 1, ('b',): 2, ('b', 'c'): 3, ('b', 'c', 0): 3, ('b', 'c', 1): 3,
        ('b', 'd'): 4, ('b', 'd', 0): 5, ('b', 'd', 0, 'e'): 5, ('b', 'd', 0, 'f'): 6,
        ('b', 'd', 1): 7, ('b', 'd', 1, 'g'): 7, ('b', 'd', 1, 'h'): 7}
    assert document.line('b', 'd', 1, 'unknown', 5) == 7


def test_aliases_and_merge_keys_keep_the_line_of_what_they_name() -> None:
    """A value taken over from an anchor is corrected where it stands."""
    document, problems = read_text(
        'base: &base\n  k: 1\n  l: [2]\nuse:\n  <<: *base\n  k: 3\nsame: *base\n', 'f')
    assert problems == []
    assert document.data['use'] == {'k': 3, 'l': [2]}
    assert document.data['same'] == {'k': 1, 'l': [2]}
    assert document.line('use', 'k') == 6
    assert document.line('use', 'l', 0) == 3
    assert document.line('same', 'l') == 3


def test_dates_and_keys_stay_as_written() -> None:
    """Plain data is JSON: no dates, and keys are text (`on:` is no boolean)."""
    document, problems = read_text('created: 2025-01-02\non: 1\n5: x\n', 'f')
    assert problems == []
    assert document.data == {'created': '2025-01-02', 'on': 1, '5': 'x'}


def test_broken_files_are_said_in_the_golden_words() -> None:
    """The texts are what a user has; a change of them is seen here."""
    lines = []
    for text in (
            '', '# only a comment\n', '- a\n', '5\n', 'a: b: c\n', 'a:\n\tb: 1\n',
            'a: 1\nb: 2\na: 3\n', 'a: [1,\nb: 2\n', 'a: "x\n', 'a: @b\n',
            'a: 1\n---\nb: 2\n', 'a: &x [1, *x]\n', 'a: *y\n', '<<: 5\n', '? [1]\n: 2\n',
            'a: !!binary aGVs\n', 'a: !mine x\n', 'a: 99999999999999999999\n',
            f'a: {"9" * 5000}\n', 'a: 1e999\n', 'a: !!int x\n', 'a: \x07\n', '[' * 100_000,
            '- ' * 100_000):
        document, problems = read_text(text, 'f')
        assert problems, text
        lines += [f'{text[:30]!r}', *(f'  {each.severity}: {each}' for each in problems)]
    expected = Path(__file__).with_name('golden') / 'broken_yaml.txt'
    assert '\n'.join(lines) + '\n' == expected.read_text(encoding='utf-8')


@pytest.mark.parametrize('content, line, text', [
    (b'a: 1\nb: \xff\n', 2, 'byte 0xff is not UTF-8'),
    (b'a: 1\n\x00', 2, 'is not a text file (it holds NUL bytes)'),
])
def test_bytes_that_are_no_text_are_refused_with_their_line(
        tmp_path: Path, content: bytes, line: int, text: str) -> None:
    """A binary file in the place of a `.messages` is named, not decoded."""
    path = tmp_path / 'f'
    path.write_bytes(content)
    document, problems = read_document(path, 'f')
    assert document.data == {}
    assert [(each.line, each.text) for each in problems] == [(line, text)]


def test_files_that_cannot_be_read_are_a_problem(tmp_path: Path) -> None:
    """A folder, a missing file and a file of absurd size never raise, nor hang."""
    large = tmp_path / 'large'
    with large.open('wb') as stream:
        stream.truncate(5 * 1024 * 1024)
    for path in (tmp_path, tmp_path / 'missing', large, Path('/dev/zero')):
        document, problems = read_document(path, 'f')
        assert document.data == {}
        assert 'cannot be read' in problems[0].text


def test_a_byte_order_mark_is_no_part_of_the_first_key(tmp_path: Path) -> None:
    """Editors on other systems write one."""
    path = tmp_path / 'f'
    path.write_bytes(b'\xef\xbb\xbfa: 1\n')
    assert read_document(path, 'f')[0].data == {'a': 1}


def test_an_alias_bomb_is_stopped_early() -> None:
    """Nine levels of nine aliases are 400 million values."""
    bomb = 'a: &a [1,1,1,1,1,1,1,1,1]\n' + ''.join(
        f'{chr(98 + i)}: &{chr(98 + i)} [{",".join(["*" + chr(97 + i)] * 9)}]\n'
        for i in range(9))
    document, problems = read_text(bomb, 'f')
    assert document.data == {}
    assert 'aliases expand to more than' in problems[0].text


# PyYAML leaves text without quotes that rcl reads as a number.
TEXT = st.text(max_size=8).filter(lambda text: number(text) is None)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-2**63, 2**63 - 1) | TEXT
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.text(min_size=1, max_size=5), inner, max_size=3), max_leaves=12)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(
    st.text(min_size=1, max_size=5), PLAIN, min_size=1, max_size=4))
def test_what_yaml_writes_is_read_back(data: dict[str, object]) -> None:
    """Our builder and PyYAML's mean the same by a file."""
    document, problems = read_text(yaml.safe_dump(data), 'f')
    assert problems == []
    assert document.data == data
    assert all(isinstance(document.line(*path), int) for path in document.lines)


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=st.sampled_from(list('ab:-[]{}&*!|>\'"#,?<% \t\n\x85\u20280123.~@`')),
               max_size=60))
def test_no_text_makes_the_reader_raise(text: str) -> None:
    """Whatever is in a file, the answer is a document or a problem."""
    document, problems = read_text(text, 'f')
    assert isinstance(document.data, dict)
    assert document.data or problems or '{' in text


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=80))
def test_no_bytes_make_the_reader_raise(tmp_path_factory: pytest.TempPathFactory,
                                        content: bytes) -> None:
    """Nor does a file that is no text."""
    path = tmp_path_factory.getbasetemp() / 'bytes'
    path.write_bytes(content)
    read_document(path, 'f')
