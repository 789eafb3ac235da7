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

"""A service manager waits as long as the robot may take, and no node is shot before its time."""

from __future__ import annotations

from dataclasses import replace

from nevil_bringup.supervisor.durations import start_s
from nevil_bringup.supervisor.durations import stop_s
from nevil_nodes.declarations.plan import LogPlan
from nevil_nodes.declarations.plan import NodePlan
from nevil_nodes.declarations.plan import Plan
from nevil_nodes.declarations.plan import ProcessPlan


def plan(*nodes: NodePlan, parallel: bool = True) -> Plan:
    """Return a plan of these nodes, each in a process of its own."""
    return Plan(
        project='robot', directory='/robot', messages_package='robot_msgs', nodes=nodes,
        processes=tuple(ProcessPlan(name=node.name, nodes=(node.name,), argv=('true',))
                        for node in nodes if node.status != 'disabled'),
        logs=LogPlan(directory='/robot/logs'), parallel=parallel, startup_delay_s=2.0)


def node(name: str, *requires: str, start: float = 10.0, stop: float = 4.0) -> NodePlan:
    """Return a node with its timeouts."""
    return NodePlan(name=name, process=name, requires=requires, startup_timeout_s=start,
                    shutdown_timeout_s=stop)


CHAIN = (node('a'), node('b', 'a', start=20.0, stop=6.0), node('c', 'b'), node('d', start=15.0))
EMPTY_START_S, EMPTY_STOP_S = start_s(plan()), stop_s(plan())


def test_side_by_side_the_longest_chain_counts() -> None:
    """What needs nothing of each other starts and ends at the same time."""
    assert start_s(plan(*CHAIN)) - EMPTY_START_S == 10 + 20 + 10
    assert stop_s(plan(*CHAIN)) - EMPTY_STOP_S == (2 * 4 + 1) + (2 * 6 + 1) + (2 * 4 + 1)


def test_one_after_the_other_all_count() -> None:
    """Each has its timeout, and the delay before it."""
    assert start_s(plan(*CHAIN, parallel=False)) - EMPTY_START_S == 10 + 20 + 10 + 15 + 4 * 2
    loose = replace(plan(*CHAIN, parallel=False), wait_for_healthy=False)
    assert start_s(loose) - EMPTY_START_S == 10 + 20 + 10 + 4 * 2


def test_who_does_not_start_does_not_count() -> None:
    """One that the operator starts may still have to be ended."""
    off = replace(node('e', start=1000.0, stop=1000.0), status='disabled')
    later = replace(node('f', start=1000.0, stop=50.0), auto_start=False)
    assert start_s(plan(*CHAIN, off, later)) == start_s(plan(*CHAIN))
    assert stop_s(plan(*CHAIN, off)) == stop_s(plan(*CHAIN))
    assert stop_s(plan(*CHAIN, later)) - EMPTY_STOP_S == 2 * 50 + 1
