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

"""Whether the author of a launch file has said what the end of a process means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from launch.event_handlers import OnProcessExit
from launch.events.process import ProcessExited
from launch.events.process import ProcessStarted

__all__ = ['waits_for_end', 'waits_for_start']

_BASE = '_OnActionEventBase__'
_CODES = (0, 1)


def waits_for_end(context: Any, details: Mapping[str, Any]) -> bool:
    """
    Return whether an event handler of the launch file is waiting for the end of a process.

    :param details: what launch's events of the process carry
    """
    events = [ProcessExited(returncode=code, **{'pid': 0, **details}) for code in _CODES]
    return any(_matches(handler, event) for handler in tuple(context._event_handlers)
               if not _is_launchs(handler, details['action']) for event in events)


def waits_for_start(context: Any, details: Mapping[str, Any]) -> bool:
    """Return whether an event handler of the launch file is waiting for the process to start."""
    event = ProcessStarted(**{'pid': 0, **details})
    return any(_matches(handler, event) for handler in tuple(context._event_handlers))


def _matches(handler: Any, event: Any) -> bool:
    try:
        return bool(handler.matches(event))
    except Exception:  # noqa: B902 - a matcher of the launch file; launch reports it
        return False


def _is_launchs(handler: Any, action: Any) -> bool:
    """Return whether it is one of the two that every action registers for itself."""
    if not isinstance(handler, OnProcessExit):
        return False
    actions = getattr(handler, f'{_BASE}actions_on_event', [])
    function = getattr(handler, f'{_BASE}on_event', None)
    if function is None:
        return actions in ([], [None])
    return getattr(function, '__self__', None) is action
