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

"""What is learned of a file's heads makes it faster to read, and says nothing else."""

from __future__ import annotations

from datetime import timezone

from nevil_logscope.sources import LineParser
from nevil_logscope.store import Store
from nevil_nodes.logs.encoding import TextDecoder
from nevil_nodes.logs.packed import unpacker_of
from nevil_nodes.logs.reader import RecordReader
import pytest
from quality.log_corpus import Format
from quality.log_corpus import FORMATS
from quality.log_corpus import NEAR_S
from quality.log_corpus import records

_BLOCK = 8 * 1024
_COUNT = 500


def text_of(form: Format) -> bytes:
    """Return a file of a format, as it is read."""
    data = form.encode(''.join(form.write(one) + '\n' for one in records(_COUNT)))
    unpacker = unpacker_of(data[:8])
    data = unpacker.feed(data) if unpacker else data
    return TextDecoder(data[:4096]).feed(data, True)


def slowly(data: bytes) -> list[tuple[int, str, str, str, str]]:
    """Return the records by understanding each head for itself."""
    reader = RecordReader('robot', timezone.utc, NEAR_S)
    lines = data.decode().split('\n')[:-1]
    reader.observe(lines)
    reader.known.remember = lambda line, head: None  # type: ignore[method-assign]
    found = [record for line in lines for record in reader.feed(line)] + reader.finish()
    return [tuple(record) for record in found]  # type: ignore[misc]


def in_blocks(data: bytes) -> list[tuple[int, str, str, str, str]]:
    """Return the records as a window reads them."""
    store = Store(10 * _COUNT)
    parser = LineParser(store.names, 'x', 'robot', timezone.utc, near_s=NEAR_S)
    start = 0
    while start < len(data):
        stop = data.rfind(b'\n', start, start + _BLOCK) + 1
        batch = parser.feed(data[start:stop])
        if batch is not None:
            store.append(batch)
        start = stop
    last = parser.flush()
    if last is not None:
        store.append(last)
    entries = [store.entry(one) for one in range(store.first_id, store.next_id)]
    return [(one.at_ns, one.level, one.node, one.component, one.message) for one in entries]


@pytest.mark.parametrize('form', FORMATS, ids=[form.name for form in FORMATS])
def test_what_is_learned_says_the_same(form: Format) -> None:
    """Time, level, node, component and lines are those of heads that are understood each."""
    data = text_of(form)
    wanted, found = slowly(data), in_blocks(data)
    if form.name == 'zero bytes':
        assert len(found) >= len(wanted)
        return
    assert sorted(found) == sorted(wanted)
