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

"""What works behind a NevilNode: one attribute of it, so that an author's names stay free."""

from __future__ import annotations

from collections.abc import Callable
import time
from typing import Any

from nevil_nodes.node import current
from nevil_nodes.node.assignment import NodeRun
from nevil_nodes.node.author_forks import in_author_fork
from nevil_nodes.node.counters import Counters
from nevil_nodes.node.debugging import debug
from nevil_nodes.node.dependency import DependencyNews
from nevil_nodes.node.dependency import LOST
from nevil_nodes.node.dependency import RESTORED
from nevil_nodes.node.entities import ManagedEntities
from nevil_nodes.node.health_check import HealthCheck
from nevil_nodes.node.heartbeat import HeartbeatSender
from nevil_nodes.node.lifecycle import Lifecycle
from nevil_nodes.node.logs import OwnLogger
from nevil_nodes.node.logs import Rosout
from nevil_nodes.node.logs import say_exit
from nevil_nodes.node.main_loop import MainLoop
from nevil_nodes.node.message import NodeStatus
from nevil_nodes.node.signals import interruptible
from nevil_nodes.node.topics import Topics
from rclpy.exceptions import InvalidHandle
from rclpy.lifecycle import TransitionCallbackReturn

__all__ = ['exit_code', 'Runtime']

# A call of main_loop() that is under way gets this long to return before cleanup() or a pause
# continues without it.
LOOP_RETURN_S = 1.0

_END_STATES = ('finalized', 'unconfigured')


