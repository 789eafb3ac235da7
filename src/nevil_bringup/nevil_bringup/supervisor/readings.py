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

"""What the health node has sensed: to the evaluation, and what is a fact to the core."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping

from nevil_bringup.control.server import Answers
from nevil_bringup.control.server import Client
from nevil_bringup.supervisor.health import RobotHealth
from nevil_bringup.supervisor.health_link import HealthLink
from nevil_bringup.supervisor.processes import Running
from nevil_bringup.supervisor.robot import Robot
from nevil_bringup.supervisor.transitions import Transitions
from nevil_bringup.supervisor.units import HEALTH_UNIT
from nevil_health.control.monitor import HeartbeatReading
from nevil_health.control.monitor import LifecycleChanged
from nevil_health.control.monitor import Samples
from nevil_health.control.session import Done
from nevil_health.core import ReadyConfirmed
from nevil_health.signals import NodeSample

__all__ = ['Readings']


class Readings:
    """
    Handles each reading of the attached health node, and refuses those of others.

    :ivar doubled: told of a node under whose name one process more beats than before
    """

    def __init__(self, robot: Robot, link: HealthLink, running: Mapping[str, Running],
                 health: RobotHealth, transitions: Transitions,
                 samples: dict[str, NodeSample]) -> None:
        """
        Begin without any reading.

        :param samples: where the newest one of each node is kept
        """
        self._robot, self._link, self._running = robot, link, running
        self._health, self._transitions, self._samples = health, transitions, samples
        self.doubled: Callable[[str], None] = lambda node: None

    def answers(self) -> Answers:
        """Return what answers each kind of reading."""
        return {HeartbeatReading: self.heartbeat, Samples: self.sampled,
                LifecycleChanged: self.transitioned}

    def heartbeat(self, client: Client, reading: HeartbeatReading) -> Done:
        """Handle what the heartbeats show."""
        self._link.expect_from(client)
        if reading.kind in ('network_silent', 'network_back'):
            self._health.network(reading.kind == 'network_silent')
            return Done()
        unit, generation = reading.unit, reading.generation
        running = self._running.get(unit)
        if running is None or running.generation != generation or unit == HEALTH_UNIT:
            return Done()  # ended while the reading was under way
        if reading.kind == 'ready':
            self._robot.feed(ReadyConfirmed(
                at=self._robot.now(), unit=unit, generation=generation))
        elif reading.kind == 'late':
            self._health.late(
                unit, generation, reading.node, reading.silent_for_s, reading.process_state)
        else:
            self._health.back(unit, generation)
        return Done()

    def sampled(self, client: Client, samples: Samples) -> Done:
        """Handle samples, of all nodes or of some."""
        self._link.expect_from(client)
        known = {name: sample for name, sample in samples.nodes.items()
                 if name in self._robot.unit_of}
        more = [name for name, sample in known.items() if sample.instances > (
            before.instances if (before := self._samples.get(name)) else 1)]
        self._samples.update(known)
        self._health.samples(known, samples.system)
        for name in more:
            self.doubled(name)
        return Done()

    def transitioned(self, client: Client, change: LifecycleChanged) -> Done:
        """Handle how a transition went."""
        self._link.expect_from(client)
        self._transitions.answered(change.unit, change.generation, change.label, change.problem)
        return Done()
