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


"""The health node: the ROS 2 side of Nevil. It judges and tells; it owns no process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
import queue
import time
from typing import Any

from nevil_health.monitor.calls import Calls
from nevil_health.monitor.calls import Steps
from nevil_health.monitor.expected import Expectation
from nevil_health.monitor.expected import ExpectedUnit
from nevil_health.monitor.expected import read_expectation
from nevil_health.monitor.expected import UnitKey
from nevil_health.monitor.heartbeats import HeartbeatWatch
from nevil_health.monitor.lifecycle import bring_up
from nevil_health.monitor.lifecycle import transition
from nevil_health.monitor.link import ControlLink
from nevil_health.monitor.processes import Usage
from nevil_health.monitor.sampling import SamplingThread
from rclpy.clock import Clock
from rclpy.clock import ClockType
from rclpy.lifecycle import LifecycleNode
from rclpy.lifecycle import LifecycleState
from rclpy.lifecycle import TransitionCallbackReturn

__all__ = ['HealthNode']

LABELS = ('activate', 'deactivate')
_ALIVE_S = 1.0


class HealthNode(LifecycleNode):  # type: ignore[misc]
    """
    Listens to heartbeats and gives its verdicts to the supervisor.

    :param socket: path of the supervisor's control socket
    """

    def __init__(self, socket: str) -> None:
        """Do nothing before it is configured and active."""
        super().__init__('nevil_health')
        self._socket = socket
        self._messages: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._expectation = Expectation()
        self._bringing_up: set[tuple[str, int]] = set()

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Make everything; the supervisor is asked for nothing yet."""
        self._guard = self.create_guard_condition(self._on_messages)
        self._calls = Calls(self)
        self._watch = HeartbeatWatch(self, self._verdict)
        return TransitionCallbackReturn.SUCCESS

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Attach to the supervisor and judge."""
        self._link = ControlLink(self._socket, self._post)
        self._sampling = SamplingThread(self._on_samples)
        self._link.start()
        self._sampling.start()
        self._alive_timer = self.create_timer(
            _ALIVE_S, lambda: self._link.send('alive', {}),
            clock=Clock(clock_type=ClockType.STEADY_TIME))
        return super().on_activate(state)

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Detach: no verdicts, no samples."""
        self.destroy_timer(self._alive_timer)
        self._sampling.stop()
        self._link.stop()
        self._expect(Expectation())
        return super().on_deactivate(state)

    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Undo ``on_configure``."""
        self._watch.stop()
        self._calls.stop()
        self.destroy_guard_condition(self._guard)
        return TransitionCallbackReturn.SUCCESS

    def _post(self, message: dict[str, Any]) -> None:
        """Take a message over from the link's thread."""
        self._messages.put(message)
        self._guard.trigger()

    def _on_messages(self) -> None:
        handlers: dict[str, Callable[[dict[str, Any]], None]] = {
            'attached': lambda _: self._watch.forget_told(),
            'detached': self._on_detached, 'expect': self._on_expect,
            'transition': self._on_transition,
            'refused': lambda message: self.get_logger().error(
                f'the supervisor refused: {message["reason"]}')}
        while not self._messages.empty():
            message = self._messages.get()
            try:
                handler = handlers.get(message['event'])
                if handler is not None:
                    handler(message)
            except (KeyError, TypeError, ValueError) as error:
                self.get_logger().error(f'message of the supervisor not understood: '
                                        f'{type(error).__name__}: {error}')

    def _on_detached(self, message: dict[str, Any]) -> None:
        if self._expectation.units:
            self.get_logger().warning(
                f'no supervisor: {message["reason"]}; trying again until there is one')
            self._expect(Expectation())

    def _on_expect(self, message: dict[str, Any]) -> None:
        self._expect(read_expectation(message))

    def _expect(self, expectation: Expectation) -> None:
        self._expectation = expectation
        self._bringing_up &= {unit.key for unit in expectation.units}
        self._watch.expect(expectation)
        self._sampling.watch(expectation.units, expectation.health_check_interval_s)
        for unit in expectation.units:
            if unit.foreign and unit.key not in self._bringing_up:
                self._bringing_up.add(unit.key)
                self._calls.run(self._bring_up(unit))

    def _bring_up(self, unit: ExpectedUnit) -> Steps:
        for node in unit.nodes:
            problem = yield from bring_up(
                node, lifecycle=lambda: self._offers(node, 'change_state'),
                offers=lambda: self._offers(node, 'list_parameters'),
                alive=lambda: self._is_current(unit), muted=node in unit.muted)
            if problem:
                if self._is_current(unit):
                    self.get_logger().error(f'{node}: not ready: {problem}')
                return
        self._watch.confirm(unit)

    def _on_transition(self, message: dict[str, Any]) -> None:
        label, key = message['label'], (message['unit'], message['generation'])
        if label not in LABELS:
            raise ValueError(f'{label!r} is not one of {", ".join(LABELS)}')
        unit = next((unit for unit in self._expectation.units if unit.key == key), None)
        if unit is None:
            self._transitioned(key, label, 'it has ended meanwhile')
        else:
            self._calls.run(self._change(unit, tuple(message['nodes']), label))

    def _change(self, unit: ExpectedUnit, nodes: tuple[str, ...], label: str) -> Steps:
        failed = ''
        for node in nodes:
            if unit.foreign and not self._offers(node, 'change_state'):
                # It is always active, and cannot be anything else.
                problem = '' if label == 'activate' else 'it is no lifecycle node'
            else:
                problem = yield from transition(node, label, lambda: self._is_current(unit))
            if problem:
                failed = failed or problem
                self.get_logger().error(f'{node}: {label}: {problem}')
            else:
                self.get_logger().info(f'{node}: {label}d')
        self._transitioned(unit.key, label, failed)

    def _transitioned(self, key: UnitKey, label: str, problem: str) -> None:
        self._link.send('transitioned', {
            'unit': key[0], 'generation': key[1], 'label': label, 'problem': problem})

    def _offers(self, node: str, service: str) -> bool:
        return bool(self.count_services(f'/{node}/{service}') > 0)

    def _is_current(self, unit: ExpectedUnit) -> bool:
        return any(unit.key == other.key for other in self._expectation.units)

    def _verdict(self, kind: str, unit: str, generation: int, silent_for_s: float) -> None:
        self._link.send('verdict', {
            'kind': kind, 'unit': unit, 'generation': generation,
            'silent_for_s': round(silent_for_s, 3)})

    def _on_samples(self, units: tuple[ExpectedUnit, ...], usages: dict[str, Usage]) -> None:
        """Send what the sampling thread has found, by node."""
        at = time.monotonic()
        self._link.send('samples', {'nodes': {
            node: {**asdict(usages[unit.unit]), **self._watch.word_of(unit, node, at),
                   'shared_process': len(unit.nodes) > 1}
            for unit in units if unit.unit in usages for node in unit.nodes}})
