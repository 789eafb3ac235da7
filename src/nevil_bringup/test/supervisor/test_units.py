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

"""Nodes of one process become one unit; disabled ones stand alone."""

from __future__ import annotations

from typing import Any

from nevil_bringup.supervisor.units import core_settings
from nevil_bringup.supervisor.units import unit_specs
from nevil_health.core import RestartRule
from nevil_nodes.declarations.plan import LogPlan
from nevil_nodes.declarations.plan import NodePlan
from nevil_nodes.declarations.plan import Plan
from nevil_nodes.declarations.plan import ProcessPlan
from nevil_nodes.declarations.plan import RestartPlan


def _plan(nodes: list[NodePlan], processes: dict[str, list[str]], **settings: Any) -> Plan:
    return Plan(
        project='robot', directory='/robot', messages_package='robot_msgs', nodes=tuple(nodes),
        processes=tuple(ProcessPlan(name=name, nodes=tuple(members), argv=('true',))
                        for name, members in processes.items()),
        logs=LogPlan(directory='/robot/logs'), **settings)


def test_isolated_node_is_its_own_unit() -> None:
    """What the files say of a node is what the core knows of its unit."""
    node = NodePlan(
        name='camera', process='camera', requires=('driver',), conflicts=('simulator',),
        restart=RestartPlan(policy='always', max_restarts=3, delay_s=0.5),
        startup_timeout_s=7, shutdown_timeout_s=2, status='muted', auto_start=False)
    unit, = unit_specs(_plan([node], {'camera': ['camera']}))
    assert (unit.name, unit.requires, unit.conflicts) == ('camera', ('driver',), ('simulator',))
    assert (unit.restart.policy, unit.restart.max_restarts, unit.restart.delay_s) == (
        'always', 3, 0.5)
    assert (unit.start_timeout_s, unit.stop_timeout_s) == (7, 2)
    assert unit.muted and not unit.auto_start and unit.enabled


def test_composed_nodes_share_a_unit_that_needs_what_all_of_them_need() -> None:
    """A unit's requirements are those of its members, less the members themselves."""
    nodes = [
        NodePlan(name='a', process='composed', requires=('b', 'c')),
        NodePlan(name='b', process='composed', requires=('d',)),
        NodePlan(name='c', process='c'), NodePlan(name='d', process='d'),
        NodePlan(name='e', process='e', requires=('a', 'b')),
    ]
    units = {unit.name: unit for unit in unit_specs(_plan(
        nodes, {'c': ['c'], 'd': ['d'], 'composed': ['b', 'a'], 'e': ['e']}))}
    assert set(units['composed'].requires) == {'c', 'd'}
    assert units['e'].requires == ('composed',)


def test_strictest_restart_rule_of_composed_nodes_wins() -> None:
    """A process can restart only as often as its most careful member allows."""
    nodes = [
        NodePlan(name='a', process='composed',
                 restart=RestartPlan(policy='always', max_restarts=9, delay_s=1)),
        NodePlan(name='b', process='composed',
                 restart=RestartPlan(policy='never', max_restarts=2, delay_s=4)),
    ]
    unit, = unit_specs(_plan(nodes, {'composed': ['a', 'b']}))
    restart = unit.restart
    assert (restart.policy, restart.max_restarts, restart.delay_s) == ('never', 2, 4)


def test_disabled_node_is_a_unit_that_never_starts() -> None:
    """Status shows it, and what requires it can say why it waits."""
    nodes = [NodePlan(name='a', process='a', status='disabled')]
    unit, = unit_specs(_plan(nodes, {}))
    assert (unit.name, unit.enabled) == ('a', False)


def test_settings_come_from_the_launch_section() -> None:
    """Order and waiting are the robot's, jitter is Nevil's."""
    settings = core_settings(_plan([], {}, parallel=True, startup_delay_s=0.5,
                                   wait_for_healthy=False))
    assert (settings.parallel, settings.startup_delay_s, settings.wait_for_ready) == (
        True, 0.5, False)


def test_defaults_of_a_restart_are_the_same_everywhere() -> None:
    """The core knows no files; whoever changes one default must change the other."""
    rule, plan = RestartRule(), RestartPlan()
    assert (rule.policy, rule.max_restarts, rule.delay_s, rule.stable_after_s) == (
        plan.policy, plan.max_restarts, plan.delay_s, plan.stable_after_s)
