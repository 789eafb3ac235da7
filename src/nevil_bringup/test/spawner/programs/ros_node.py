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

"""A lifecycle node in a fork: ``talk`` counts on a topic, ``hear`` tells what it hears."""

from __future__ import annotations

import os
import sys
import time

from nevil_msgs.msg import Heartbeat
import rclpy
from rclpy.lifecycle import LifecycleNode


def main(argv: list[str]) -> int:
    """Run until ``hear`` has heard ``talk``; ``talk`` until it is ended."""
    rclpy.init()
    node = LifecycleNode(argv[0])
    node.trigger_configure()
    node.trigger_activate()
    heard: list[int] = []
    if argv[0] == 'talk':
        publisher = node.create_publisher(Heartbeat, '/beat', 10)
        publisher.publish(Heartbeat(pid=os.getpid()))
        print('first message after %.1f ms' % (
            (time.monotonic() - float(os.environ['ORDERED_AT'])) * 1000))
        node.create_timer(0.05, lambda: publisher.publish(Heartbeat(pid=os.getpid())))
    else:
        node.create_subscription(Heartbeat, '/beat', lambda beat: heard.append(beat.pid), 10)
    try:
        while not heard:
            rclpy.spin_once(node, timeout_sec=0.1)
        print('heard', heard[0])
    finally:
        node.destroy_node()
        rclpy.try_shutdown()
    return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
