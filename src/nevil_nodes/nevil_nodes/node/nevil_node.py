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

"""The base class of every node of a robot."""

from __future__ import annotations

import copy
import threading
import time
from typing import Any

from nevil_nodes.node import current
from nevil_nodes.node import names
from nevil_nodes.node.lifecycle import HOOKS
from nevil_nodes.node.logs import loggers_for
from nevil_nodes.node.logs import set_ros_level
from nevil_nodes.node.message import MessagePriority
from nevil_nodes.node.message import NodeStatus
from nevil_nodes.node.parameters import declare_configuration
from nevil_nodes.node.prepared import start_over_if_changed
from nevil_nodes.node.runtime import Runtime
from rclpy.lifecycle import LifecycleNode
from rclpy.lifecycle import LifecycleState
from rclpy.lifecycle import TransitionCallbackReturn

__all__ = ['NevilNode']

_RCLPY_NAMES = frozenset(
    name for name in dir(LifecycleNode) if not name.startswith('__')) - HOOKS


class NevilNode(LifecycleNode):  # type: ignore[misc]
    """
    A node that is described by a ``.messages`` file.

    A subclass calls ``super().__init__('its_name')`` and defines what it needs of
    ``initialize()``, ``main_loop()``, ``cleanup()`` and the callbacks that the file names. It is a
    ROS 2 lifecycle node too: everything of ``rclpy.lifecycle.LifecycleNode`` may be used.

    :ivar config: the ``.messages`` file as plain data; ``config['configuration']`` follows the
        node's ROS parameters
    :ivar logger: a ``logging.Logger``; its lines go to the node's log and to /rosout
    :ivar error_count: errors so far; a subclass may count its own and reset it
    :ivar max_errors: how many errors of ``main_loop()`` in a row make the node fail
    :ivar error_pause_s: seconds to wait after an error of ``main_loop()``
    :ivar shutdown_event: set when the node is to end; ``wait()`` on it instead of sleeping
    """

    max_errors = 10
    error_pause_s = 1.0

    def __init__(self, node_name: str, config_path: str | None = None) -> None:
        """
        Create the node with its publishers, subscriptions and parameters.

        :param config_path: its ``.messages``; default ``nodes/<node_name>/.messages``
        :raises NodeError: the node is not declared, a type is not built, a callback is missing
        """
        plan = current.plan_for(node_name, config_path)
        self.node_name = node_name
        self.config_path = config_path or f'nodes/{node_name}/.messages'
        self.status = NodeStatus.INITIALIZING
        self.config: dict[str, Any] = copy.deepcopy(dict(plan.messages))
        self.logger, log, rosout = loggers_for(node_name, plan.log_level)
        self.error_count = 0
        self.last_heartbeat = time.time()
        self.shutdown_event = threading.Event()
        self.thread_lock = threading.RLock()
        self.message_bus = self  # v3 nodes only ask whether there is one
        self.published_topics = {topic.topic for topic in plan.publishes}
        self.subscribed_topics = {topic.topic for topic in plan.subscribes}
        current.check_callbacks(self, plan)
        current.check_health_check(self, plan)
        start_over_if_changed()
        super().__init__(node_name, **current.node_options())
        set_ros_level(super().get_logger(), plan.log_level)
        self._nevil = Runtime(self, NevilNode, plan, log, rosout)
        configuration = self.config.get('configuration')
        if isinstance(configuration, dict):
            declare_configuration(self, configuration)

    # What the author of a node fills in.

    def initialize(self) -> None:
        """Prepare the node; called once at configure. Raise to refuse the start."""

    def main_loop(self) -> None:
        """Do one round of work; called again and again in its own thread while active."""

    def cleanup(self) -> None:
        """Give back what the node holds; called once at the end, also after a failed start."""

    def on_dependency_lost(self, node: str) -> None:
        """
        Prepare for a pause: a node that this one requires is not ready any more.

        :param node: its name
        """

    def on_dependency_restored(self, node: str) -> None:
        """
        Prepare to resume: a node that was lost is ready again.

        :param node: its name
        """

    # What the author of a node uses.

    def publish(
        self, topic: str, data: Any, priority: MessagePriority = MessagePriority.NORMAL,
    ) -> bool:
        """
        Send a message on a declared topic.

        :param topic: as it is in ``.messages``
        :param data: the fields as a dict, or a message of the topic's type
        :param priority: accepted for v3 nodes, without effect
        :returns: False where the message breaks a rule or the node is not active; never raises
        """
        return self._nevil.publish(topic, data)

    def progress(self) -> None:
        """Report progress within a long ``main_loop()``; counts as one more call of it."""
        self._nevil.main_loop.progress()

    def stop(self, timeout: float = 10.0) -> None:
        """End this node's process in order, with exit code 0; returns at once."""
        self._nevil.request_end(0)

    def get_status(self) -> dict[str, Any]:
        """Return the node's state and counters as plain data."""
        return {
            'node_name': self.node_name,
            'status': getattr(self.status, 'value', str(self.status)),
            'error_count': self.error_count,
            'published_topics': sorted(self.published_topics),
            'subscribed_topics': sorted(self.subscribed_topics),
            'uptime': time.monotonic() - self._nevil.started_at,
            'thread_count': threading.active_count(),
            'lifecycle_state': self._nevil.lifecycle.state,
            'published_count': self._nevil.counters.published,
            'received_count': self._nevil.counters.received,
        }

    # Lifecycle hooks; an override calls super() or does without what it does here.

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Call ``initialize()``."""
        self._nevil.initialize()
        return TransitionCallbackReturn.SUCCESS

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Activate the managed entities in the order in which they were added."""
        return self._nevil.entities.run('on_activate', state)

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Deactivate the managed entities in reverse order."""
        return self._nevil.entities.run('on_deactivate', state)

    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Call ``cleanup()``."""
        self._nevil.cleanup()
        return self._nevil.entities.run('on_cleanup', state)

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Call ``cleanup()``."""
        self._nevil.cleanup()
        return self._nevil.entities.run('on_shutdown', state)

    def on_error(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Call ``cleanup()`` after a failed transition; the node is then unconfigured."""
        self._nevil.cleanup()
        return self._nevil.entities.run('on_error', state)

    # rclpy's triggers, through the serialised and checked lifecycle.

    def trigger_configure(self) -> TransitionCallbackReturn:
        """Configure the node."""
        return self._nevil.change('configure')

    def trigger_cleanup(self) -> TransitionCallbackReturn:
        """Take the node back to unconfigured."""
        return self._nevil.change('cleanup')

    def trigger_activate(self) -> TransitionCallbackReturn:
        """Activate the node."""
        return self._nevil.change('activate')

    def trigger_deactivate(self) -> TransitionCallbackReturn:
        """Deactivate the node."""
        return self._nevil.change('deactivate')

    def trigger_shutdown(self) -> TransitionCallbackReturn:
        """Finalize the node."""
        return self._nevil.change('shutdown')

    def add_managed_entity(self, entity: Any) -> None:
        """Add an entity that follows the node's transitions, after those added before."""
        super().add_managed_entity(entity)
        self._nevil.entities.add(entity)

    def create_lifecycle_publisher(self, *args: Any, **kwargs: Any) -> Any:
        """Create a publisher that is silent while the node is not active."""
        publisher = super().create_lifecycle_publisher(*args, **kwargs)
        self._nevil.entities.add(publisher)
        return publisher

    def destroy_lifecycle_publisher(self, publisher: Any) -> bool:
        """Destroy such a publisher."""
        self._nevil.entities.remove(publisher)
        return bool(super().destroy_lifecycle_publisher(publisher))

    # Names.

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Keep methods of the subclass apart from rclpy's of the same name."""
        super().__init_subclass__(**kwargs)
        names.shadow_methods(cls, _RCLPY_NAMES)

    def __setattr__(self, name: str, value: Any) -> None:
        """Keep attributes of the subclass apart from rclpy's of the same name."""
        if (name in _RCLPY_NAMES or name in current.rclpy_attributes) \
                and not names.called_from_rclpy():
            names.shadow_attribute(type(self), name)
        object.__setattr__(self, name, value)

    def __getattr__(self, name: str) -> Any:
        """Say what is wrong where the subclass did not initialise this class."""
        if '_nevil' not in self.__dict__ and not name.startswith('_'):
            raise AttributeError(
                f'{type(self).__name__} has no {name!r} yet: its __init__ must first call '
                "super().__init__('node_name')")
        raise AttributeError(f'{type(self).__name__!r} object has no attribute {name!r}')
