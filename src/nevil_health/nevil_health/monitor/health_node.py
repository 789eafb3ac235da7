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

"""The health node: the ROS 2 side of Nevil. It senses and publishes; it owns no process."""

from __future__ import annotations

import queue
import time
from typing import Any

from nevil_health.control.codec import Answer
from nevil_health.control.codec import NotUnderstood
from nevil_health.control.monitor import Alive
from nevil_health.control.monitor import ChangeLifecycle
from nevil_health.control.monitor import Expect
from nevil_health.control.monitor import PublishHealth
from nevil_health.monitor.calls import Calls
from nevil_health.monitor.clocks import LagMeter
from nevil_health.monitor.clocks import SleepMeter
from nevil_health.monitor.control_link import Attached
from nevil_health.monitor.control_link import ControlLink
from nevil_health.monitor.control_link import Detached
from nevil_health.monitor.control_link import LinkNews
from nevil_health.monitor.departures import Departures
from nevil_health.monitor.expected import Expectation
from nevil_health.monitor.expected import ExpectedUnit
from nevil_health.monitor.expected import read_expectation
from nevil_health.monitor.heartbeats import HeartbeatWatch
from nevil_health.monitor.lifecycle_transitions import LifecycleTransitions
from nevil_health.monitor.machine import Machine
from nevil_health.monitor.outputs.metrics import Snapshot
from nevil_health.monitor.outputs.prometheus import PrometheusPage
from nevil_health.monitor.outputs.publisher import HealthPublisher
from nevil_health.monitor.probes import Probes
from nevil_health.monitor.readings import Readings
from nevil_health.monitor.resource_usage import Usage
from nevil_health.monitor.samples import Samples
from nevil_health.monitor.sampling import SamplingThread
from nevil_health.monitor.services import Services
from nevil_nodes.lazy_dataclass import dataclass
from rclpy.clock import Clock
from rclpy.clock import ClockType
from rclpy.lifecycle import LifecycleNode
from rclpy.lifecycle import LifecycleState
from rclpy.lifecycle import TransitionCallbackReturn

__all__ = ['HealthNode']

# A third of what the supervisor waits for (docs/architecture.md, "A part that hangs").
_ALIVE_S = 1.0
_RECONCILE_S = 0.5
# The nodes' middleware gives up who is silent for its lease (10 s), and must find us again then.
_AWAY_S = 5.0
# Late heartbeats are noticed within a tenth of a second, at a fraction of a turn for each beat.
_TURN_S = 0.1
# While somebody is waited for, who waits for its readiness in turn.
_EAGER_TURN_S = 0.03


@dataclass(frozen=True, slots=True)
class _Sampled:
    """What the sampling thread has found."""

    expectation: Expectation
    usages: dict[str, Usage]
    machine: Machine


