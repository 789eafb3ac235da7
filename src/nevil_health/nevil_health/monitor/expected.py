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


"""What the supervisor says is running, as the health node needs it. Standard library only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from nevil_health.control.monitor import Expect
from nevil_health.control.monitor import RunningUnit
from nevil_nodes.declarations.health_plan import ProbePlan
from nevil_nodes.declarations.plan import ComponentPlan
from nevil_nodes.lazy_dataclass import dataclass

__all__ = ['ExpectedUnit', 'Expectation', 'UnitKey', 'read_expectation']

UnitKey = tuple[str, int]  # unit and generation: one start of one process
# Shorter intervals would keep the health node busy; a plan from elsewhere may hold any number.
_SHORTEST_S = 0.1


@dataclass(frozen=True, kw_only=True, slots=True)
class ExpectedUnit:
    """
    One running process and what its nodes should be.

    :param namespace: of its nodes, '' or '/some'
    :param addresses: full names, without the first slash, of nodes that are called otherwise
    :param foreign: an executable that is no NevilNode and sends no heartbeat
    :param managed: Nevil takes it through its lifecycle; False: somebody else does
    :param ready: it was reported ready before, perhaps by another health node
    :param muted: those of ``nodes`` that should be inactive
    :param paused: it waits for another node: all of ``nodes`` should be inactive
    :param probes: of its nodes, by role
    :param components: to load into it, in order
    :param held: the operator does with it what he likes; nothing is put right
    """

    unit: str
    generation: int
    pid: int
    nodes: tuple[str, ...]
    namespace: str = ''
    addresses: Mapping[str, str] = field(default_factory=dict)
    foreign: bool = False
    managed: bool = True
    ready: bool = False
    muted: frozenset[str] = frozenset()
    paused: bool = False
    held: bool = False
    probes: Mapping[str, Mapping[str, ProbePlan]] = field(default_factory=dict)
    components: tuple[ComponentPlan, ...] = ()

    @property
    def key(self) -> UnitKey:
        """Return what distinguishes this start of the unit from earlier ones."""
        return self.unit, self.generation

    def address(self, node: str) -> str:
        """Return where the services of a node of it are, without the first slash."""
        return self.addresses.get(node) or f'{self.namespace}/{node}'[1:]

    def wanted_state(self, node: str) -> str:
        """Return the lifecycle state in which a node of it is ready."""
        return 'inactive' if self.paused or node in self.muted else 'active'


@dataclass(frozen=True, kw_only=True, slots=True)
class Expectation:
    """
    The whole list, and the tolerated silence; seconds.

    :param heartbeat_timeouts: of nodes that have one of their own
    :param logs: the folder of the log files
    :param prometheus: address and port on which numbers are served; None: they are not
    :param ros_commands: whether ROS services may command
    """

    units: tuple[ExpectedUnit, ...] = ()
    heartbeat_timeout_s: float = 30.0
    heartbeat_timeouts: Mapping[str, float] = field(default_factory=dict)
    health_check_interval_s: float = 5.0
    project: str = ''
    logs: str = ''
    prometheus: tuple[str, int] | None = None
    ros_commands: bool = False

    def unit(self, key: UnitKey) -> ExpectedUnit | None:
        """Return that start of a unit; None if it has ended."""
        return next((unit for unit in self.units if unit.key == key), None)


def read_expectation(event: Expect) -> Expectation:
    """Return the content of an ``expect`` event."""
    serve = event.prometheus
    return Expectation(
        units=tuple(_unit(unit) for unit in event.units),
        heartbeat_timeout_s=max(_SHORTEST_S, event.heartbeat_timeout_s),
        heartbeat_timeouts={
            node: max(_SHORTEST_S, timeout_s) for unit in event.units
            for node, timeout_s in (unit.heartbeat_timeouts or {}).items()},
        health_check_interval_s=max(_SHORTEST_S, event.health_check_interval_s),
        project=event.project, logs=event.logs,
        prometheus=(serve.address, serve.port) if serve else None,
        ros_commands=event.ros_commands)


def _unit(unit: RunningUnit) -> ExpectedUnit:
    muted = unit.muted_nodes
    if muted is None:
        muted = unit.nodes if unit.muted else ()
    return ExpectedUnit(
        unit=unit.unit, generation=unit.generation, pid=unit.pid, nodes=unit.nodes,
        namespace=unit.namespace, foreign=unit.kind == 'executable', ready=unit.ready,
        muted=frozenset(muted), paused=unit.paused, held=unit.held,
        probes=unit.probes or {}, components=unit.components, managed=unit.managed,
        addresses={node: name.strip('/') for node, name in (unit.addresses or {}).items()})
