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

"""
Bytes to messages and back, for both ends of the control socket; no end does I/O here.

A request is a line ``{"version": 1, "id": 7, "verb": "stop_node", "args": {"name": "arm"}}``.
Its answer is ``{"id": 7, "ok": true, "result": {...}}``, or
``{"id": 7, "ok": false, "error": "..."}`` with a text for the user. An event has its name in
``event``, and its fields beside it.
"""

from __future__ import annotations

from typing import Any
from typing import cast
from typing import Union

from nevil_health.control.base import Event
from nevil_health.control.base import Reply
from nevil_health.control.base import reply_type
from nevil_health.control.base import Request
from nevil_health.control.fields import build
from nevil_health.control.fields import content
from nevil_health.control.fields import parse_object
from nevil_health.control.fields import to_line
from nevil_health.control.names import event_type
from nevil_health.control.names import request_type
from nevil_health.control.names import VERBS

__all__ = [
    'Answer', 'answer_line', 'BadRequest', 'ClientCodec', 'event_line', 'LineCodec',
    'MAX_LINE_BYTES', 'NotUnderstood', 'read_request', 'Received', 'refusal_line', 'VERSION',
]

VERSION = 1
MAX_LINE_BYTES = 4 * 1024 * 1024


class BadRequest(ValueError):
    """A line that is no request of this protocol; ``id`` is what it gave as one."""

    def __init__(self, text: str, id: object = None) -> None:  # noqa: A002
        """Keep both."""
        super().__init__(text)
        self.id = id


class Question:
    """A request as it has come."""

    __slots__ = ('id', 'request')

    def __init__(self, id: object, request: Request[Any]) -> None:  # noqa: A002
        """Keep both."""
        self.id, self.request = id, request


class Answer:
    """
    The answer to a request.

    :ivar result: the reply, or the object that was sent when that was asked for; None where it
        was refused
    :ivar error: why it was refused; for the user
    """

    __slots__ = ('error', 'id', 'result')

    def __init__(self, id: int, result: Any = None, error: str = '') -> None:  # noqa: A002
        """Keep it."""
        self.id, self.result, self.error = id, result, error


class NotUnderstood:
    """An event that has come and is not what it should be."""

    __slots__ = ('name', 'reason')

    def __init__(self, name: str, reason: str) -> None:
        """Keep both."""
        self.name, self.reason = name, reason


Received = Union[Answer, Event, NotUnderstood]


class LineCodec:
    """Cuts what arrives into lines."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._rest = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """
        Return the lines that are complete now, without their ends.

        :raises ValueError: one of them is longer than the limit
        """
        searched = len(self._rest)
        self._rest += data
        end = self._rest.rfind(b'\n', searched)
        lines: list[bytes] = []
        if end >= 0:
            lines = bytes(self._rest[:end]).split(b'\n')
            del self._rest[:end + 1]
        if max(map(len, (*lines, self._rest))) > MAX_LINE_BYTES:
            raise ValueError('a line without end')
        return lines


# -- the supervisor's end ----------------------------------------------------------------------


def read_request(line: bytes) -> Question:
    """
    Return the request of a line.

    :raises BadRequest: it is none; the text is for the user
    """
    try:
        message = parse_object(line)
    except ValueError as error:
        raise BadRequest(str(error)) from None
    ident = message.get('id')
    if message.get('version', VERSION) != VERSION:
        raise BadRequest(f'protocol version {message["version"]!r} is not {VERSION}; '
                         'use the nevil command of the version that is running', ident)
    verb, args = str(message.get('verb')), message.get('args') or {}
    if not isinstance(args, dict):
        raise BadRequest('args is not an object', ident)
    if verb not in VERBS:
        from nevil_msggen.problem import did_you_mean  # clients have no need of it
        hint = did_you_mean(verb, sorted(VERBS))
        raise BadRequest(f'unknown verb {verb!r}; {hint}'.rstrip('; '), ident)
    try:
        return Question(id=ident, request=build(request_type(verb), args))
    except ValueError as error:
        raise BadRequest(f'{verb}: {error}', ident) from None


def answer_line(ident: object, result: Reply) -> bytes:
    """Return the line that answers a request."""
    return to_line({'id': ident, 'ok': True, 'result': result})


def refusal_line(ident: object, error: str) -> bytes:
    """Return the line that refuses a request."""
    return to_line({'id': ident, 'ok': False, 'error': error})


def event_line(event: Event) -> bytes:
    """Return the line of an event."""
    return to_line({'event': event.NAME, **content(event)})


# -- a client's end ----------------------------------------------------------------------------


class ClientCodec:
    """Remembers what was asked, so that answers are understood."""

    def __init__(self) -> None:
        """Have asked for nothing."""
        self._lines = LineCodec()
        self._last_id = 0
        self._asked: dict[int, type[Request[Any]] | None] = {}

    def ask(self, request: Request[Any]) -> tuple[int, bytes]:
        """Return a request's number and the line to send."""
        return self._ask(request.VERB, request, type(request))

    def ask_document(self, verb: str, args: dict[str, str]) -> tuple[int, bytes]:
        """Do the same where the answer is wanted as it was sent: to be printed, not read."""
        return self._ask(verb, args, None)

    def receive(self, data: bytes) -> list[Received]:
        """
        Return what has arrived; events that this version does not know are left out.

        :raises ValueError: it is not this protocol
        """
        found = (self._read(line) for line in self._lines.feed(data))
        return [message for message in found if message is not None]

    def _ask(self, verb: str, args: object,
             kind: type[Request[Any]] | None) -> tuple[int, bytes]:
        self._last_id += 1
        self._asked[self._last_id] = kind
        return self._last_id, to_line(
            {'version': VERSION, 'id': self._last_id, 'verb': verb, 'args': args})

    def _read(self, line: bytes) -> Received | None:
        message = parse_object(line)
        if 'event' in message:
            return _event(str(message['event']), message)
        ident = message.get('id')
        if not isinstance(ident, int) or ident not in self._asked:
            return None
        kind = self._asked.pop(ident)
        if message.get('ok') is not True:
            return Answer(id=ident, error=str(message.get('error') or 'refused without a reason'))
        result = message.get('result') or {}
        try:
            return Answer(id=ident, result=result if kind is None else build(
                reply_type(cast(Any, kind)), result))
        except ValueError as error:
            return Answer(id=ident, error=f'the answer is not understood: {error}')


def _event(name: str, message: dict[str, Any]) -> Event | NotUnderstood | None:
    kind = event_type(name)
    try:
        return None if kind is None else build(kind, message)
    except ValueError as error:
        return NotUnderstood(name=name, reason=str(error))
