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

"""Real nodes for the tests: in this process with a peer, or as processes of their own."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
import json
import os
from pathlib import Path
import signal
import subprocess
import sys
import textwrap
from typing import Any

from nevil_msgs.msg import Heartbeat
from nevil_nodes.node import current
from nevil_nodes.node.assignment import Assignment
from nevil_nodes.node.assignment import from_data
from nevil_nodes.node.executor import NodeExecutor
from nevil_nodes.node.heartbeat import HEARTBEAT_TOPIC
from quality.waiting import wait_for
import rclpy
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import QoSProfile

__all__ = ['Lab', 'NodeProcess', 'Peer', 'plan_of']

STRING = 'std_msgs/msg/String'
LATCHED = {'durability': 'transient_local', 'depth': 1}


def plan_of(
    name: str, *, publishes: Mapping[str, Any] | None = None,
    subscribes: Mapping[str, Any] | None = None, configuration: Any = None, **more: Any,
) -> dict[str, Any]:
    """
    Return the plan of a node as plain data.

    :param publishes: topic to type, or to (type, qos)
    :param subscribes: topic to (type, callback), or to (type, callback, qos)
    """
    out = [(topic, entry if isinstance(entry, tuple) else (entry, {}))
           for topic, entry in (publishes or {}).items()]
    into = [(topic, (*entry, {})[:3]) for topic, entry in (subscribes or {}).items()]
    messages = {} if configuration is None else {'configuration': configuration}
    return {
        'name': name,
        'publishes': [{'topic': topic, 'ros_type': kind, 'qos': qos, 'callback': None}
                      for topic, (kind, qos) in out],
        'subscribes': [{'topic': topic, 'ros_type': kind, 'qos': qos, 'callback': callback}
                       for topic, (kind, callback, qos) in into],
        'messages': {'node_name': name, **messages}, **more}


class Peer:
    """Another participant of the domain: hears heartbeats and topics, publishes, calls."""

    def __init__(self, domain: int) -> None:
        """Join the domain."""
        self._context = Context()
        rclpy.init(args=[], context=self._context, domain_id=domain)
        self.node = Node('peer', context=self._context)
        self._executor = SingleThreadedExecutor(context=self._context)
        self._executor.add_node(self.node)
        self.beats: list[Heartbeat] = []
        self.node.create_subscription(
            Heartbeat, HEARTBEAT_TOPIC, self.beats.append, QoSProfile(depth=100))

    def spin(self) -> None:
        """Handle what is there, or wait for it shortly."""
        self._executor.spin_once(timeout_sec=0.02)

    def until(self, condition: Callable[[], Any], timeout_s: float = 30.0) -> Any:
        """Spin until the condition is true."""
        return wait_for(condition, timeout_s, step=self.spin)

    def call(self, kind: Any, name: str, request: Any) -> Any:
        """Call a service and return the response."""
        client = self.node.create_client(kind, name)
        self.until(client.service_is_ready)
        future = client.call_async(request)
        self.until(future.done)
        self.node.destroy_client(client)
        return future.result()

    def listen(self, kind: Any, topic: str, qos: QoSProfile | None = None) -> list[Any]:
        """Return a list that grows with the messages of a topic."""
        heard: list[Any] = []
        self.node.create_subscription(kind, topic, heard.append, qos or QoSProfile(depth=100))
        return heard

    def close(self) -> None:
        """Leave the domain."""
        self._executor.shutdown()
        self.node.destroy_node()
        self._context.try_shutdown()


class Lab:
    """Nodes in this process, with their own context and executor."""

    def __init__(self, domain: int) -> None:
        """Prepare; nodes are made by ``make()``."""
        self.domain = domain
        self.context = Context()
        rclpy.init(args=[], context=self.context, domain_id=domain)
        self.failures: list[BaseException] = []
        self.executor = NodeExecutor(
            lambda node, error: self.failures.append(error), context=self.context)
        self.nodes: list[Any] = []
        self.ends: list[int] = []

    def make(self, cls: Any, plan: dict[str, Any], start: bool = True) -> Any:
        """Create a node of a class, and start it."""
        current.assign(from_data({'project': 'p', 'directory': '/', 'nodes': [plan]}),
                       context=self.context)
        node = cls(plan['name'])
        self.nodes.append(node)
        self.executor.add_node(node)
        node._nevil.on_end = self.ends.append
        if start:
            assert node._nevil.start()
        return node

    def spin(self) -> None:
        """Handle what is there, or wait for it shortly."""
        self.executor.spin_once(timeout_sec=0.02)

    def until(self, condition: Callable[[], Any], timeout_s: float = 30.0) -> Any:
        """Spin until the condition is true."""
        return wait_for(condition, timeout_s, step=self.spin)

    def close(self) -> None:
        """End all nodes."""
        current.assign(Assignment('', '', ()))
        current.assign(None)
        for node in reversed(self.nodes):
            node._nevil.end(failed=False)
            node._nevil.close()
        self.executor.shutdown()
        self.context.try_shutdown()


class NodeProcess:
    """One process of ``nevil_nodes.run``."""

    def __init__(
        self, folder: Path, domain: int, sources: Mapping[str, str], *plans: dict[str, Any],
        ros_args: tuple[str, ...] = (), project: Path | None = None, **environment: str,
    ) -> None:
        """Write the sources and the plan, and start."""
        for plan in plans:
            name = plan['name']
            path = folder / 'nodes' / name / f'{name}_node.py'
            plan.setdefault('module', str(path))
            plan.setdefault('class_name', name.title().replace('_', '') + 'Node')
            path.parent.mkdir(parents=True, exist_ok=True)
            if name in sources:
                path.write_text(textwrap.dedent(sources[name]), encoding='utf-8')
        document = folder / 'plan.json'
        document.write_text(json.dumps({
            'project': 'p', 'directory': str(folder), 'messages_package': 'p_msgs',
            'nodes': list(plans)}), encoding='utf-8')
        self._output = folder / 'output'
        names = [argument for plan in plans for argument in ('--node', plan['name'])]
        with self._output.open('wb') as output:
            self.process = subprocess.Popen(
                [sys.executable, '-m', 'nevil_nodes.run', '--project', str(project or folder),
                 *names, *ros_args],
                stdout=output, stderr=subprocess.STDOUT, cwd=folder,
                env={**os.environ, 'ROS_DOMAIN_ID': str(domain), 'NEVIL_PLAN': str(document),
                     'NEVIL_PROJECT': str(folder), **environment})

    @property
    def output(self) -> str:
        """Return what it has printed so far."""
        return self._output.read_text(encoding='utf-8')

    def wait_for(self, text: str, timeout_s: float = 20.0) -> None:
        """Wait until it has printed a text."""
        def printed() -> bool:
            ended = self.process.poll() is not None
            found = text in self.output
            assert found or not ended, self.output
            return found
        wait_for(printed, timeout_s, what=lambda: self.output)

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and return the exit code."""
        self.process.send_signal(number)
        return self.process.wait(15)

    def close(self) -> None:
        """Leave nothing behind."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
