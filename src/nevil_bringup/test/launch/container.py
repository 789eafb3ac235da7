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

"""
A component container in Python: what ``component_container`` of rclcpp serves, really.

It loads nodes of rclpy by the name of their plugin: ``Plain``; ``Refused``, which cannot be
loaded; ``Silent``, whose request is never answered; ``Slow``, whose constructor takes a while;
``Crashing``, which brings the process down half a second later.
What it was asked for is appended to the file in ``LOADS``, a line of JSON each.
"""

from __future__ import annotations

import faulthandler
import json
import os
import time
from typing import Any

from composition_interfaces.srv import ListNodes
from composition_interfaces.srv import LoadNode
import rclpy
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.executors import MultiThreadedExecutor
from rclpy.node import Node
from rclpy.parameter import Parameter


class Container(Node):
    """Serves ``load_node`` and ``list_nodes`` as the container of rclcpp does."""

    def __init__(self, executor: MultiThreadedExecutor) -> None:
        """Serve."""
        super().__init__('container')
        self._executor_of_all = executor
        self._loaded: dict[int, Node] = {}
        group = ReentrantCallbackGroup() if os.environ.get('REENTRANT') else None
        self.create_service(LoadNode, '~/_container/load_node', self._load, callback_group=group)
        self.create_service(ListNodes, '~/_container/list_nodes', self._list, callback_group=group)

    def _load(self, request: Any, response: Any) -> Any:
        with open(os.environ['LOADS'], 'a') as file:
            file.write(json.dumps({
                'pid': os.getpid(), 'package': request.package_name, 'plugin': request.plugin_name,
                'name': request.node_name, 'namespace': request.node_namespace,
                'remaps': list(request.remap_rules),
                'parameters': {one.name: Parameter.from_parameter_msg(one).value
                               for one in request.parameters},
                'extra': {one.name: Parameter.from_parameter_msg(one).value
                          for one in request.extra_arguments}}) + '\n')
        if request.plugin_name == 'Silent':
            time.sleep(600)
        if request.plugin_name == 'Slow':
            time.sleep(3)
        if request.plugin_name == 'Refused':
            response.success, response.error_message = False, 'no such plugin'
            return response
        words = [word for rule in request.remap_rules for word in ('-r', rule)]
        node = Node(request.node_name, namespace=request.node_namespace,
                    use_global_arguments=False,  # those are of the container
                    cli_args=['--ros-args', *words] if words else None,
                    allow_undeclared_parameters=True,
                    automatically_declare_parameters_from_overrides=True,
                    parameter_overrides=[
                        Parameter.from_parameter_msg(one) for one in request.parameters])
        if request.plugin_name == 'Crashing':
            node.create_timer(0.5, crash_of_a_component)
        self._executor_of_all.add_node(node)
        node.get_logger().info('loaded')
        response.unique_id = len(self._loaded) + 1
        self._loaded[response.unique_id] = node
        response.success, response.full_node_name = True, node.get_fully_qualified_name()
        return response

    def _list(self, _request: Any, response: Any) -> Any:
        response.unique_ids = list(self._loaded)
        response.full_node_names = [
            node.get_fully_qualified_name() for node in self._loaded.values()]
        return response


def crash_of_a_component() -> None:
    """End as code in C does that goes wrong."""
    getattr(faulthandler, '_sigsegv')()


def main() -> None:
    """Serve until the end."""
    rclpy.init()
    executor = MultiThreadedExecutor(4)
    executor.add_node(Container(executor))
    try:
        executor.spin()
    except (KeyboardInterrupt, rclpy.executors.ExternalShutdownException):
        os._exit(0)


if __name__ == '__main__':
    main()
