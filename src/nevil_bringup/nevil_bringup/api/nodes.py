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

"""Start, stop, restart, mute, pause or hold one node; quieten its alerts."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
import os
from pathlib import Path
import pwd
import time
from typing import Any
from typing import cast

from nevil_bringup.api.launch import TimedOut
from nevil_bringup.control.client import ControlClient
from nevil_bringup.control.client import Disconnected
from nevil_bringup.control.client import Refused
from nevil_health.control.base import Event
from nevil_health.control.events import Ended
from nevil_health.control.events import StateChanged
from nevil_health.control.events import Transitioned
from nevil_health.control.fields import plain
from nevil_health.control.names import request_type
from nevil_health.control.operations import Acknowledge
from nevil_health.control.operations import NodeRequest
from nevil_health.control.operations import Silence
from nevil_health.control.session import Subscribe

__all__ = ['AIMS', 'acknowledge', 'changed_files', 'operate', 'silence']

# The state that each operation leads to, and those in which it has failed.
AIMS = {'start': 'ready', 'restart': 'ready', 'stop': 'stopped'}
_FAILED = frozenset({'failed', 'backoff'})
# Operations that a node has to carry out itself, and what it is then.
_TRANSITIONS = {'mute': 'muted', 'unmute': 'unmuted', 'pause': 'paused', 'resume': 'resumed'}
_ENDED = frozenset({'completed'})


def changed_files(project: Path, name: str, since: float) -> list[str]:
    """
    Return the files of a node that the running system has not read, for they are newer.

    :param since: s since 1970
    """
    folder = project / 'nodes' / name
    files = (project / '.nodes', project / '.env', folder / '.nodes', folder / '.messages')
    return [str(file.relative_to(project)) for file in files
            if file.is_file() and file.stat().st_mtime > since]


def operate(
    client: ControlClient, action: str, name: str, *, wait_s: float | None,
    on_wait: Callable[[str], None] = lambda reason: None,
) -> dict[str, Any]:
    """
    Ask for an operation and wait until it is done or has failed.

    :param wait_s: None does not wait
    :param on_wait: called with what the node waits for
    :returns: ``changed``, ``note``, ``state`` and ``reason`` of the node
    :raises Refused: there is no such node, or it cannot be done
    :raises TimedOut: the aim is not reached in time
    :raises Disconnected: the system ended
    """
    client.request(Subscribe())
    client.forget_events()
    request = request_type(f'{action}_node')
    answer = client.request(cast('type[NodeRequest]', request)(name=name))
    result = {'changed': answer.changed, 'state': answer.state, 'note': answer.note, 'reason': ''}
    if wait_s is None:
        return result
    aim = AIMS.get(action)
    if aim is None:
        if answer.pending and action in _TRANSITIONS:
            _wait_for_transition(client, name, _TRANSITIONS[action], wait_s)
    elif result['changed'] or result.get('state') != aim:
        _wait_for_state(client, name, aim, result, wait_s, on_wait)
    return result


def acknowledge(client: ControlClient, alert: str, reason: str) -> dict[str, Any]:
    """
    Say that an incident, or all of a node, are seen to.

    :param alert: its id, or the node's name
    :raises Refused: there is no such thing
    """
    found: dict[str, Any] = plain(client.request(
        Acknowledge(alert=alert, reason=reason or _who())))
    return found


def silence(
    client: ControlClient, name: str, duration_s: float, reason: str,
) -> dict[str, Any]:
    """
    Mark alerts instead of sending notifications, for a time.

    :param name: of the node, '' for all
    :param duration_s: 0 ends it
    :raises Refused: there is no such node
    """
    found: dict[str, Any] = plain(client.request(Silence(
        name=name, duration_s=duration_s, reason=(reason or _who()) if duration_s else '')))
    return found


def _who() -> str:
    """Return the user, in place of a reason that was not given."""
    try:
        return f'by {pwd.getpwuid(os.getuid()).pw_name}'
    except KeyError:
        return f'by user {os.getuid()}'


def _wait_for_state(
    client: ControlClient, name: str, aim: str, result: dict[str, Any], wait_s: float,
    on_wait: Callable[[str], None],
) -> None:
    for event in _events(client, wait_s):
        if isinstance(event, StateChanged) and event.node == name and event.old is not None:
            result.update(state=event.new, reason=event.reason)
            if event.new == aim or event.new in _FAILED | _ENDED:
                return
            if event.new == 'waiting':
                on_wait(result['reason'])
    raise TimedOut(f'{name} is not {aim} after {wait_s:g} s but {result.get("state")}'
                   + (f' ({result["reason"]})' if result['reason'] else ''))


def _wait_for_transition(client: ControlClient, name: str, aim: str, wait_s: float) -> None:
    for event in _events(client, wait_s):
        if isinstance(event, Transitioned) and name in event.nodes:
            if event.problem:
                raise Refused(f'{name} cannot be {aim}: {event.problem}')
            return
    raise TimedOut(f'{name} is not {aim} after {wait_s:g} s')


def _events(client: ControlClient, wait_s: float) -> Iterator[Event]:
    """Yield what happens until the time is over."""
    deadline = time.monotonic() + wait_s
    while (left_s := deadline - time.monotonic()) > 0:
        event = client.next_event(left_s)
        if event is None:
            return
        if isinstance(event, Ended):
            raise Disconnected('the system was stopped')
        yield event
