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

"""Make the plan of a project whose nodes are understood."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nevil_msggen.problem import Problem
from nevil_nodes.declarations.composition import arrange
from nevil_nodes.declarations.composition import COMPOSED
from nevil_nodes.declarations.composition import unify_composed
from nevil_nodes.declarations.container import component_plans
from nevil_nodes.declarations.container import isolate_components
from nevil_nodes.declarations.health import alert_plan
from nevil_nodes.declarations.health import health_check_plan
from nevil_nodes.declarations.health import health_problems
from nevil_nodes.declarations.health import hook_problems
from nevil_nodes.declarations.health import limit_plan
from nevil_nodes.declarations.health import recovery_plan
from nevil_nodes.declarations.health import restart_plan
from nevil_nodes.declarations.keystore import keystore_folder
from nevil_nodes.declarations.node_draft import Node
from nevil_nodes.declarations.plan import LogPlan
from nevil_nodes.declarations.plan import NodePlan
from nevil_nodes.declarations.plan import Plan
from nevil_nodes.declarations.plan import SecurityPlan
from nevil_nodes.declarations.probes import probe_plans
from nevil_nodes.declarations.probes import probe_problems
from nevil_nodes.declarations.probes import start_limit_s
from nevil_nodes.declarations.process_plan import make_process
from nevil_nodes.declarations.process_plan import secrets
from nevil_nodes.declarations.root import Root
from nevil_nodes.declarations.shared_modules import shared_modules

__all__ = ['make_plan']

MIB = 1024 * 1024


def make_plan(
        project: Path, name: str, root: Root, nodes: Mapping[str, Node], *,
        environ: Mapping[str, str], logs: Path) -> tuple[Plan, list[Problem]]:
    """
    Return the plan and what is wrong with order, processes and health.

    :param environ: the environment in which it will be started
    :param logs: where logs go
    """
    nodes, isolating = isolate_components(nodes)
    listed = list(dict.fromkeys(
        node for node in root.settings.get('launch', 'startup_order') if node in nodes))
    preferred = [*listed, *(node for node in sorted(nodes) if node not in set(listed))]
    enabled = {node: nodes[node] for node in nodes if nodes[node].enabled}
    members, problems = arrange(enabled, [node for node in preferred if node in enabled])
    problems += isolating
    problems += _order_problems(root, enabled, listed, members)
    problems += hook_problems(project, root)
    for node in enabled.values():
        problems += health_problems(node, root)
        problems += probe_problems(node, project, root.scope.get('PATH'))
    processes = []
    for process, names in members.items():
        group = [nodes[node] for node in names]
        if process == COMPOSED:
            problems += unify_composed(group)
            problems += shared_modules(project, group)
        made, wrong = make_process(
            process, group, project=str(project), shared=root.shared, environ=environ)
        processes.append(made)
        problems += wrong
    order = [node for names in members.values() for node in names]
    order += [node for node in preferred if node not in enabled]
    return _plan_of(
        root, project=name, directory=str(project), messages_package=f'{name}_msgs',
        nodes=tuple(_node_plan(nodes[node], root) for node in order),
        processes=tuple(processes), logs=_log_plan(root, nodes, environ, logs)), problems


def _plan_of(root: Root, **parts: Any) -> Plan:
    """Add what the root file says of the system to the parts of a plan."""
    system = root.settings.data
    return Plan(
        **parts, environment=root.shared, parallel=system['launch']['parallel_launch'],
        startup_delay_s=float(system['system']['startup_delay']),
        wait_for_healthy=system['launch']['wait_for_healthy'],
        ready_timeout_s=float(system['launch']['ready_timeout']),
        standby=system['launch']['standby'],
        health_check_interval_s=float(system['system']['health_check_interval']),
        heartbeat_timeout_s=float(system['monitoring']['heartbeat_timeout']),
        alerts=alert_plan(system['monitoring']), recovery=recovery_plan(system['monitoring']),
        security=SecurityPlan(ros_commands=system['security']['ros_commands'],
                              keystore=keystore_folder(parts['directory'], root)),
        messages_cpp=system['messages']['cpp'], system=system)


def _node_plan(node: Node, root: Root) -> NodePlan:
    data = node.settings.data
    runtime, probes = data['runtime'], probe_plans(node)
    return NodePlan(
        name=node.name, process=COMPOSED if node.composed else node.name,
        kind='executable' if node.is_executable else 'python',
        description=str(data['description'] or node.messages.get('description') or ''),
        status=node.status, auto_start=data['creation']['auto_start'], requires=node.requires,
        optional=node.optional, conflicts=node.conflicts,
        restart=restart_plan(runtime), criticality=runtime['criticality'],
        heartbeat_timeout_s=float(data['monitoring']['heartbeat_timeout']),
        health_check=health_check_plan(node), probes=probes,
        components=component_plans(node), quiet=data['creation']['output'] == 'log',
        limits=limit_plan(node, root),
        startup_timeout_s=start_limit_s(node, probes),
        shutdown_timeout_s=float(runtime['shutdown_timeout']), module=node.module,
        class_name=node.class_name, init_params=data['creation']['init_params'],
        log_level=root.settings.get('system', 'log_level'), publishes=node.publishes,
        subscribes=node.subscribes, messages=node.messages, nodes=data)


def _log_plan(
        root: Root, nodes: Mapping[str, Node], environ: Mapping[str, str],
        directory: Path) -> LogPlan:
    system = root.settings.data['system']
    own = {name: node.settings.get('resources', 'max_log_size_mb')
           for name, node in sorted(nodes.items())}
    hidden: list[Mapping[str, str]] = [
        node.environment for node in nodes.values()
        if node.settings.get('security', 'mask_secrets')]
    if root.settings.get('security', 'mask_secrets'):
        hidden += [environ, root.shared]
    return LogPlan(
        directory=str(directory), level=system['log_level'],
        max_bytes=int(system['max_log_size_mb'] * MIB),
        retention_days=float(system['log_retention_days']),
        per_node_max_bytes={name: int(size * MIB) for name, size in own.items() if size},
        secrets=secrets(*hidden))


def _order_problems(
        root: Root, nodes: Mapping[str, Node], listed: Sequence[str],
        members: Mapping[str, Sequence[str]]) -> list[Problem]:
    """Warn where ``startup_order`` says otherwise than ``requires``."""
    given = root.settings.get('launch', 'startup_order')
    order = [name for names in members.values() for name in names]
    place = {name: index for index, name in enumerate(order)}
    problems = []
    latest = ''  # of those listed so far, the one that starts last
    for name in listed:
        if name not in nodes:
            continue
        if latest and place[name] < place[latest]:
            origin = root.settings.origin('launch', 'startup_order', given.index(name))
            required = nodes[latest].place('dependencies', 'requires')
            problems.append(Problem(
                file=origin.file or '.nodes', line=origin.line, key='launch.startup_order',
                text=f"'{name}' starts before '{latest}', which is listed before it: what is"
                f' required (or shares a process) comes first ({required})',
                fix=f"list '{name}' before '{latest}'", severity='warning'))
        else:
            latest = name
    return problems
