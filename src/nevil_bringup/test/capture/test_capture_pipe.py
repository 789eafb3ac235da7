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

"""Nothing leaves a pipe before it is done with, and no line is too long or too slow."""

from __future__ import annotations

from collections.abc import Iterator
import os

from nevil_bringup.capture.pipe import LINE_BYTES
from nevil_bringup.capture.pipe import Peeker
from nevil_bringup.capture.pipe import PipeReader
from nevil_bringup.capture.pipe import set_pipe_size
import pytest


class Ends:
    """A pipe with a reader on it."""

    def __init__(self) -> None:
        self.out, self.into = os.pipe2(os.O_CLOEXEC)
        set_pipe_size(self.into, 1 << 20)
        self.reader = PipeReader(self.out, Peeker())

    def read(self, now: float = 0.0) -> bytes:
        """Read and be done with it."""
        data = self.reader.read(now)
        self.reader.done(data)
        return data


@pytest.fixture
def ends() -> Iterator[Ends]:
    """Return a pipe."""
    made = Ends()
    yield made
    for descriptor in (made.out, made.into):
        try:
            os.close(descriptor)
        except OSError:
            pass


def test_what_is_not_done_with_is_read_again(ends: Ends) -> None:
    """The successor of a capture process that was killed finds it."""
    os.write(ends.into, b'one\ntwo\n')
    assert ends.reader.read(0.0) == b'one\ntwo\n'
    assert PipeReader(ends.out, Peeker()).read(0.0) == b'one\ntwo\n'
    assert ends.read() == b'one\ntwo\n'
    assert ends.read() == b''
    assert ends.reader.waiting == 0


def test_only_whole_lines_are_read(ends: Ends) -> None:
    """A line that arrives in two parts is one line."""
    os.write(ends.into, b'one\ntw')
    assert ends.read() == b'one\n'
    assert ends.read() == b''
    assert ends.reader.has_partial
    os.write(ends.into, b'o\n')
    assert ends.read() == b'two\n'
    assert not ends.reader.has_partial


def test_a_line_without_an_end_is_read_after_a_tenth_of_a_second(ends: Ends) -> None:
    """A prompt, or the last words of a node that hangs, must be seen."""
    os.write(ends.into, b'Continue? ')
    assert ends.read(0.0) == b''
    assert ends.read(0.05) == b''
    assert ends.read(0.1) == b'Continue? '
    assert ends.reader.goes_on
    os.write(ends.into, b'yes\n')
    assert ends.read(0.2) == b'yes\n'
    assert not ends.reader.goes_on


def test_the_rest_is_read_at_the_end(ends: Ends) -> None:
    """A process that ends without a newline has said its last words all the same."""
    os.write(ends.into, b'last words')
    os.close(ends.into)
    ends.read()
    assert ends.read(0.1) == b'last words'
    assert ends.read(0.1) == b''
    assert ends.reader.ended


def test_a_line_that_is_too_long_comes_in_marked_pieces(ends: Ends) -> None:
    """10 MB without a newline must not take 10 MB of memory."""
    os.write(ends.into, b'x' * (3 * LINE_BYTES) + b'\nshort\n')
    found = b''
    for _ in range(10):
        found += ends.read()
    pieces = found.split(b'\n')
    assert pieces[-2:] == [b'short', b'']
    assert max(map(len, pieces)) <= LINE_BYTES + 20
    assert sum(piece.endswith(b' [line goes on]') for piece in pieces) == 3
    assert found.count(b'x') == 3 * LINE_BYTES


def test_a_turn_is_bounded(ends: Ends) -> None:
    """One node's flood must not starve the others."""
    os.write(ends.into, b'line\n' * 100_000)
    assert len(ends.read()) <= 256 * 1024
