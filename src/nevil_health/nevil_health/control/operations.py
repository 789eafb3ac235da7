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

"""What an operator asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import ClassVar

from nevil_health.control.base import Reply
from nevil_health.control.base import Request
from nevil_health.control.session import Done
from nevil_nodes.lazy_dataclass import dataclass

__all__ = [
    'Acknowledge', 'Changed', 'HoldNode', 'MuteNode', 'NodeRequest', 'Operated', 'PauseNode',
    'Register', 'ReleaseNode', 'RestartNode', 'ResumeNode', 'Silence', 'StartNode',
    'StopNode', 'TakeOver', 'TakenOver', 'UnmuteNode',
]


@dataclass(frozen=True, kw_only=True, slots=True)
class Operated(Reply):
    """
    What an operation has led to.

    :param state: of the node, now
    :param note: which nodes it concerns beside the one that was named
    :param pending: the event ``transitioned`` will follow
    """

    changed: bool = False
    state: str | None = None
    note: str = ''
    pending: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class NodeRequest(Request[Operated]):
    """What is asked of one node; of all that share its process."""

    name: str = ''


@dataclass(frozen=True, kw_only=True, slots=True)
class StartNode(NodeRequest):
    """Start a node."""

    VERB: ClassVar[str] = 'start_node'


@dataclass(frozen=True, kw_only=True, slots=True)
class StopNode(NodeRequest):
    """Stop a node; it stays stopped until it is started."""

    VERB: ClassVar[str] = 'stop_node'


@dataclass(frozen=True, kw_only=True, slots=True)
class RestartNode(NodeRequest):
    """Stop a node and start it again."""

    VERB: ClassVar[str] = 'restart_node'


@dataclass(frozen=True, kw_only=True, slots=True)
class MuteNode(NodeRequest):
    """Make a node inactive; with ``pending`` the event ``transitioned`` follows."""

    VERB: ClassVar[str] = 'mute_node'


@dataclass(frozen=True, kw_only=True, slots=True)
class UnmuteNode(NodeRequest):
    """Make a muted node active."""

    VERB: ClassVar[str] = 'unmute_node'


@dataclass(frozen=True, kw_only=True, slots=True)
class PauseNode(NodeRequest):
    """Make a node inactive; what depends on it pauses too."""

    VERB: ClassVar[str] = 'pause_node'


@dataclass(frozen=True, kw_only=True, slots=True)
class ResumeNode(NodeRequest):
    """Resume a paused node."""

    VERB: ClassVar[str] = 'resume_node'


@dataclass(frozen=True, kw_only=True, slots=True)
class HoldNode(NodeRequest):
    """Suspend the automatic recovery of a node until it is released."""

    VERB: ClassVar[str] = 'hold_node'


@dataclass(frozen=True, kw_only=True, slots=True)
class ReleaseNode(NodeRequest):
    """Recover a node automatically again."""

    VERB: ClassVar[str] = 'release_node'


@dataclass(frozen=True, kw_only=True, slots=True)
class Changed(Reply):
    """Whether something is different now."""

    changed: bool = False
    note: str = ''


@dataclass(frozen=True, kw_only=True, slots=True)
class Acknowledge(Request[Changed]):
    """
    Note that somebody has seen an incident.

    :param alert: its id, or the name of a node for all of its incidents
    """

    VERB: ClassVar[str] = 'ack'

    alert: str = ''
    reason: str = ''


@dataclass(frozen=True, kw_only=True, slots=True)
class Silence(Request[Changed]):
    """
    Mark the alerts of a node for a time.

    :param name: of the node, '' for all
    :param duration_s: from now; 0 ends it
    """

    VERB: ClassVar[str] = 'silence'
    name: str = ''
    duration_s: float = 0.0
    reason: str = ''


@dataclass(frozen=True, kw_only=True, slots=True)
class Register(Request[Done]):
    """
    Let further nodes, each a process, join those that run.

    :param plan: a resolved plan as JSON, in a text
    """

    VERB: ClassVar[str] = 'register'

    plan: str = ''


@dataclass(frozen=True, kw_only=True, slots=True)
class TakenOver(Reply):
    """
    What of other declarations is new for the system that runs.

    :param added: nodes that start now
    :param removed: nodes that stop now and are then not known any more
    :param changed: nodes that are restarted, each with the reason
    :param held: nodes that have changed and are not restarted, for an operator holds them
    :param later: settings that count after the next start of the system
    :param note: why nothing is taken over
    """

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: Mapping[str, str] = field(default_factory=dict)
    held: tuple[str, ...] = ()
    later: tuple[str, ...] = ()
    note: str = ''


@dataclass(frozen=True, kw_only=True, slots=True)
class TakeOver(Request[TakenOver]):
    """
    Go on with other declarations; nodes that are the same in both keep their process.

    :param plan: a resolved plan of the project as JSON, in a text
    :param edited: when the code of a node was last changed, in s since 1970
    :param preview: only say what would change
    """

    VERB: ClassVar[str] = 'take_over'

    plan: str = ''
    edited: Mapping[str, float] = field(default_factory=dict)
    preview: bool = False
