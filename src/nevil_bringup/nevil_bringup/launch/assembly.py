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

"""The plan of a robot with what launch has resolved in the place of what the files said."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import replace
import os
from typing import Any

from nevil_msggen.problem import did_you_mean
from nevil_nodes.declarations.plan import NodePlan
from nevil_nodes.declarations.plan import Plan
from nevil_nodes.declarations.plan import ProcessPlan

__all__ = ['assemble', 'further']


def assemble(plan: Plan, actions: Sequence[Any], environ: Mapping[str, str]) -> Plan:
    """
    Return the plan that the supervisor carries out.

    :param plan: of the project, or an empty one
    :param actions: the node actions, each with ``nevil_name`` and ``plans()``
    :param environ: the environment of the supervisor
    :raises ValueError: a name is given twice or is not known
    """
    planned = {action.nevil_name: action for action in actions if action.plan is not None}
    processes = tuple(
        _resolved(process, planned, environ) for process in plan.processes)
    nodes = plan.nodes
    for selection in {action.selection for action in planned.values()}:
        nodes = _selected(nodes, selection)
    level = next((action.log_level for action in planned.values()), '')
    if level:
        nodes = tuple(replace(node, log_level=level) for node in nodes)
        plan = replace(plan, logs=replace(plan.logs, level=level))
    for action in actions:
        if action.plan is None:
            node, process = action.plans(*_surroundings(action, environ))
            _check_new(nodes, node)
            nodes, processes = (*nodes, node), (*processes, process)
    for node in nodes:
        _check_links(nodes, node)
    return replace(plan, nodes=nodes, processes=processes, launched=True)


def further(plan: Plan, action: Any, environ: Mapping[str, str]) -> Plan:
    """
    Return the plan of a node that joins a robot that runs.

    :raises ValueError: it is part of a project
    """
    if action.plan is not None:
        raise ValueError(
            f'{action.nevil_name} is part of {plan.project}, which is already running')
    node, process = action.plans(*_surroundings(action, environ))
    return replace(plan, nodes=(node,), processes=(process,))


def _resolved(
    process: ProcessPlan, planned: Mapping[str, Any], environ: Mapping[str, str],
) -> ProcessPlan:
    """Return a process with the command line and environment that launch has resolved."""
    action = next((planned[name] for name in process.nodes if name in planned), None)
    if action is None:
        return process
    argv = action.command_line()
    env, _ = _surroundings(action, environ)
    return replace(
        process, argv=argv, env={**env, **process.env},
        cwd=action.process_details['cwd'] or process.cwd,
        # What is read once, when an interpreter starts, a fork would not see.
        fork=process.fork and argv[0] == process.argv[0] and not env)


def _surroundings(action: Any, environ: Mapping[str, str]) -> tuple[dict[str, str], str]:
    """Return the variables that launch has set around an action, and where it would run."""
    resolved = action.process_details['env']
    return ({name: value for name, value in resolved.items() if environ.get(name) != value},
            os.getcwd())


def _selected(nodes: tuple[NodePlan, ...], selection: str) -> tuple[NodePlan, ...]:
    """
    Let only the nodes named, and what they require, start by themselves.

    :param selection: names, with commas; '' is all
    :raises ValueError: a name is not known
    """
    known = {node.name: node for node in nodes}
    wanted: set[str] = set()
    queue = [name.strip() for name in selection.split(',') if name.strip()]
    while queue:
        name = queue.pop()
        if name not in known:
            raise ValueError(f'nodes:={selection}: {_unknown(name, known)}')
        if name not in wanted:
            wanted.add(name)
            queue += known[name].requires
    if not wanted:
        return nodes
    return tuple(node if node.name in wanted else replace(node, auto_start=False)
                 for node in nodes)


def _check_new(nodes: Sequence[NodePlan], node: NodePlan) -> None:
    if any(other.name == node.name for other in nodes):
        raise ValueError(f'two nodes are called {node.name}; Nevil needs a name for each')


def _check_links(nodes: Sequence[NodePlan], node: NodePlan) -> None:
    known = {other.name for other in nodes}
    for name in (*node.requires, *node.conflicts):
        if name not in known:
            raise ValueError(f'{node.name} requires or conflicts with {_unknown(name, known)}')


def _unknown(name: str, known: Any) -> str:
    hint = did_you_mean(name, sorted(known)) or f'nodes: {", ".join(sorted(known))}'
    return f'{name!r}, which is not a Nevil node here; {hint}'
