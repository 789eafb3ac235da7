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

"""What this process is to run: the plan of its nodes, from NEVIL_PLAN or from the files."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import field
from dataclasses import fields
import json
import os
from pathlib import Path
from typing import Any

from nevil_nodes.lazy_dataclass import dataclass
from nevil_nodes.node.errors import NodeError

__all__ = [
    'Assignment', 'Check', 'NodeRun', 'Topic', 'from_data', 'from_environment', 'from_project']


@dataclass(frozen=True)
class Topic:
    """
    One declared topic.

    :param callback: '' for publishers
    :param defaults: those that other publishers of the type do not share, by dotted field
    """

    topic: str
    ros_type: str
    qos: Mapping[str, Any] = field(default_factory=dict)
    callback: str = ''
    defaults: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Check:
    """A method of the node that says whether it is well; ``failure_threshold`` in a row count."""

    method: str
    params: Mapping[str, Any] = field(default_factory=dict)
    interval_s: float = 10.0
    timeout_s: float = 5.0
    failure_threshold: int = 3


@dataclass(frozen=True)
class NodeRun:
    """One node to run: what NevilNode needs of ``declarations.plan.NodePlan``."""

    name: str
    module: str = ''
    class_name: str = ''
    muted: bool = False
    init_params: Mapping[str, Any] = field(default_factory=dict)
    log_level: str = 'INFO'
    shutdown_timeout_s: float = 10.0
    publishes: tuple[Topic, ...] = ()
    subscribes: tuple[Topic, ...] = ()
    messages: Mapping[str, Any] = field(default_factory=dict)
    health_check: Check | None = None


@dataclass(frozen=True)
class Assignment:
    """The nodes of one process."""

    project: str
    directory: str
    nodes: tuple[NodeRun, ...]

    def node(self, name: str) -> NodeRun | None:
        """Return the node of that name, None if it is not of this process."""
        return next((node for node in self.nodes if node.name == name), None)


def _topics(entries: Sequence[Mapping[str, Any]]) -> tuple[Topic, ...]:
    return tuple(
        Topic(entry['topic'], entry['ros_type'], entry.get('qos') or {},
              entry.get('callback') or '', entry.get('defaults') or {})
        for entry in entries)


def _check(data: Mapping[str, Any] | None) -> Check | None:
    if not data:
        return None
    return Check(**{key.name: data[key.name] for key in fields(Check) if key.name in data})


def _node(data: Mapping[str, Any]) -> NodeRun:
    return NodeRun(
        name=data['name'], module=data.get('module', ''), class_name=data.get('class_name', ''),
        muted=data.get('status') == 'muted', init_params=data.get('init_params') or {},
        log_level=data.get('log_level') or 'INFO',
        shutdown_timeout_s=data.get('shutdown_timeout_s', 10.0),
        publishes=_topics(data.get('publishes') or ()),
        subscribes=_topics(data.get('subscribes') or ()),
        messages=data.get('messages') or {}, health_check=_check(data.get('health_check')))


def from_data(data: Mapping[str, Any], names: Sequence[str] = ()) -> Assignment:
    """
    Read the plan of a process as plain data.

    :param names: the nodes to run, in this order; none means all of them
    :raises NodeError: it lacks a key, or one of the nodes
    """
    try:
        nodes = {entry['name']: _node(entry) for entry in data['nodes']}
        missing = [name for name in names if name not in nodes]
        if missing:
            raise NodeError(
                f'node {missing[0]!r} is not in the plan, which has {", ".join(nodes) or "none"}')
        return Assignment(
            data['project'], data['directory'],
            tuple(nodes[name] for name in names) or tuple(nodes.values()))
    except (KeyError, TypeError) as error:
        raise NodeError(f'the plan of this process is not readable: {error!r}') from error


def from_environment(names: Sequence[str] = ()) -> Assignment | None:
    """
    Read the file that ``NEVIL_PLAN`` names; None where it names none.

    :raises NodeError: the file is not readable or not such a plan
    """
    path = os.environ.get('NEVIL_PLAN')
    if not path:
        return None
    try:
        with open(path, encoding='utf-8') as stream:
            data = json.load(stream)
    except OSError as error:
        raise NodeError(f'NEVIL_PLAN: {path}: {error.strerror}') from error
    except ValueError as error:
        raise NodeError(f'NEVIL_PLAN: {path}: {error}') from error
    return from_data(data, names)


def from_project(directory: str, names: Sequence[str]) -> Assignment:
    """
    Read the files of a project: the way in without a supervisor.

    :raises NodeError: the files have problems; all of them are in the text
    """
    # Imported here: a supervised node has its plan and needs neither YAML nor a schema.
    from nevil_nodes.declarations import load_project
    from nevil_nodes.declarations import to_json
    result = load_project(Path(directory), environ=os.environ)
    if result.plan is None:
        raise NodeError('\n'.join(str(problem) for problem in result.problems))
    return from_data(json.loads(to_json(result.plan)), names)
