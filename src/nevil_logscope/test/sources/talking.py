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

"""A process that logs on /rosout at a rate, as C++ and Python nodes do: through rcutils."""

from __future__ import annotations

import sys
import time

import rclpy
from rclpy.context import Context


def main(name: str, count: int, rate: float) -> None:
    """Log numbered messages once somebody listens; end when the last has been delivered."""
    context = Context()
    rclpy.init(context=context)
    node = rclpy.create_node(name, context=context)
    while not node.count_subscribers('/rosout'):
        time.sleep(0.02)
    time.sleep(0.3)  # discovery is not symmetric: the other side may know us a little later
    logger = node.get_logger()
    begin = time.perf_counter()
    for number in range(count):
        logger.info(f'message {number}')
        ahead = begin + number / rate - time.perf_counter()
        if ahead > 0.002:
            time.sleep(ahead)
    sys.stdin.read()  # what is not yet acknowledged stays until it is
    node.destroy_node()
    context.try_shutdown()


if __name__ == '__main__':
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))
