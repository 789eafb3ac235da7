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


"""Run the health node."""

from __future__ import annotations

from collections.abc import Sequence
import os
import sys

from nevil_health.monitor.health_node import HealthNode
from nevil_nodes.announcement_relay import AnnouncementRelay
from nevil_nodes.introduction import introduce
from nevil_nodes.stacks import write_stacks
import rclpy
from rclpy.executors import ExternalShutdownException
from rclpy.executors import SingleThreadedExecutor

__all__ = ['main']


def main(argv: Sequence[str] | None = None) -> int:
    """
    Watch until a signal ends it.

    :param argv: ROS 2 arguments; None takes the process's own
    :returns: the exit status
    """
    socket = os.environ.get('NEVIL_SOCKET')
    if not socket:
        print('nevil_health: NEVIL_SOCKET is not set; it is started by the supervisor, see '
              'nevil start', file=sys.stderr)
        return 1
    write_stacks()
    arguments = sys.argv[1:] if argv is None else argv
    rclpy.init(args=['nevil_health', '--ros-args', '--disable-external-lib-logs', *arguments])
    node = HealthNode(socket)
    if rclpy.get_rmw_implementation_identifier().startswith('rmw_fastrtps'):
        domain_id = node.context.get_domain_id()
        introduce(domain_id)
        AnnouncementRelay(domain_id)  # for as long as the process lives
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    try:
        node.trigger_configure()
        node.trigger_activate()
        executor.spin()
    except (ExternalShutdownException, KeyboardInterrupt):
        pass
    finally:
        node.destroy_node()  # its participant says goodbye: nobody destroys it afterwards
        rclpy.try_shutdown()
    return 0