class HealthNode(LifecycleNode):  # type: ignore[misc]
    """
    Listens to heartbeats, gives its readings to the supervisor and publishes what that concludes.

    :param socket: path of the supervisor's control socket
    """

    def __init__(self, socket: str) -> None:
        """Do nothing before it is configured and active."""
        super().__init__('nevil_health')
        self._service_change_state.callback = self._refuse
        self._socket = socket
        self._messages: queue.SimpleQueue[LinkNews | _Sampled] = queue.SimpleQueue()
        self._expectation = Expectation()

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Make everything; the supervisor is asked for nothing yet."""
        self._guard = self.create_guard_condition(self._on_messages)
        self._link = ControlLink(self._socket, self._post)
        self._calls, self._departures = Calls(self), Departures(self)
        self._lag, self._sleep = LagMeter(_TURN_S), SleepMeter()
        self._readings = Readings(self, self._link)
        self._watch = HeartbeatWatch(
            self, self._readings, self._lag, lambda unit, node: self._samples.news(unit, node))
        self._probes = Probes(self, self._watch.is_ready, self._on_probed)
        self._watch.gate(self._probes.passed)
        self._transitions = LifecycleTransitions(
            self, self._calls, self._link, self._watch, self._probes)
        self._samples = Samples(
            self._link, self._watch, self._lag, self._probes, self._transitions.states)
        self._outputs = HealthPublisher(self)
        self._requests = Services(self, self._link, self._outputs)
        self._page = PrometheusPage(self.get_logger(), self._snapshot)
        return TransitionCallbackReturn.SUCCESS

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Attach to the supervisor and start watching."""
        self._sampling = SamplingThread(
            lambda *found: self._post(_Sampled(*found)))
        self._link.start()
        self._sampling.start()
        steady = Clock(clock_type=ClockType.STEADY_TIME)
        self._turns = self.create_timer(_TURN_S, self._turn, clock=steady)
        self._own_timers = [
            self._turns,
            self.create_timer(_ALIVE_S, lambda: self._link.send(Alive()), clock=steady),
            self.create_timer(_RECONCILE_S, lambda: self._transitions.reconcile(time.monotonic()),
                              clock=steady)]
        return super().on_activate(state)

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Detach: no readings, no samples."""
        for timer in self._own_timers:
            self.destroy_timer(timer)
        self._sampling.stop()
        self._link.stop()
        self._expect(Expectation())
        return super().on_deactivate(state)

    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Undo ``on_configure``."""
        for part in (self._page, self._requests, self._outputs, self._probes, self._watch,
                     self._transitions, self._calls):
            part.stop()
        self.destroy_guard_condition(self._guard)
        return TransitionCallbackReturn.SUCCESS

    def _refuse(self, request: Any, response: Any) -> Any:
        """
        Refuse a transition that somebody asks for over ROS: nothing would be watched any more.

        Given to rclpy, an id that is none would moreover end the process.
        """
        asked = request.transition.label or f'transition {request.transition.id}'
        self.get_logger().warning(
            f'{asked} of the health node was requested over ROS and refused: it is active for as '
            'long as the supervisor runs (nevil stop ends both)')
        response.success = False
        return response

    def _turn(self) -> None:
        """Handle what has arrived, and report what follows."""
        at = time.monotonic()
        lost_s, slept_s = self._lag.tick(at), self._sleep.slept_s()
        if slept_s or lost_s > _AWAY_S:
            self.get_logger().info(
                (f'the machine was suspended for {slept_s:.0f} s' if slept_s else
                 f'the health node did not run for {lost_s:.0f} s')
                + '; every node gets its full timeout again')
            self._watch.was_away(at)
            self._probes.was_away(at)
        self._watch.poll(at)
        self._probes.poll(at, self._lag.lost_s)
        self._samples.flush(at)
        self._requests.poll(at)
        self._outputs.flush(at)
        period_s = _TURN_S if self._watch.all_ready else _EAGER_TURN_S
        if period_s != self._lag.period_s:
            self._lag.period_s = period_s
            self._turns.timer_period_ns = int(period_s * 1e9)
            self._turns.reset()

    def _on_probed(self, unit: ExpectedUnit, node: str) -> None:
        """Report the result of a probe; the unit's readiness may have waited for it alone."""
        if not unit.foreign and self._probes.passed(unit):
            self._watch.look(unit)
        self._samples.news(unit, node)

    def _post(self, message: LinkNews | _Sampled) -> None:
        """Take a message over from another thread."""
        self._messages.put(message)
        self._guard.trigger()

    def _on_messages(self) -> None:
        while not self._messages.empty():
            try:
                self._handle(self._messages.get())
            except ValueError as error:
                self._not_understood('message of the supervisor', str(error))

    def _handle(self, news: LinkNews | _Sampled) -> None:
        """
        Handle one piece of news.

        :raises ValueError: it makes no sense
        """
        if isinstance(news, Expect):
            self._expect(read_expectation(news))
        elif isinstance(news, PublishHealth):
            self._outputs.health(news)
        elif isinstance(news, ChangeLifecycle):
            self._transitions.transition(news)
        elif isinstance(news, Answer):
            if not self._requests.answer(news):
                self.get_logger().error(f'the supervisor refused: {news.error}')
        elif isinstance(news, _Sampled):
            self._samples.take(news.expectation, news.usages, news.machine)
            self._transitions.ask()
        elif isinstance(news, Attached):
            self._watch.forget_told()
        elif isinstance(news, Detached):
            self._on_detached(news.reason)
        elif isinstance(news, NotUnderstood):
            self._not_understood(news.name, news.reason)

    def _not_understood(self, name: str, reason: str) -> None:
        self.get_logger().error(f'{name} not understood: {reason}')

    def _on_detached(self, reason: str) -> None:
        if self._expectation.units or self._outputs.event is not None:
            self.get_logger().warning(
                f'no supervisor: {reason}; trying again until there is one')
            self._outputs.lost('no supervisor: nothing is known')
            self._expect(Expectation(prometheus=self._expectation.prometheus,
                                     ros_commands=self._expectation.ros_commands))
        self._requests.refuse_all()

    def _expect(self, expectation: Expectation) -> None:
        self._expectation = self._readings.expectation = expectation
        self._departures.expect(expectation)
        self._probes.expect(expectation, time.monotonic())
        self._watch.expect(expectation)
        self._sampling.watch(expectation)
        self._transitions.expect(expectation)
        self._page.serve(expectation.prometheus)
        self._requests.allow_commands(expectation.ros_commands)

    def _snapshot(self) -> Snapshot:
        """Return what is known; in the thread of whoever asks, so nothing is changed in place."""
        return Snapshot(
            nodes=self._samples.nodes, system=self._samples.system, health=self._outputs.event,
            lost_s=self._lag.lost_s)
