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

"""Plans as JSON and back: what the supervisor hands to a node's process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
import json
from typing import Any

from nevil_nodes.declarations.health_plan import AlertPlan
from nevil_nodes.declarations.health_plan import HealthCheckPlan
from nevil_nodes.declarations.health_plan import LimitPlan
from nevil_nodes.declarations.health_plan import ProbePlan
from nevil_nodes.declarations.plan import ComponentPlan
from nevil_nodes.declarations.plan import LogPlan
from nevil_nodes.declarations.plan import NodePlan
from nevil_nodes.declarations.plan import Plan
from nevil_nodes.declarations.plan import ProcessPlan
from nevil_nodes.declarations.plan import QosPlan
from nevil_nodes.declarations.plan import RecoveryPlan
from nevil_nodes.declarations.plan import RestartPlan
from nevil_nodes.declarations.plan import SecurityPlan
from nevil_nodes.declarations.plan import TopicPlan
from nevil_nodes.lazy_dataclass import dataclass

__all__ = [
    'ProcessDocument', 'from_json', 'process_document', 'process_from_json', 'to_json',
]


@dataclass(frozen=True, kw_only=True, slots=True)
class ProcessDocument:
    """
    What the nodes of one process need to know, the content of the file in ``NEVIL_PLAN``.

    :param directory: absolute path of the project
    """

    project: str
    directory: str
    messages_package: str
    nodes: tuple[NodePlan, ...]


def process_document(plan: Plan, process: str) -> ProcessDocument:
    """
    Return the part of a plan that one process needs.

    :raises KeyError: the plan has no such process
    """
    for candidate in plan.processes:
        if candidate.name == process:
            return ProcessDocument(
                project=plan.project, directory=plan.directory,
                messages_package=plan.messages_package,
                nodes=tuple(plan.node(name) for name in candidate.nodes))
    raise KeyError(process)


def to_json(value: Plan | ProcessDocument) -> str:
    """Return the plan, or the part of it, as one line of JSON."""
    return json.dumps(asdict(value), ensure_ascii=False, separators=(',', ':'))


def from_json(text: str) -> Plan:
    """
    Return the plan written by ``to_json``.

    :raises ValueError: the text is not one
    """
    data = _mapping(text)
    try:
        data['nodes'] = tuple(_node(node) for node in data['nodes'])
        data['processes'] = tuple(_process(process) for process in data['processes'])
        data['alerts'] = AlertPlan(**{**data['alerts'], 'exec': tuple(data['alerts']['exec'])})
        data['recovery'] = RecoveryPlan(**data['recovery'])
        data['security'] = SecurityPlan(**data['security'])
        data['logs'] = LogPlan(**{**data['logs'], 'secrets': tuple(data['logs']['secrets'])})
        return Plan(**data)
    except (KeyError, TypeError) as error:
        raise ValueError(f'not a plan: {error}') from None


def process_from_json(text: str) -> ProcessDocument:
    """
    Return the part of a plan written by ``to_json``.

    :raises ValueError: the text is not one
    """
    data = _mapping(text)
    try:
        data['nodes'] = tuple(_node(node) for node in data['nodes'])
        return ProcessDocument(**data)
    except (KeyError, TypeError) as error:
        raise ValueError(f'not the plan of a process: {error}') from None


def _mapping(text: str) -> dict[str, Any]:
    data = json.loads(text)
    if not isinstance(data, dict):
        raise ValueError('not a plan: not a JSON object')
    return data


def _node(data: Mapping[str, Any]) -> NodePlan:
    return NodePlan(**{
        **data,
        'requires': tuple(data['requires']),
        'optional': tuple(data['optional']),
        'conflicts': tuple(data['conflicts']),
        'restart': RestartPlan(**{
            **data['restart'],
            'prevent_exit_status': tuple(data['restart']['prevent_exit_status'])}),
        'health_check': data['health_check'] and HealthCheckPlan(**data['health_check']),
        'probes': {role: ProbePlan(**probe) for role, probe in data.get('probes', {}).items()},
        'components': tuple(ComponentPlan(**{**one, 'remappings': tuple(one['remappings'])})
                            for one in data.get('components', ())),
        'limits': LimitPlan(**{
            **data['limits'], 'restart_on': tuple(data['limits']['restart_on'])}),
        'publishes': tuple(map(_topic, data['publishes'])),
        'subscribes': tuple(map(_topic, data['subscribes']))})


def _topic(data: Mapping[str, Any]) -> TopicPlan:
    return TopicPlan(**{**data, 'qos': QosPlan(**data['qos'])})


def _process(data: Mapping[str, Any]) -> ProcessPlan:
    return ProcessPlan(**{
        **data, 'nodes': tuple(data['nodes']), 'argv': tuple(data['argv'])})
