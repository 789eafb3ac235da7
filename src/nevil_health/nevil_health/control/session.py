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

"""Session: who answers, which events follow, and the end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from nevil_health.control.base import Reply
from nevil_health.control.base import Request
from nevil_nodes.lazy_dataclass import dataclass

__all__ = ['Done', 'Ping', 'Pong', 'ShutDown', 'Subscribe']


@dataclass(frozen=True, kw_only=True, slots=True)
class Done(Reply):
    """It has been accepted; there is nothing more to say."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pong(Reply):
    """
    Who answers.

    :param version: of the protocol
    :param middleware: variables that decide which nodes communicate in ROS
    """

    project: str = ''
    directory: str = ''
    pid: int = 0
    version: int = 1
    middleware: Mapping[str, str] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Ping(Request[Pong]):
    """Ask who is there."""

    VERB: ClassVar[str] = 'ping'


@dataclass(frozen=True, kw_only=True, slots=True)
class Subscribe(Request[Done]):
    """Ask for the events: the state of each node now, and everything that happens."""

    VERB: ClassVar[str] = 'subscribe'


@dataclass(frozen=True, kw_only=True, slots=True)
class ShutDown(Request[Done]):
    """
    End the system in order; every subscriber gets the event ``ended`` at the end.

    :param hurry: shorten the stop escalation of a shutdown that is under way; once more, kill
    """

    VERB: ClassVar[str] = 'shutdown'

    hurry: bool = False
