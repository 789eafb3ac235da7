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

"""From the plan to the limits of nodes and machine, and to the rules for notifications."""

from __future__ import annotations

from nevil_health.alerts.views import AlertRules
from nevil_health.signals.observations import NodeRules
from nevil_health.signals.observations import SystemRules
from nevil_health.signals.probes import ProbeRule
from nevil_nodes.declarations.plan import NodePlan
from nevil_nodes.declarations.plan import Plan

__all__ = ['alert_rules', 'system_rules']


def system_rules(plan: Plan) -> SystemRules:
    """Return the limits of the machine and of every node."""
    return SystemRules(
        interval_s=plan.health_check_interval_s, max_cpu_percent=plan.alerts.cpu_percent,
        max_memory_percent=plan.alerts.memory_percent, max_disk_percent=plan.alerts.disk_percent,
        nodes={node.name: _node_rules(node, plan) for node in plan.nodes})


def alert_rules(plan: Plan) -> AlertRules:
    """Return the rules for notifications."""
    return AlertRules(repeat_s=plan.alerts.repeat_s)


def _node_rules(node: NodePlan, plan: Plan) -> NodeRules:
    limits, check = node.limits, node.health_check
    restart_on = {'process', 'progress', 'lifecycle', *limits.restart_on}
    if check is not None and check.on_failure == 'restart':
        restart_on.add('health_check')
    if 'liveness' in node.probes:
        restart_on.add('liveness')
    return NodeRules(
        name=node.name, criticality=node.criticality, requires=node.requires,
        max_cpu_percent=limits.cpu_percent, max_memory_mb=limits.memory_mb,
        max_memory_percent=plan.alerts.memory_percent, max_threads=limits.threads,
        max_fds=limits.fds, max_main_loop_s=limits.main_loop_s, max_error_rate=limits.error_rate,
        max_response_s=limits.response_s, min_messages_per_s=limits.min_messages_per_s,
        check_failures=check.failure_threshold if check is not None else 3,
        probes={role: ProbeRule(
            period_s=probe.period_s, timeout_s=probe.timeout_s,
            failure_threshold=probe.failure_threshold, success_threshold=probe.success_threshold,
            initial_delay_s=probe.initial_delay_s) for role, probe in node.probes.items()},
        shutdown_s=node.shutdown_timeout_s, restart_on=frozenset(restart_on))
