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
Which message each name on the wire stands for.

A module is imported when one of its messages is needed: a command line that asks for one thing
should not pay for the types of all others.
"""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from typing import Any
from typing import cast

from nevil_health.control.base import Event
from nevil_health.control.base import Request

__all__ = ['EVENTS', 'event_type', 'NODE_VERBS', 'request_type', 'VERBS']

_REQUESTS = {
    'ping': 'session.Ping',
    'status': 'status.GetStatus',
    'subscribe': 'session.Subscribe',
    'shutdown': 'session.ShutDown',
    'start_node': 'operations.StartNode',
    'stop_node': 'operations.StopNode',
    'restart_node': 'operations.RestartNode',
    'mute_node': 'operations.MuteNode',
    'unmute_node': 'operations.UnmuteNode',
    'pause_node': 'operations.PauseNode',
    'resume_node': 'operations.ResumeNode',
    'hold_node': 'operations.HoldNode',
    'release_node': 'operations.ReleaseNode',
    'ack': 'operations.Acknowledge',
    'silence': 'operations.Silence',
    'why': 'insight.Explain',
    'history': 'insight.GetHistory',
    'register': 'operations.Register',
    'take_over': 'operations.TakeOver',
    'attach_health': 'monitor.AttachHealth',
    'alive': 'monitor.Alive',
    'verdict': 'monitor.HeartbeatReading',
    'samples': 'monitor.Samples',
    'transitioned': 'monitor.LifecycleChanged',
}
_EVENTS = {
    'state': 'events.StateChanged',
    'process': 'events.ProcessChanged',
    'alert': 'events.AlertRaised',
    'transitioned': 'events.Transitioned',
    'settled': 'events.Settled',
    'ended': 'events.Ended',
    'expect': 'monitor.Expect',
    'transition': 'monitor.ChangeLifecycle',
    'health': 'monitor.PublishHealth',
}
VERBS = tuple(_REQUESTS)
# What can be asked of a node: on the command line, and as services as well.
NODE_VERBS = tuple(verb for verb in VERBS if verb.endswith('_node'))
EVENTS = tuple(_EVENTS)


def request_type(verb: str) -> type[Request[Any]]:
    """
    Return the type of a request.

    :raises KeyError: there is no such verb
    """
    return cast('type[Request[Any]]', _load(_REQUESTS[verb]))


def event_type(name: str) -> type[Event] | None:
    """Return the type of an event; None for one of a newer version."""
    return cast('type[Event]', _load(_EVENTS[name])) if name in _EVENTS else None


@lru_cache(maxsize=None)
def _load(place: str) -> object:
    module, _, name = place.partition('.')
    return getattr(import_module(f'nevil_health.control.{module}'), name)
