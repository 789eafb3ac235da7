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

"""What differs in two plans, as a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from edges import plan_of
from nevil_bringup.supervisor.differences import difference
from nevil_nodes.declarations.plan import Plan
from nevil_nodes.declarations.plan import QosPlan
from nevil_nodes.declarations.plan import TopicPlan
import pytest

PLAN = plan_of(Path('/robot'), camera=(), detector=('camera',))


def with_node(name: str, plan: Plan = PLAN, **more: Any) -> Plan:
    """Return a plan in which one node is another."""
    return replace(plan, nodes=tuple(
        replace(node, **more) if node.name == name else node for node in plan.nodes))


def with_process(name: str, **more: Any) -> Plan:
    """Return a plan in which one process is another."""
    return replace(PLAN, processes=tuple(
        replace(one, **more) if one.name == name else one for one in PLAN.processes))


TALKING = with_node('camera', replace(PLAN, messages_package='robot_msgs'), publishes=(
    TopicPlan(topic='image', ros_type='robot_msgs/msg/Image', qos=QosPlan()),))


@pytest.mark.parametrize(('now', 'new', 'more', 'changed', 'units'), [
    (PLAN, PLAN, {}, {}, ''),
    (PLAN, with_node('camera', description='x'), {}, {'camera': 'its declaration'}, 'camera'),
    (PLAN, with_process('camera', argv=('x',)), {}, {'camera': 'its process'}, 'camera'),
    (PLAN, PLAN, {'edited': ['detector']}, {'detector': 'its code'}, 'detector'),
    (TALKING, TALKING, {'types': ['robot_msgs/msg/Image']}, {'camera': 'its messages'}, 'camera'),
    (TALKING, TALKING, {'types': ['robot_msgs/msg/Sound']}, {}, ''),
    (TALKING, TALKING, {'types': None}, {'camera': 'its messages'}, 'camera'),
    (TALKING, TALKING, {'types': None, 'edited': ['camera']},
     {'camera': 'its messages, its code'}, 'camera'),
    (PLAN, replace(PLAN, startup_delay_s=9.0), {}, {}, ''),
], ids=['same', 'node', 'process', 'code', 'type', 'other type', 'unknown types', 'two', 'system'])
def test_a_node_is_another_for_a_reason(
    now: Plan, new: Plan, more: Mapping[str, Any], changed: dict[str, str], units: str,
) -> None:
    """And its process ends; all others go on."""
    found = difference(now, new, **more)
    assert (found.changed, found.units) == (changed, frozenset(units.split()))
    assert not (found.added or found.removed or found.held or found.later)


def test_nodes_come_and_go() -> None:
    """What is gone ends, what is new has nothing to end."""
    new = plan_of(Path('/robot'), camera=(), arm=())
    found = difference(PLAN, new)
    assert (found.added, found.removed, found.units) == (
        ('arm',), ('detector',), frozenset({'detector'}))
    assert found.any


def test_all_nodes_of_a_process_share_its_fate() -> None:
    """One that joins it, leaves it, or is another, restarts the others."""
    def composed(*names: str) -> Plan:
        return replace(PLAN, processes=(replace(PLAN.processes[0], name='both', nodes=names), *(
            process for process in PLAN.processes if process.name not in names)))
    both = composed('camera', 'detector')
    found = difference(both, with_node('camera', both, description='x'))
    assert found.changed == {'camera': 'its declaration', 'detector': 'a node of its process'}
    assert found.units == {'both'}
    assert difference(both, composed('camera')).changed == {
        'camera': 'its process', 'detector': 'its process'}


def test_what_an_operator_holds_is_told_and_goes_on() -> None:
    """Nevil does not restart it; a held node that is gone ends all the same."""
    found = difference(PLAN, with_node('camera', description='x'), held=['camera'])
    assert (found.held, found.changed, found.units) == (('camera',), {}, frozenset())
    assert difference(PLAN, plan_of(Path('/robot'), camera=()), held=['detector']).units == {
        'detector'}


def test_what_counts_later_is_named_once() -> None:
    """Capture and the alerts have read it when the system started."""
    found = difference(PLAN, replace(
        PLAN, logs=replace(PLAN.logs, keep_files=9), messages_package='x', project='y'))
    assert found.later == ('the log settings', 'name')
    assert not found.any
