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

"""The action for a node that a project declares."""

from __future__ import annotations

from typing import Any

from launch import LaunchContext
from launch.substitutions import LaunchConfiguration
from launch_ros.utilities import prefix_namespace
from nevil_bringup.launch.node_action import OwnedNode
from nevil_nodes.declarations import LoadResult
from nevil_nodes.declarations.plan import ProcessPlan

__all__ = ['PlannedNode']


class PlannedNode(OwnedNode):
    """One node of a project's plan; launch adds namespace, remappings and parameters to it."""

    def __init__(self, loaded: LoadResult, process: ProcessPlan, name: str, **kwargs: Any) -> None:
        """
        Take a node of a plan.

        :param process: the process that it runs in, perhaps with others
        """
        assert loaded.plan is not None, 'a project with errors has no nodes'
        self.plan, self.types = loaded.plan, loaded.types
        self.nevil_name = self._name = name
        node = loaded.plan.node(name)
        self._argv, self._kind = process.argv, node.kind
        self._foreign = bool(node.nodes.get('creation', {}).get('command'))
        self.selection = self.log_level = ''
        super().__init__(
            executable=process.argv[0], arguments=list(process.argv[1:]), exec_name=name,
            namespace=LaunchConfiguration('namespace', default=''), **kwargs)

    @property
    def given_name(self) -> str:
        """Return what other nodes require it by."""
        return self.nevil_name

    @property
    def node_name(self) -> str:
        """Return its full name, which its command line does not repeat."""
        return str(prefix_namespace(self.expanded_node_namespace, self._name))

    def register(self, context: LaunchContext) -> None:
        """Note the arguments that are not for launch, and register."""
        given = context.launch_configurations
        self.selection = given.get('nodes', '')
        self.log_level = given.get('log_level', '').upper()
        self._sim_time = given.get('use_sim_time', '')
        super().register(context)

    def details(self) -> dict[str, Any]:
        """Return what launch's events of a process carry: the command line that it really has."""
        return {**super().details(), 'cmd': list(self.command_line())}

    def command_line(self) -> tuple[str, ...]:
        """Return the command line of its process: that of the plan where launch adds nothing."""
        resolved = tuple(self.process_details['cmd'])
        at = next(at for at in range(len(resolved))
                  if resolved[at:at + len(self._argv)] == self._argv) + len(self._argv)
        if self._foreign:
            return resolved[:at]  # a command is not a ROS node
        added = list(resolved[at:])
        if added[1:3] == ['-r', '__ns:=/']:
            del added[1:3]
        if self._sim_time:
            added += ['-p', f'use_sim_time:={self._sim_time.lower()}']
        if self.log_level and self._kind == 'executable':
            added += ['--log-level', self.log_level]
        return resolved[:at] + (tuple(added) if added != ['--ros-args'] else ())
