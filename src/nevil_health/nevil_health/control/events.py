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

"""The events that the supervisor sends to its subscribers."""

from __future__ import annotations

from typing import ClassVar

from nevil_health.control.base import Event
from nevil_health.control.fields import left_out
from nevil_health.control.reports import AlertReport
from nevil_nodes.lazy_dataclass import dataclass

__all__ = ['AlertRaised', 'Ended', 'ProcessChanged', 'Settled', 'StateChanged', 'Transitioned']


@dataclass(frozen=True, kw_only=True, slots=True)
class StateChanged(Event):
    """
    A node has another state; one of each node follows a subscription.

    :param at: monotonic seconds
    :param old: null: it had this state before the subscription
    :param level: of the log line: INFO, WARN or ERROR
    :param pid: of the node's process, null where it has none
    """

    NAME: ClassVar[str] = 'state'

    node: str
    new: str
    at: float = 0.0
    old: str | None = None
    reason: str = ''
    level: str = 'INFO'
    pid: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ProcessChanged(Event):
    """
    The process of some nodes has started; with a return code, it has ended.

    :param returncode: exit code, or minus the number of the POSIX signal that ended it
    """

    NAME: ClassVar[str] = 'process'

    nodes: tuple[str, ...]
    pid: int | None = None
    returncode: int | None = left_out()


@dataclass(frozen=True, kw_only=True, slots=True)
class AlertRaised(Event):
    """
    There is news of an incident.

    :param kind: firing, repeated, resolved or changed
    :param loud: false: shown without a notification
    """

    NAME: ClassVar[str] = 'alert'

    kind: str
    alert: AlertReport
    loud: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Transitioned(Event):
    """
    A lifecycle transition that was asked for has ended.

    :param label: of the transition
    :param problem: '' or why it has failed
    """

    NAME: ClassVar[str] = 'transitioned'

    nodes: tuple[str, ...]
    label: str = ''
    problem: str = ''


@dataclass(frozen=True, kw_only=True, slots=True)
class Settled(Event):
    """
    Every node is ready or given up.

    :param state: ready or degraded
    """

    NAME: ClassVar[str] = 'settled'

    state: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Ended(Event):
    """The system has ended; 1 when a node had failed, else 0."""

    NAME: ClassVar[str] = 'ended'

    status: int = 0
