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


"""Tell the ROS domain of processes that have ended: killed ones cannot do so themselves."""

from __future__ import annotations

import os

from nevil_health.monitor.expected import Expectation
from nevil_health.monitor.expected import ExpectedUnit
from nevil_nodes.farewell import PREFIX_BYTES
from nevil_nodes.farewell import same_process
from nevil_nodes.farewell import say_goodbye
from rclpy.node import Node
import rclpy.utilities

__all__ = ['Departures']

# Every node of rcl publishes on one of these, unless somebody has switched off both.
_TOPICS = ('/rosout', '/parameter_events')


class Departures:
    """Says goodbye in the name of the participants of units that have ended."""

    def __init__(self, node: Node) -> None:
        """Know of nobody."""
        self._node = node
        self._units: tuple[ExpectedUnit, ...] = ()
        self._speaks = rclpy.utilities.get_rmw_implementation_identifier().startswith(
            'rmw_fastrtps')

    def expect(self, expectation: Expectation) -> None:
        """Take over what runs; what ran before and is gone now has ended."""
        keys = {unit.key for unit in expectation.units}
        ended = [unit for unit in self._units
                 if unit.key not in keys and not os.path.exists(f'/proc/{unit.pid}')]
        self._units = expectation.units
        if ended and self._speaks:
            self._say_goodbye(ended)

    def _say_goodbye(self, ended: list[ExpectedUnit]) -> None:
        prefixes = self._prefixes()
        own = next((prefix for prefix, name in prefixes
                    if name == self._node.get_fully_qualified_name()), b'')
        gone = {prefix for unit in ended for prefix, name in prefixes
                if name[1:] in map(unit.address, unit.nodes)
                and same_process(prefix, own, unit.pid)}
        for prefix in gone:
            say_goodbye(self._node.context.get_domain_id(), prefix)

    def _prefixes(self) -> set[tuple[bytes, str]]:
        """Return the participants that are known, each with the full name of each of its nodes."""
        return {(bytes(info.endpoint_gid[:PREFIX_BYTES]),
                 f'{info.node_namespace.rstrip("/")}/{info.node_name}')
                for topic in _TOPICS for info in self._node.get_publishers_info_by_topic(topic)}
