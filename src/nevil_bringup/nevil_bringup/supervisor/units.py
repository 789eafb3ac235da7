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

"""From the plan to what the policy core knows: nodes of one process become one unit."""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Sequence

from nevil_health.core import Core
from nevil_health.core import CoreSettings
from nevil_health.core import RestartRule
from nevil_health.core import UnitSpec
from nevil_nodes.declarations.plan import NodePlan
from nevil_nodes.declarations.plan import Plan
from nevil_nodes.declarations.plan import ProcessPlan

__all__ = [
    'HEALTH_UNIT', 'check_units', 'core_settings', 'health_unit', 'namespace_of', 'unit_specs',
]

HEALTH_UNIT = 'nevil_health'

# The strictest policy of composed nodes wins (formats.md, runtime.isolated_process).
_STRICTNESS = ('never', 'on_failure', 'unless_stopped', 'always')


def unit_specs(plan: Plan, only: Collection[str] | None = None) -> list[UnitSpec]:
    """
    Return one unit a process of the plan, in start order; disabled nodes stand alone.

    :param only: names of the units wanted; None is all
    """
    unit_of = {node.name: node.process for node in plan.nodes}
    specs = [_unit(plan, process, unit_of) for process in plan.processes
             if only is None or process.name in only]
    started = {name for process in plan.processes for name in process.nodes}
    specs += [UnitSpec(name=node.name, enabled=False)
              for node in plan.nodes if node.name not in started
              and (only is None or node.name in only)]
    return specs


def core_settings(plan: Plan) -> CoreSettings:
    """Return the rules for the robot as a whole."""
    return CoreSettings(
        parallel=plan.parallel, startup_delay_s=plan.startup_delay_s,
        wait_for_ready=plan.wait_for_healthy,
        dependency_grace_s=plan.recovery.dependency_grace_s,
        max_concurrent_restarts=plan.recovery.max_concurrent_restarts,
        min_free_memory_percent=plan.recovery.min_free_memory_percent)


def check_units(plan: Plan) -> None:
    """
    Make sure that the units of a plan fit to each other.

    :raises CoreError: they do not
    """
    Core(unit_specs(plan), core_settings(plan), lambda: 0.0)


def health_unit() -> UnitSpec:
    """
    Return the health node's own unit.

    It is Nevil's, not the robot's: it is started again for as long as the robot runs, and its
    death touches no node.
    """
    return UnitSpec(
        name=HEALTH_UNIT, stop_timeout_s=2.0, start_timeout_s=60.0,
        restart=RestartRule(policy='always', max_restarts=2**31, delay_s=0.1))


def namespace_of(argv: Sequence[str]) -> str:
    """Return the ROS namespace that a command line gives its nodes, '' for none."""
    given = [word[6:] for word in argv if word.startswith('__ns:=')]
    return given[-1].rstrip('/') if given else ''


def _unit(plan: Plan, process: ProcessPlan, unit_of: dict[str, str]) -> UnitSpec:
    members = [plan.node(name) for name in process.nodes]

    def units(names: list[str]) -> tuple[str, ...]:
        found = dict.fromkeys(unit_of.get(name, name) for name in names)
        return tuple(name for name in found if name != process.name)

    return UnitSpec(
        name=process.name,
        requires=units([name for node in members for name in node.requires]),
        conflicts=units([name for node in members for name in node.conflicts]),
        auto_start=any(node.auto_start for node in members),
        muted=all(node.status == 'muted' for node in members),
        restart=_restart(members),
        pausable=all(node.kind == 'python' for node in members),
        prevent_exit_status=frozenset(
            code for node in members for code in node.restart.prevent_exit_status),
        on_failed=('shutdown' if any(node.restart.on_failed == 'shutdown' for node in members)
                   else 'continue'),
        start_timeout_s=max(node.startup_timeout_s for node in members),
        stop_timeout_s=max(node.shutdown_timeout_s for node in members),
        kill_timeout_s=max((node.kill_timeout_s for node in members
                            if node.kill_timeout_s is not None), default=None))


def _restart(members: list[NodePlan]) -> RestartRule:
    rules = [node.restart for node in members]
    return RestartRule(
        policy=min((rule.policy for rule in rules), key=_STRICTNESS.index),
        max_restarts=min(rule.max_restarts for rule in rules),
        delay_s=max(rule.delay_s for rule in rules),
        stable_after_s=max(rule.stable_after_s for rule in rules))
