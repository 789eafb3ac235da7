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

"""Start, stop, restart, mute and unmute one node."""

from __future__ import annotations

import time
from typing import Any

from nevil_bringup.cli.api.launch import TimedOut
from nevil_bringup.control.client import ControlClient
from nevil_bringup.control.client import Disconnected

__all__ = ['AIMS', 'operate']

# The state that each operation leads to, and those in which it has failed.
AIMS = {'start': 'ready', 'restart': 'ready', 'stop': 'stopped'}
_FAILED = frozenset({'failed', 'backoff'})
_ENDED = frozenset({'completed'})


def operate(
    client: ControlClient, action: str, name: str, *, wait_s: float | None,
) -> dict[str, Any]:
    """
    Ask for an operation and, where it has an aim, wait until it is reached or failed.

    :param wait_s: None does not wait
    :returns: ``changed``, ``note``, ``state`` and ``reason`` of the node
    :raises Refused: there is no such node, or it cannot be done
    :raises TimedOut: the aim is not reached in time
    :raises Disconnected: the system ended
    """
    client.request('subscribe')
    client.forget_events()
    result = client.request(f'{action}_node', {'name': name})
    result.setdefault('reason', '')
    aim = AIMS.get(action)
    if wait_s is None or aim is None or (not result['changed'] and result.get('state') == aim):
        return result
    deadline = time.monotonic() + wait_s
    while (left_s := deadline - time.monotonic()) > 0:
        event = client.next_event(left_s)
        if event is None:
            break
        if event['event'] == 'ended':
            raise Disconnected('the system was stopped')
        if event['event'] == 'state' and event['node'] == name and event['old'] is not None:
            result.update(state=event['new'], reason=event.get('reason') or '')
            if event['new'] == aim or event['new'] in _FAILED | _ENDED:
                return result
    raise TimedOut(f'{name} is not {aim} after {wait_s:g} s but {result.get("state")}'
                   + (f' ({result["reason"]})' if result['reason'] else ''))
