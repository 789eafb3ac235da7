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

"""The control protocol: what was sent before is understood, and everything is sent as before."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from nevil_health.control import codec
from nevil_health.control.base import Event
from nevil_health.control.base import reply_type
from nevil_health.control.events import ProcessChanged
from nevil_health.control.events import Settled
from nevil_health.control.fields import build
from nevil_health.control.fields import plain
from nevil_health.control.insight import GetHistory
from nevil_health.control.monitor import Expect
from nevil_health.control.monitor import Samples
from nevil_health.control.names import event_type
from nevil_health.control.names import EVENTS
from nevil_health.control.names import NODE_VERBS
from nevil_health.control.names import request_type
from nevil_health.control.names import VERBS
from nevil_health.control.operations import Operated
from nevil_health.control.operations import StopNode
from nevil_health.control.page import page
from nevil_health.control.status import ProjectStatus
from nevil_health.signals.observations import NodeSample
import pytest

# Recorded from real robots: what supervisor, health node and command line sent in version 1
# before the messages had types. Each line is what kind of line it was, and the line.
RECORDED = [json.loads(line) for line in Path(__file__).with_name(
    'version_1.jsonl').read_text(encoding='utf-8').splitlines()]
ROOT = Path(__file__).parents[4]


def of(kind: str) -> list[dict[str, Any]]:
    """Return the recorded lines of a kind."""
    found = [line for recorded, line in RECORDED if recorded == kind]
    assert found
    return found


def within(old: Any, new: Any) -> bool:
    """Return whether all that was sent is sent; more may have come."""
    if isinstance(old, dict):
        return all(name in new and within(one, new[name]) for name, one in old.items())
    if isinstance(old, list):
        return len(old) == len(new) and all(map(within, old, new))
    return bool(old == new)


def test_every_message_has_one_name_on_the_wire() -> None:
    """The tables and the types agree, and every node verb is a request of a node."""
    assert [request_type(verb).VERB for verb in VERBS] == list(VERBS)
    kinds = [event_type(name) for name in EVENTS]
    assert [kind.NAME for kind in kinds if kind is not None] == list(EVENTS)
    assert all(reply_type(request_type(verb)) is Operated for verb in NODE_VERBS)


@pytest.mark.parametrize('line', of('request'), ids=lambda line: str(line['verb']))
def test_requests_of_the_version_before_are_understood(line: dict[str, Any]) -> None:
    """A client that is older than the supervisor goes on; nothing that it says is lost."""
    question = codec.read_request(json.dumps(line).encode())
    assert (question.id, question.request.VERB) == (line['id'], line['verb'])
    said = plain(question.request)
    assert within(line['args'], said)


@pytest.mark.parametrize('line', of('event'), ids=lambda line: str(line['event']))
def test_events_of_the_version_before_are_understood_and_sent_as_before(
    line: dict[str, Any],
) -> None:
    """Both directions: an older client reads what is sent now."""
    event, = codec.ClientCodec().receive(json.dumps(line).encode() + b'\n')
    assert isinstance(event, Event)
    sent = json.loads(codec.event_line(event))
    assert within(line, sent)
    assert not isinstance(event, ProcessChanged) or line.keys() == sent.keys()


@pytest.mark.parametrize('verb', sorted({
    kind.removeprefix('answer to ') for kind, _ in RECORDED if kind.startswith('answer')}))
def test_answers_of_the_version_before_are_understood(verb: str) -> None:
    """A supervisor that is older than the client goes on until it is restarted."""
    for line in of(f'answer to {verb}'):
        client = codec.ClientCodec()
        request = build(request_type(verb), {})
        number, _ = client.ask(request)
        answer, = client.receive(json.dumps({**line, 'id': number}).encode() + b'\n')
        assert isinstance(answer, codec.Answer)
        if line['ok']:
            again = json.loads(codec.answer_line(number, answer.result))
            assert within(line['result'], again['result'])
        else:
            assert answer.error == line['error']


def test_what_is_not_known_is_ignored_and_what_is_missing_has_its_default() -> None:
    """The protocol grows only."""
    found = build(ProjectStatus, {'project': 'robot', 'moons': 3, 'nodes': [{'name': 'a'}]})
    assert (found.project, found.nodes[0].name, found.nodes[0].pid) == ('robot', 'a', None)
    assert codec.ClientCodec().receive(b'{"event": "eclipse", "at": 3}\n') == []


@pytest.mark.parametrize(('kind', 'data', 'why'), [
    (StopNode, {'name': 3}, 'name: 3 is not a text'),
    (StopNode, [], r'\[\] is not an object'),
    (Settled, {}, 'state is missing'),
    (Samples, {'nodes': {'a': {'generation': True}}},
     'nodes: a: generation: true is not a whole number'),
    (Samples, {'nodes': {'a': {'generation': 1, 'cpu_percent': 'much'}}},
     'nodes: a: cpu_percent: "much" is not a number'),
    (Expect, {'units': 7}, 'units: 7 is not a list'),
    (GetHistory, {'names': ['a', 1]}, 'names: 1: 1 is not a text'),
])
def test_what_is_wrong_is_named_with_its_place(kind: type, data: Any, why: str) -> None:
    """Who writes a client finds the field."""
    with pytest.raises(ValueError, match=f'^{why}$'):
        build(kind, data)


def test_one_event_that_is_not_understood_costs_only_itself() -> None:
    """The connection and everything else that came with it stay."""
    first, second = codec.ClientCodec().receive(
        b'{"event": "settled"}\n{"event": "settled", "state": "ready"}\n')
    assert isinstance(first, codec.NotUnderstood)
    assert (first.name, first.reason) == ('settled', 'state is missing')
    assert second == Settled(state='ready')


def test_a_document_that_is_only_printed_is_left_as_it_came() -> None:
    """An older command line shows what a newer supervisor adds to its status."""
    client = codec.ClientCodec()
    number, line = client.ask_document('why', {'name': 'a'})
    assert json.loads(line)['args'] == {'name': 'a'}
    answer, = client.receive(
        json.dumps({'id': number, 'ok': True, 'result': {'moons': 3}}).encode() + b'\n')
    assert isinstance(answer, codec.Answer) and answer.result == {'moons': 3}


def test_answers_to_nobody_are_left_out() -> None:
    """What comes after its time belongs to nothing any more."""
    assert codec.ClientCodec().receive(b'{"id": 4, "ok": true, "result": {}}\n') == []


@given(st.lists(st.binary(max_size=20).filter(lambda line: b'\n' not in line), max_size=8),
       st.lists(st.integers(1, 7), min_size=1, max_size=5))
def test_lines_are_the_same_however_they_are_cut(lines: list[bytes], cuts: list[int]) -> None:
    """A stream knows no messages."""
    data = b''.join(line + b'\n' for line in lines) + b'rest'
    splitter, found, at = codec.LineCodec(), [], 0
    while at < len(data):
        size = cuts[at % len(cuts)]
        found += splitter.feed(data[at:at + size])
        at += size
    assert found == lines


def test_a_line_without_end_is_refused() -> None:
    """Whoever sends one must not fill the memory."""
    splitter = codec.LineCodec()
    with pytest.raises(ValueError, match='without end'):
        for _ in range(9):
            splitter.feed(b'x' * (codec.MAX_LINE_BYTES // 8))


def test_samples_keep_what_is_not_known() -> None:
    """None is "not known", never 0, over the wire too."""
    sample = NodeSample(generation=3, cpu_percent=None, threads=0)
    sent = json.loads(codec.ClientCodec().ask(Samples(nodes={'a': sample}))[1])
    assert 'system' not in sent['args']
    assert build(Samples, sent['args']).nodes == {'a': sample}


def test_the_page_is_the_one_that_the_types_give() -> None:
    """The reference cannot drift from what is sent."""
    assert (ROOT / 'docs/control.md').read_text(encoding='utf-8') == page(), \
        'scripts/nevil shell python -m nevil_health.control.page > docs/control.md'
