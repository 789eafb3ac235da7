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

"""What a plan says of limits is what the evaluation goes by."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from edges import plan_of
from nevil_bringup.supervisor.rules import alert_rules
from nevil_bringup.supervisor.rules import system_rules
from nevil_health.signals.observations import NodeRules
from nevil_nodes.declarations import NodePlan
from nevil_nodes.declarations.health_plan import AlertPlan
from nevil_nodes.declarations.health_plan import HealthCheckPlan
from nevil_nodes.declarations.health_plan import LimitPlan
from nevil_nodes.declarations.health_plan import ProbePlan
import pytest


def _rules(folder: Path, node: NodePlan, alerts: AlertPlan | None = None) -> NodeRules:
    plan = replace(plan_of(folder, camera=()), nodes=(node,), alerts=alerts or AlertPlan())
    return system_rules(plan).nodes['camera']


def test_limits_of_a_node_are_those_of_its_plan(tmp_path: Path) -> None:
    """Each under its own name: two that are exchanged would end healthy nodes."""
    rules = _rules(tmp_path, NodePlan(
        name='camera', process='camera', criticality='critical', requires=('arm',),
        shutdown_timeout_s=4.0, limits=LimitPlan(
            memory_mb=1.0, cpu_percent=2.0, threads=3, fds=4, main_loop_s=5.0, response_s=6.0,
            error_rate=0.7, min_messages_per_s=8.0)), AlertPlan(memory_percent=9.0))
    assert (rules.max_memory_mb, rules.max_cpu_percent, rules.max_threads, rules.max_fds) == (
        1.0, 2.0, 3, 4)
    assert (rules.max_main_loop_s, rules.max_response_s, rules.max_error_rate) == (5.0, 6.0, 0.7)
    assert (rules.min_messages_per_s, rules.max_memory_percent) == (8.0, 9.0)
    assert (rules.name, rules.criticality, rules.requires, rules.shutdown_s) == (
        'camera', 'critical', ('arm',), 4.0)


@pytest.mark.parametrize(('changes', 'more'), [
    ({}, set()),
    ({'limits': LimitPlan(restart_on=('memory',))}, {'memory'}),
    ({'health_check': HealthCheckPlan(method='m')}, {'health_check'}),
    ({'health_check': HealthCheckPlan(method='m', on_failure='alert')}, set()),
    ({'probes': {'liveness': ProbePlan(kind='tcp')}}, {'liveness'}),
    ({'probes': {'readiness': ProbePlan(kind='tcp')}}, set()),
])
def test_what_ends_a_node_is_what_its_plan_says(
    tmp_path: Path, changes: dict[str, object], more: set[str],
) -> None:
    """One that is stopped, hangs or lost its lifecycle always; others where it is wanted."""
    node = replace(NodePlan(name='camera', process='camera'), **changes)  # type: ignore[arg-type]
    assert _rules(tmp_path, node).restart_on == {
        'process', 'progress', 'lifecycle', *more}


def test_a_check_and_probes_have_their_thresholds(tmp_path: Path) -> None:
    """So many failures in a row."""
    rules = _rules(tmp_path, NodePlan(
        name='camera', process='camera', health_check=HealthCheckPlan(
            method='m', failure_threshold=7),
        probes={'startup': ProbePlan(kind='tcp', period_s=1.0, timeout_s=2.0, failure_threshold=3,
                                     success_threshold=4, initial_delay_s=5.0)}))
    probe = rules.probes['startup']
    assert rules.check_failures == 7
    assert (probe.period_s, probe.timeout_s, probe.failure_threshold, probe.success_threshold,
            probe.initial_delay_s) == (1.0, 2.0, 3, 4, 5.0)


def test_limits_of_the_machine_are_those_of_the_alerts(tmp_path: Path) -> None:
    """And how often an alert is repeated."""
    plan = replace(plan_of(tmp_path, camera=(), arm=()), health_check_interval_s=2.5,
                   alerts=AlertPlan(cpu_percent=1.0, memory_percent=2.0, disk_percent=3.0,
                                    repeat_s=4.0))
    rules = system_rules(plan)
    assert (rules.interval_s, rules.max_cpu_percent, rules.max_memory_percent,
            rules.max_disk_percent) == (2.5, 1.0, 2.0, 3.0)
    assert set(rules.nodes) == {'camera', 'arm'}
    assert alert_rules(plan).repeat_s == 4.0
