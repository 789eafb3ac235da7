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

"""The programs in a node of Nevil's."""

from __future__ import annotations

from nevil_nodes.node import NevilNode
from programs import note
from programs import Run


class ProbeNode(NevilNode):
    """Runs one program, then ends."""

    def __init__(self) -> None:
        """Create the node."""
        super().__init__('probe')
        self.probe = Run(self)

    def initialize(self) -> None:
        """Run what comes before the node spins."""
        self.create_timer(0.01, lambda: self.probe.run('callback'))
        self.probe.run('start')

    def main_loop(self) -> None:
        """Run what comes beside it; end when it is done."""
        self.probe.run('loop')
        if self.probe.done.wait(0.02):
            if self.probe.error is not None:
                raise self.probe.error
            self.stop()
            self.shutdown_event.wait()

    def cleanup(self) -> None:
        """Note that this was called."""
        note('cleanup')
