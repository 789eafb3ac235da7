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
from dataclasses import field
from typing import Any
from typing import Literal

from nevil_nodes.declarations.health_plan import AlertPlan
from nevil_nodes.declarations.health_plan import HealthCheckPlan
from nevil_nodes.declarations.health_plan import LimitPlan
from nevil_nodes.declarations.health_plan import ProbePlan
from nevil_nodes.lazy_dataclass import dataclass

__all__ = [
    'ComponentPlan', 'LogPlan', 'NodePlan', 'NodeStatus', 'Plan', 'ProcessPlan', 'QosPlan',
    'RecoveryPlan', 'RestartPlan', 'SecurityPlan', 'TopicPlan',
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
    :param defaults: those that other publishers of the type do not share, by dotted field
    """

    topic: str
    ros_type: str
    qos: QosPlan
    callback: str | None = None
    defaults: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class RestartPlan:
    """
    When a node is started again; seconds.

    :param prevent_exit_status: exit codes after which it is not (``RestartPreventExitStatus=`` of
        systemd); 78 is EX_CONFIG of sysexits.h
    :param on_failed: what happens to the rest of the robot when this node is given up
    """

    policy: RestartPolicy = 'on_failure'
    max_restarts: int = 5
    delay_s: float = 2.0
    stable_after_s: float = 60.0
    prevent_exit_status: tuple[int, ...] = (78,)
    on_failed: Literal['continue', 'shutdown'] = 'continue'


@dataclass(frozen=True, kw_only=True, slots=True)
class ComponentPlan:
    """
    A component that is loaded into a container.

    :param name: of its node; '' is the component's own
    :param remappings: rules as ROS has them, ``from:=to``
    :param parameters: flat, nested names are dotted; so are ``extra_arguments``
    """

    package: str
    plugin: str
    name: str = ''
    namespace: str = ''
    parameters: Mapping[str, Any] = field(default_factory=dict)
    remappings: tuple[str, ...] = ()
    extra_arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class SecurityPlan:
    """
    Who may command, and who may join.

    :param ros_commands: whoever is in the ROS domain; else only the user of the robot, by its CLI
    :param keystore: absolute path of the keys that each process joins with; '': without keys
    """

    ros_commands: bool = False
    keystore: str = ''


@dataclass(frozen=True, kw_only=True, slots=True)
class RecoveryPlan:
    """
    How failures of several nodes are handled together.

    :param dependency_grace_s: for which a dependency may be away before its dependents pause
    :param max_concurrent_restarts: restarts by policy under way at the same time
    :param min_free_memory_percent: of the machine, below which nothing is restarted
    """

    dependency_grace_s: float = 1.0
    max_concurrent_restarts: int = 4
    min_free_memory_percent: float = 5.0


@dataclass(frozen=True, kw_only=True, slots=True)
class NodePlan:
    """
    One node, everything resolved.

    :param name: the node's name, also its ROS node name
    :param ros_name: its full ROS name where that is another one
    :param process: the process it runs in: its own name, or that of the shared one
    :param requires: names of nodes (what others ``provide`` is resolved to the provider)
    :param conflicts: names of nodes that never run together with this one
    :param criticality: what its failure means for the health of the robot
    :param heartbeat_timeout_s: tolerated silence, seconds
    :param components: what is loaded into it, in order
    :param quiet: its output is not printed where the robot's logs are
    :param probes: by role: ``startup``, ``readiness``, ``liveness``
    :param shutdown_timeout_s: that SIGINT and SIGTERM get each before the next POSIX signal
    :param kill_timeout_s: that SIGTERM gets; None: as long as SIGINT
    :param module: path of the Python file or dotted module of the class; '' for an executable
    :param class_name: the NevilNode subclass; '' for an executable
    :param init_params: keyword arguments for the class, from ``creation.init_params``
    :param messages: the node's ``.messages`` as plain data, ``self.config`` of the node
    :param nodes: the node's resolved ``.nodes`` as plain data
    """

    name: str
    process: str
    ros_name: str = ''
    kind: NodeKind = 'python'
    description: str = ''
    status: NodeStatus = 'live'
    auto_start: bool = True
    requires: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    restart: RestartPlan = RestartPlan()
    criticality: Literal['critical', 'important', 'optional'] = 'important'
    heartbeat_timeout_s: float = 30.0
    health_check: HealthCheckPlan | None = None
    probes: Mapping[str, ProbePlan] = field(default_factory=dict)
    components: tuple[ComponentPlan, ...] = ()
    quiet: bool = False
    limits: LimitPlan = LimitPlan()
    startup_timeout_s: float = 30.0
    shutdown_timeout_s: float = 10.0
    kill_timeout_s: float | None = None
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
    :param whole_env: ``env`` is the whole environment, to which only the variables are added
        by which Nevil finds the process again
    :param streams: its output is one stream, or standard output and standard error are ``apart``
        (two pipes) or each a ``terminal``; of the latter two launch gets a copy, and standard
        input is a pipe that stays open instead of empty
    :param nice: nice value from ``runtime.priority`` (high -5, medium 0, low 10)
    :param fork: the spawner may fork its preloaded interpreter instead of executing ``argv``
    :param line_buffered: what C code prints goes out with each line; a NevilNode sees to it itself
    """

    name: str
    nodes: tuple[str, ...]
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: str = ''
    nice: int = 0
    fork: bool = True
    line_buffered: bool = True
    whole_env: bool = False
    streams: Literal['joined', 'apart', 'terminal'] = 'joined'


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
    :param messages_cpp: it is built for C++ too
    :param nodes: every node, disabled ones included, in start order
    :param processes: every process that may be started, in start order
    :param environment: variables of the root file and of ``.env``, part of every process's
    :param standby: keep a process ready to become the next node that is started
    :param launched: launch has resolved its processes, so they are others than the files say
    :param foreign: brought up from a launch file: nothing is remembered from an earlier run, and
        the environment of launch alone decides which nodes communicate
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
    standby: bool = False
    health_check_interval_s: float = 5.0
    heartbeat_timeout_s: float = 30.0
    alerts: AlertPlan = AlertPlan()
    security: SecurityPlan = SecurityPlan()
    recovery: RecoveryPlan = RecoveryPlan()
    system: Mapping[str, Any] = field(default_factory=dict)
    messages_cpp: bool = False
    launched: bool = False
    foreign: bool = False

    def node(self, name: str) -> NodePlan:
        """
        Return the node of that name.

        :raises KeyError: there is none
        """
        for node in self.nodes:
            if node.name == name:
                return node
        raise KeyError(name)
