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

"""What the files of a project mean, resolved: the plan that everything else carries out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field
from typing import Any
from typing import Literal

__all__ = [
    'LogPlan', 'NodePlan', 'Plan', 'ProcessPlan', 'QosPlan', 'RestartPlan', 'TopicPlan',
]

NodeKind = Literal['python', 'executable']
NodeStatus = Literal['live', 'muted', 'disabled']
RestartPolicy = Literal['always', 'on_failure', 'never', 'unless_stopped']


@dataclass(frozen=True, kw_only=True, slots=True)
class QosPlan:
    """Quality of service of one topic, in ROS 2's words."""

    reliability: Literal['reliable', 'best_effort'] = 'reliable'
    durability: Literal['volatile', 'transient_local'] = 'volatile'
    history: Literal['keep_last', 'keep_all'] = 'keep_last'
    depth: int = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class TopicPlan:
    """
    One topic that a node publishes or subscribes.

    :param topic: name as in the file (relative: resolved in the node's namespace)
    :param ros_type: interface name, ``my_robot_msgs/msg/VoiceCommand``
    :param callback: name of the node's method; None for publishers
    """

    topic: str
    ros_type: str
    qos: QosPlan
    callback: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class RestartPlan:
    """When a node is started again; seconds."""

    policy: RestartPolicy = 'on_failure'
    max_restarts: int = 5
    delay_s: float = 2.0
    stable_after_s: float = 60.0


@dataclass(frozen=True, kw_only=True, slots=True)
class NodePlan:
    """
    One node, everything resolved.

    :param name: the node's name, also its ROS node name
    :param process: the process it runs in: its own name, or that of the shared one
    :param requires: names of nodes (what others ``provide`` is resolved to the provider)
    :param conflicts: names of nodes that never run together with this one
    :param module: path of the Python file or dotted module of the class; '' for an executable
    :param class_name: the NevilNode subclass; '' for an executable
    :param init_params: keyword arguments for the class, from ``creation.init_params``
    :param messages: the node's ``.messages`` as plain data, ``self.config`` of the node
    :param nodes: the node's resolved ``.nodes`` as plain data
    """

    name: str
    process: str
    kind: NodeKind = 'python'
    description: str = ''
    status: NodeStatus = 'live'
    auto_start: bool = True
    requires: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    restart: RestartPlan = RestartPlan()
    startup_timeout_s: float = 30.0
    shutdown_timeout_s: float = 10.0
    module: str = ''
    class_name: str = ''
    init_params: Mapping[str, Any] = field(default_factory=dict)
    log_level: str = 'INFO'
    publishes: tuple[TopicPlan, ...] = ()
    subscribes: tuple[TopicPlan, ...] = ()
    messages: Mapping[str, Any] = field(default_factory=dict)
    nodes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class ProcessPlan:
    """
    One process to start: one node, or several composed ones.

    :param name: the node's name, or ``composed`` for the shared process
    :param nodes: the nodes in it, in the order in which they are created
    :param argv: the exact command line; a NevilNode's is
        ``PYTHON -m nevil_nodes.run --project DIR --node NAME [--node NAME ...] [--ros-args ...]``
    :param env: variables set on top of the supervisor's own environment
    :param nice: nice value from ``runtime.priority`` (high -5, medium 0, low 10)
    :param fork: the spawner may fork its preloaded interpreter instead of executing ``argv``
    """

    name: str
    nodes: tuple[str, ...]
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: str = ''
    nice: int = 0
    fork: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class LogPlan:
    """Where logs go and how much of them is kept."""

    directory: str
    level: str = 'INFO'
    max_bytes: int = 20 * 1024 * 1024
    keep_files: int = 3
    retention_days: float = 30
    per_node_max_bytes: Mapping[str, int] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """
    A project, resolved.

    :param project: its name
    :param directory: absolute path of the project
    :param messages_package: interface package of its own types, ``<project>_msgs``
    :param nodes: every node, disabled ones included, in start order
    :param processes: every process that may be started, in start order
    :param environment: variables of the root file and of ``.env``, part of every process's
    """

    project: str
    directory: str
    messages_package: str
    nodes: tuple[NodePlan, ...]
    processes: tuple[ProcessPlan, ...]
    logs: LogPlan
    environment: Mapping[str, str] = field(default_factory=dict)
    parallel: bool = False
    startup_delay_s: float = 2.0
    wait_for_healthy: bool = True
    ready_timeout_s: float = 30.0
    health_check_interval_s: float = 5.0
    heartbeat_timeout_s: float = 30.0
    system: Mapping[str, Any] = field(default_factory=dict)

    def node(self, name: str) -> NodePlan:
        """
        Return the node of that name.

        :raises KeyError: there is none
        """
        for node in self.nodes:
            if node.name == name:
                return node
        raise KeyError(name)
