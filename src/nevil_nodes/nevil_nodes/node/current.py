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

"""What the running process knows about the nodes that are to be created in it."""

from __future__ import annotations

import inspect
import os
from typing import Any

from nevil_nodes.node.assignment import Assignment
from nevil_nodes.node.assignment import from_environment
from nevil_nodes.node.assignment import from_project
from nevil_nodes.node.assignment import NodeRun
from nevil_nodes.node.errors import NodeError

__all__ = [
    'assign', 'check_callbacks', 'check_health_check', 'node_options', 'plan_for',
    'rclpy_attributes']

# Instance attributes of rclpy's classes; filled in when the first node exists.
rclpy_attributes: set[str] = set()

_assignment: Assignment | None = None
_options: dict[str, Any] = {}


def assign(assignment: Assignment | None, **options: Any) -> None:
    """
    Say which nodes this process runs.

    :param options: arguments for rclpy's node, such as ``context``
    """
    global _assignment
    _assignment = assignment
    _options.clear()
    _options.update(options)


def node_options() -> dict[str, Any]:
    """Return the arguments for rclpy's node."""
    return dict(_options)


def plan_for(name: str, config_path: str | None) -> NodeRun:
    """
    Return the plan of a node that is being created.

    Outside a supervised process (a script, a test) it is found through ``NEVIL_PLAN``, or in the
    project of ``config_path`` or of the working directory.

    :raises NodeError: there is no such node
    """
    assignment = _assignment or from_environment()
    if assignment is None:
        path = os.path.abspath(config_path or os.path.join('nodes', name, '.messages'))
        assignment = from_project(os.path.dirname(os.path.dirname(os.path.dirname(path))), [name])
    plan = assignment.node(name)
    if plan is None:
        known = ', '.join(node.name for node in assignment.nodes)
        raise NodeError(
            f'super().__init__({name!r}): this process runs {known}; '
            "give the node's name as its folder and .nodes have it")
    return plan


def check_callbacks(node: Any, plan: NodeRun) -> None:
    """
    Find the methods that the file names, before anything can arrive.

    :raises NodeError: one is missing; file and key are named
    """
    for index, topic in enumerate(plan.subscribes):
        if not callable(getattr(type(node), topic.callback, None)):
            raise NodeError(
                f'nodes/{plan.name}/.messages: subscribes[{index}].callback: '
                f'{type(node).__name__} has no method {topic.callback!r} for topic '
                f'{topic.topic}; define it or correct the name')


def check_health_check(node: Any, plan: NodeRun) -> None:
    """
    Find the method that ``health_check`` names, and see whether it takes the arguments.

    :raises NodeError: it does not exist, or takes others
    """
    check = plan.health_check
    if check is None:
        return
    cls = type(node)
    method = getattr(cls, check.method, None)
    if not callable(method):
        raise NodeError(
            f'nodes/{plan.name}/.nodes: health_check.method: {cls.__name__} has no method '
            f'{check.method!r}; define it or correct the name')
    try:
        inspect.signature(getattr(node, check.method)).bind(**check.params)
    except TypeError as error:
        raise NodeError(
            f'nodes/{plan.name}/.nodes: health_check.params: {cls.__name__}.{check.method}() '
            f'takes other arguments: {error}') from None
