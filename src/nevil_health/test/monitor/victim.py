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


"""A lifecycle node that beats as it is told, one command a line on its input."""

from __future__ import annotations

import argparse
import os
import sys
import threading

from nevil_msgs.msg import Heartbeat
import rclpy
from rclpy.clock import Clock
from rclpy.clock import ClockType
from rclpy.executors import ExternalShutdownException
from rclpy.lifecycle import LifecycleNode


class Victim(LifecycleNode):  # type: ignore[misc]
    """
    Beats every 0.1 s with what it is told to say.

    Commands: ``state X``, ``silent``, ``beat``, ``hang``, ``go on``, ``flood COUNT``.
    """

    def __init__(self, name: str, generation: int) -> None:
        """Beat at once, unconfigured."""
        super().__init__(name)
        self.beats = True
        self.may_go_on = threading.Event()
        self.may_go_on.set()
        self.told_state = ''
        self.message = Heartbeat(node=f'/{name}', pid=os.getpid(), generation=generation,
                                 period=0.1)
        self.publisher = self.create_publisher(Heartbeat, '/nevil/heartbeat', 10)
        self.create_timer(0.1, self.beat, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def beat(self) -> None:
        """Say the own state."""
        self.may_go_on.wait()
        if self.beats:
            self.message.sequence += 1
            self.message.lifecycle_state = (
                self.told_state or self._state_machine.current_state[1])
            self.publisher.publish(self.message)

    def obey(self) -> None:
        """Carry out the commands on the input."""
        for line in sys.stdin:
            command, _, value = line.strip().partition(' ')
            if command == 'state':
                self.told_state = value
            elif command in ('silent', 'beat'):
                self.beats = command == 'beat'
            elif command == 'hang':
                self.may_go_on.clear()
            elif command == 'go':
                self.may_go_on.set()
            elif command == 'flood':
                for number in range(int(value)):
                    self.publisher.publish(Heartbeat(
                        node=f'/stranger_{number}', pid=number, lifecycle_state='active',
                        period=float('nan')))


def main() -> None:
    """Run until the end."""
    parser = argparse.ArgumentParser()
    parser.add_argument('name')
    parser.add_argument('--generation', type=int, default=1)
    parser.add_argument('--bring-up', choices=('none', 'configure', 'activate'),
                        default='activate')
    args = parser.parse_args()
    rclpy.init(args=[])
    node = Victim(args.name, args.generation)
    if args.bring_up != 'none':
        node.trigger_configure()
    if args.bring_up == 'activate':
        node.trigger_activate()
    threading.Thread(target=node.obey, daemon=True).start()
    try:
        rclpy.spin(node)
    except ExternalShutdownException:
        pass


if __name__ == '__main__':
    main()
