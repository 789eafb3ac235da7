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

"""What the supervisor and the health node say to each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from typing import Literal

from nevil_health.control.base import Event
from nevil_health.control.base import Request
from nevil_health.control.fields import left_out
from nevil_health.control.reports import AlertReport
from nevil_health.control.reports import NodeReport
from nevil_health.control.reports import SystemReport
from nevil_health.control.session import Done
from nevil_health.signals.observations import NodeSample
from nevil_health.signals.observations import SystemSample
from nevil_nodes.declarations.health_plan import ProbePlan
from nevil_nodes.declarations.plan import ComponentPlan
from nevil_nodes.lazy_dataclass import dataclass


__all__ = [
    'Alive', 'AttachHealth', 'ChangeLifecycle', 'Expect', 'HeartbeatReading',
    'LifecycleChanged', 'PrometheusAddress', 'PublishHealth', 'RunningUnit', 'Samples',
]


@dataclass(frozen=True, kw_only=True, slots=True)
class AttachHealth(Request[Done]):
    """Be the health node from now on; the events ``expect`` and ``transition`` follow."""

    VERB: ClassVar[str] = 'attach_health'

    pid: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Alive(Request[Done]):
    """Say that the executor of the health node turns; once a second."""

    VERB: ClassVar[str] = 'alive'


@dataclass(frozen=True, kw_only=True, slots=True)
class HeartbeatReading(Request[Done]):
    """
    Say what the heartbeats show: of one unit, or of the network.

    :param unit: '' for the network
    :param silent_for_s: since the last heartbeat
    :param node: which of the unit's nodes
    :param process_state: letter as in proc(5) of the node's process
    """

    VERB: ClassVar[str] = 'verdict'

    kind: Literal['ready', 'late', 'resumed', 'network_silent', 'network_back']
    unit: str = ''
    generation: int = 0
    silent_for_s: float = 0.0
    node: str = ''
    process_state: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class LifecycleChanged(Request[Done]):
    """
    Say how a transition went: the newest that was ordered of the unit.

    :param problem: '' or why it has failed
    """

    VERB: ClassVar[str] = 'transitioned'

    unit: str
    generation: int
    label: str
    problem: str = ''


@dataclass(frozen=True, kw_only=True, slots=True)
class Samples(Request[Done]):
    """
    Hand over samples: of all nodes and the machine, or out of turn of some nodes.

    :param nodes: by name
    """

    VERB: ClassVar[str] = 'samples'

    nodes: Mapping[str, NodeSample]
    system: SystemSample | None = left_out()


@dataclass(frozen=True, kw_only=True, slots=True)
class RunningUnit:
    """
    A process that runs, and what its nodes should be.

    :param kind: ``executable`` is no NevilNode and sends no heartbeat
    :param namespace: of its nodes, '' or ``/some``
    :param muted: all of its nodes should be inactive
    :param ready: it was found ready before
    :param paused: it waits for another node, inactive
    :param held: recovery suspended
    :param heartbeat_timeouts: seconds, by node
    :param muted_nodes: those that should be inactive; null: as ``muted`` says
    :param probes: by node and role: readiness, liveness, startup
    :param components: to load into it, in order
    :param addresses: full names of nodes that are called otherwise
    :param managed: false: somebody else takes it through its lifecycle
    """

    unit: str
    generation: int
    pid: int
    nodes: tuple[str, ...]
    kind: str = 'python'
    namespace: str = ''
    muted: bool = False
    ready: bool = False
    paused: bool = False
    held: bool = False
    heartbeat_timeouts: Mapping[str, float] | None = None
    muted_nodes: tuple[str, ...] | None = None
    probes: Mapping[str, Mapping[str, ProbePlan]] | None = None
    components: tuple[ComponentPlan, ...] = ()
    addresses: Mapping[str, str] | None = None
    managed: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class PrometheusAddress:
    """Where numbers are served."""

    address: str
    port: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Expect(Event):
    """
    Everything that runs: the whole list, at each change.

    :param logs: folder of the log files
    :param prometheus: null: numbers are not served
    :param ros_commands: whether ROS services may command
    """

    NAME: ClassVar[str] = 'expect'

    units: tuple[RunningUnit, ...]
    heartbeat_timeout_s: float
    health_check_interval_s: float
    project: str = ''
    logs: str = ''
    prometheus: PrometheusAddress | None = None
    ros_commands: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class ChangeLifecycle(Event):
    """
    Order a lifecycle transition of the nodes of a unit.

    :param label: activate or deactivate
    :param lost: required nodes that are lost; it is notified of them
    :param restored: nodes after whose return it is resumed
    """

    NAME: ClassVar[str] = 'transition'

    unit: str
    generation: int
    nodes: tuple[str, ...]
    label: str
    lost: tuple[str, ...] = ()
    restored: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class PublishHealth(Event):
    """
    The health of the robot, to be published: whole, at each change and each interval.

    :param counters: of the supervisor, by name
    """

    NAME: ClassVar[str] = 'health'

    nodes: tuple[NodeReport, ...]
    system: SystemReport
    alerts: tuple[AlertReport, ...] = ()
    counters: Mapping[str, float] | None = None
