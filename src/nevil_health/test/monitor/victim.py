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
import json
import os
import sys
import threading
import time
import uuid

from nevil_msgs.msg import Dependency
from nevil_msgs.msg import Heartbeat
import rclpy
from rclpy.clock import Clock
from rclpy.clock import ClockType
from rclpy.executors import ExternalShutdownException
from rclpy.lifecycle import LifecycleNode
from rclpy.lifecycle import LifecycleState
from rclpy.lifecycle import TransitionCallbackReturn


class Victim(LifecycleNode):  # type: ignore[misc]
    """
    Beats every 0.1 s with what it is told to say.

    Commands: ``state X``, ``silent``, ``beat``, ``hang``, ``go on``, ``set FIELD JSON``,
    ``flood COUNT``, ``garbage COUNT``. It prints each transition and each news of dependencies.
    """

    def __init__(self, name: str, generation: int) -> None:
        """Beat at once, unconfigured."""
        super().__init__(name)
        self.beats = True
        self.may_go_on = threading.Event()
        self.may_go_on.set()
        self.told_state = ''
        self.message = Heartbeat(node=f'/{name}', pid=os.getpid(), generation=generation,
                                 period=0.1, instance=uuid.uuid4().hex)
        self.publisher = self.create_publisher(Heartbeat, '/nevil/heartbeat', 100)
        self.create_subscription(Dependency, '/nevil/dependency', self.hear, 100)
        self.create_timer(0.1, self.beat, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def beat(self) -> None:
        """Say the own state."""
        self.may_go_on.wait()
        if self.beats:
            self.message.sequence += 1
            self.message.lifecycle_state = (
                self.told_state or self._state_machine.current_state[1])
            self.publisher.publish(self.message)

    def hear(self, message: Dependency) -> None:
        """Print what is lost and what is back."""
        print('dependency', message.node, list(message.lost), list(message.restored), flush=True)

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Say so."""
        print('activate', flush=True)
        return super().on_activate(state)

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Say so, and do as told."""
        print('deactivate', flush=True)
        self.may_go_on.wait()
        return super().on_deactivate(state)

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
            elif command == 'set':
                field, _, text = value.partition(' ')
                setattr(self.message, field, json.loads(text))
            elif command == 'garbage':
                self.garbage(int(value))
            elif command == 'flood':
                for number in range(int(value)):
                    self.publisher.publish(Heartbeat(
                        node=f'/stranger_{number}', pid=number + 1, lifecycle_state='active',
                        period=1.0))
                    if number % 20 == 0:  # about 10 000 a second, and few are overwritten
                        time.sleep(0.002)

    def garbage(self, count: int) -> None:
        """Publish what makes no sense, some of it large."""
        name = self.get_name()
        for number in range(count):
            self.publisher.publish(
                Heartbeat(node='x' * (1 << 20)) if number % 3 == 0 else
                Heartbeat(node=f'/{name}', pid=os.getpid(), generation=1, period=float('nan'))
                if number % 3 == 1 else
                Heartbeat(node='/a b', pid=1, period=-1.0))
            time.sleep(0.001)


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