class Runtime:
    """
    Ties a node to its lifecycle, topics, main loop and heartbeat.

    :param node: the NevilNode, its rclpy side ready
    :param base: the class NevilNode, whose methods a subclass may replace
    :param log: for Nevil's own words
    """

    def __init__(self, node: Any, base: Any, plan: NodeRun, log: OwnLogger,
                 rosout: Rosout) -> None:
        """Create the ROS entities of the node."""
        self._node = node
        self._base = base
        self.plan = plan
        self.started_at = time.monotonic()
        self.counters = Counters()
        self.entities = ManagedEntities(log)
        # Set by the process: called with an exit code when the node wants to end.
        self.on_end: Callable[[int], None] = lambda code: None
        self.log = log
        self._rosout = rosout
        self._cleanup_due = True
        self._started = False
        current.rclpy_attributes.update(
            name for name in vars(node) if name.startswith('_') and name != '_nevil')
        self.lifecycle = Lifecycle(
            node._state_machine, self._run_hook, logger=self.log, count_error=self.count_error,
            before=self._before, after=self._after)
        node._service_change_state.callback = self.lifecycle.answer
        self.main_loop = MainLoop(
            plan.name, lambda: node.main_loop(), error_pause_s=lambda: node.error_pause_s,
            max_errors=lambda: node.max_errors, on_error=self._on_main_loop_error,
            on_success=self._on_main_loop_success, on_end=self._on_main_loop_end)
        self.heartbeat = HeartbeatSender(node, self._fill)
        self.topics = Topics(
            node, plan.publishes, plan.subscribes, logger=self.log, counters=self.counters,
            guard=self.guard)
        self.check = self._make_check()
        if self._overridden(LOST) or self._overridden(RESTORED):
            DependencyNews(node, plan.name, self._tell_dependency)

    def _make_check(self) -> HealthCheck | None:
        """Prepare the health check, where one is declared."""
        plan, node = self.plan.health_check, self._node
        if plan is None:
            return None
        # Through the executor: news of the check must not hide that it hangs.
        wake = node.create_guard_condition(self.heartbeat.changed)

        def on_news() -> None:
            try:
                wake.trigger()
            except InvalidHandle:
                pass  # the node has ended meanwhile
        return HealthCheck(
            plan, lambda: getattr(node, plan.method)(**plan.params), on_news=on_news,
            logger=self.log)

    def _overridden(self, name: str) -> bool:
        """Return whether the author defines a method of NevilNode, and means that one."""
        return getattr(type(self._node), name) is not getattr(self._base, name) \
            and not any(topic.callback == name for topic in self.plan.subscribes)

    # Used by the node.

    def publish(self, topic: str, data: Any) -> bool:
        """Send a message; whatever goes wrong is logged, counted and answered with False."""
        try:
            errors = self.counters.errors
            sent = self.topics.publish(topic, data)
            if self.counters.errors != errors and not sent:
                self._node.error_count += 1
            return sent
        except Exception:
            self.count_error()
            self.log.error(f'publish {topic}: failed', exc_info=True)
            return False

    def change(self, label: str) -> TransitionCallbackReturn:
        """Carry out a transition by its label."""
        return self.lifecycle.change(label)

    def initialize(self) -> None:
        """Prepare the node as its author says; from now on a cleanup is due."""
        self._cleanup_due = True
        self._node.initialize()

    def cleanup(self) -> None:
        """Clean up as the author says, if it is due; what that raises is logged."""
        if not self._cleanup_due:
            return
        self._cleanup_due = False
        self.guard('cleanup()', self._node.cleanup)

    def count_error(self) -> None:
        """Count an error, for the heartbeat and for the author."""
        self.counters.error()
        self._node.error_count += 1

    def guard(self, what: str, function: Callable[..., Any], *args: Any) -> None:
        """Call the author's code; an exception is logged with its traceback and counted."""
        try:
            function(*args)
        except Exception as error:
            if in_author_fork():
                raise
            self.count_error()
            self.log.error(f'{what} failed: {error!r}', exc_info=True)
            debug(error)

    def request_end(self, code: int) -> None:
        """Ask the process to end."""
        self.on_end(code)

    # Used by the process.

    def start(self) -> bool:
        """Configure and, unless muted, activate the node; False where it refuses."""
        success = TransitionCallbackReturn.SUCCESS
        if self.change('configure') != success:
            return False
        return self.plan.muted or self.change('activate') == success

    def begin_beating(self) -> None:
        """Send the first heartbeat, then what may follow it."""
        self.heartbeat.start()
        self._rosout.open(self._node)
        if self.check is not None:
            # Imported here: few nodes need it, and it loads the types of another package, some
            # milliseconds that do not have to delay the first beat.
            from nevil_nodes.node.self_test import offer_self_test
            offer_self_test(self._node, self.check)
        self.log.info('started, %s', self.lifecycle.state)
        self._started = True

    def end(self, failed: bool) -> None:
        """Bring the node to its end: main loop, ``stop()``, ``cleanup()``, finalized."""
        node = self._node
        node.status = NodeStatus.STOPPING
        node.shutdown_event.set()
        if self.check is not None:
            self.check.stop()
        self.main_loop.stop(LOOP_RETURN_S)
        self.guard('stop()', node.stop, self.plan.shutdown_timeout_s)
        if self.lifecycle.state in ('unconfigured', 'inactive', 'active'):
            self.change('shutdown')
        self.cleanup()
        node.status = NodeStatus.ERROR if failed else NodeStatus.STOPPED

    def close(self) -> None:
        """Destroy the ROS side."""
        self._rosout.close()
        self._node.destroy_node()

    # Lifecycle.

    def _run_hook(self, hook: str, state: Any) -> Any:
        """Call the node's hook; one that is a message callback of the file is not meant here."""
        method = getattr(self._node, hook)
        if any(topic.callback == hook for topic in self.plan.subscribes):
            method = getattr(self._base, hook).__get__(self._node)
        with interruptible():
            return method(state)

    def _before(self, previous: str) -> None:
        """Quieten the node before a hook that leaves the active state."""
        state = self.lifecycle.state
        if state == 'configuring':
            self.topics.hold()
        elif state in ('deactivating', 'shuttingdown'):
            if self.check is not None:
                self.check.pause()
            if not self.main_loop.pause(LOOP_RETURN_S):
                self.log.warning(
                    f'main_loop() has not returned within {LOOP_RETURN_S} s, '
                    'continuing without it')

    def _after(self, state: str) -> None:
        """Let the node work if it became active, and notify the monitor."""
        if state == 'active':
            self.topics.open()
            if type(self._node).main_loop is not self._base.main_loop:
                self.main_loop.resume()
            if self.check is not None:
                self.check.resume()
        else:
            self.topics.close(forget=state != 'inactive')
        if self._started:
            self.log.info('now %s', state)
        if state in ('active', 'inactive'):
            self._node.status = NodeStatus.RUNNING
        elif state in _END_STATES:
            self._node.status = NodeStatus.STOPPED
        self.heartbeat.changed()

    def _tell_dependency(self, hook: str, name: str) -> None:
        """Call the author's method; what it publishes while paused is sent after the pause."""
        if not self._overridden(hook):
            return
        with self.topics.held():
            self.guard(f'{hook}({name!r})', getattr(self._node, hook), name)

    # Main loop, in its thread.

    def _on_main_loop_success(self) -> None:
        self._node.last_heartbeat = time.time()

    def _on_main_loop_error(self, error: BaseException, in_a_row: int) -> None:
        self.count_error()
        self.log.error(
            f'main_loop() failed, {in_a_row} of {self._node.max_errors} in a row: {error!r}',
            exc_info=True)

    def _on_main_loop_end(self, error: SystemExit | None) -> None:
        if error is not None:
            say_exit(error, self.plan.name)
            self.request_end(exit_code(error))
            return
        self._node.status = NodeStatus.ERROR
        self.log.critical(
            f'main_loop() failed {self._node.max_errors} times in a row, ending the node')
        self.request_end(1)

    def _fill(self, beat: Any) -> None:
        """Put the node's state and counters into a heartbeat."""
        loop, counters = self.main_loop, self.counters
        self._node.last_heartbeat = time.time()
        beat.lifecycle_state = self.lifecycle.state
        beat.main_loop_count = loop.count
        beat.main_loop_age = time.monotonic() - loop.last_return
        beat.main_loop_running = loop.running
        beat.callback_count = counters.callbacks
        beat.error_count = counters.errors
        beat.published_count = counters.published
        beat.received_count = counters.received
        beat.response_time = counters.response_time_s()
        if self.check is not None:
            self.check.fill(beat)


def exit_code(error: SystemExit) -> int:
    """Return the process exit code that a SystemExit asks for."""
    if error.code is None:
        return 0
    return error.code if isinstance(error.code, int) else 1
