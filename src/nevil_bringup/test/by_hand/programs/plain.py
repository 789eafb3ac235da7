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

"""The programs by hand: a main() as rclpy's examples have it."""

from __future__ import annotations

import sys
import threading

from programs import note
from programs import Run
import rclpy
from rclpy.executors import ExternalShutdownException
from rclpy.impl.implementation_singleton import rclpy_implementation


def main() -> None:
    """Run the program in a plain node."""
    rclpy.init()
    node = rclpy.create_node('probe')
    run = Run(node)
    node.create_timer(0.01, lambda: run.run('callback'))
    run.run('start')
    thread = threading.Thread(target=run.run, args=('loop',), name='probe_main', daemon=True)
    thread.start()
    try:
        while rclpy.ok() and not run.done.is_set():
            rclpy.spin_once(node, timeout_sec=0.02)
    except (ExternalShutdownException, KeyboardInterrupt):
        pass
    except rclpy_implementation.RCLError:
        # The context may be shut down by a signal between ok() and the timer of spin_once().
        if rclpy.ok():
            raise
    except SystemExit as error:
        run.error = error
    thread.join(1.0)
    note('cleanup')
    node.destroy_node()
    rclpy.try_shutdown()
    if run.error is not None:
        sys.exit(run.error.code)


if __name__ == '__main__':
    main()
