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

"""What the alert book returns, and what it is asked for. Plain data."""

from __future__ import annotations

from typing import Literal

from nevil_nodes.lazy_dataclass import dataclass

__all__ = ['Alert', 'AlertNews', 'AlertRules', 'Severity', 'Silence', 'Step']

Severity = Literal['warning', 'error', 'critical']


@dataclass(frozen=True, kw_only=True, slots=True)
class AlertRules:
    """
    When incidents begin, are notified and end; seconds.

    :param repeat_s: until a notification is repeated; doubles up to ``repeat_max_s``
    :param keep_firing_s: for which the cause must be gone before the incident counts as resolved
    :param flapping_changes: so many changes within ``flapping_s`` make an incident flapping
    :param keep_resolved_s: for which a resolved incident stays in the list
    """

    repeat_s: float = 300.0
    repeat_max_s: float = 4 * 3600.0
    keep_firing_s: float = 30.0
    flapping_changes: int = 4
    flapping_s: float = 120.0
    keep_resolved_s: float = 300.0

    def __post_init__(self) -> None:
        """
        Accept only rules under which notifications are sent, and not all the time.

        :raises ValueError: they are not
        """
        for name in ('repeat_s', 'repeat_max_s', 'flapping_changes'):
            if not getattr(self, name) > 0:
                raise ValueError(f'{name}: {getattr(self, name)} must be more than 0')


@dataclass(frozen=True, kw_only=True, slots=True)
class Silence:
    """An announcement that alerts of a node ('' for all) are expected; they are marked by it."""

    node: str
    until: float
    reason: str
    signal: str = ''


@dataclass(frozen=True, kw_only=True, slots=True)
class Alert:
    """
    One incident: one node, one signal, from its beginning to its end; times are monotonic.

    What did not fit into the rate limit is one with the signal ``overflow``, which nobody keeps.

    :param id: short and unique for the incident
    :param key: ``<node>/<signal>``, the same for each incident of that kind
    :param since: when its cause began
    :param ended: when it was resolved
    :param root: id of the incident that caused this one, '' if it is a cause itself
    :param silenced: '' or why it is silent: the reason of a silence, ``planned stop``
    :param count: how often the cause came back within this incident
    """

    id: str  # noqa: A003
    key: str
    node: str
    signal: str
    state: Literal['pending', 'firing', 'resolved']
    severity: Severity
    text: str
    since: float
    fired: float | None = None
    ended: float | None = None
    value: float | None = None
    threshold: float | None = None
    root: str = ''
    flapping: bool = False
    silenced: str = ''
    acknowledged: str = ''
    count: int = 1
    restarts: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class AlertNews:
    """
    News of an incident.

    :param kind: ``changed`` and loud: it got worse (higher severity, given up), or began to flap
    :param loud: to the log, the hook and every listener; not loud are those that are silenced,
        inhibited by their root or merely changed: they are shown without a notification
    """

    kind: Literal['firing', 'repeated', 'resolved', 'changed']
    alert: Alert
    loud: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """
    One link of the chain from a node's present state back to its cause.

    :param at: monotonic; when it began
    :param what: a word or two: ``state``, ``heartbeat``, ``paused by``, ``last exit``, ``do``
    :param detail: one clause
    """

    at: float
    node: str
    what: str
    detail: str
