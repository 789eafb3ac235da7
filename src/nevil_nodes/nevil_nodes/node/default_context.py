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

"""
What ``rclpy.ok()``, ``rclpy.shutdown()``, ``rclpy.create_node()``, ``rclpy.spin_once()`` work on.

An author's code uses rclpy's default context and its global executor without naming them. In a
node process they are those of the node, with two differences: who shuts the context down asks for
the end of the node in order, and who spins it from another thread waits for the process's executor
(by hand two threads in one executor fail).
"""

from __future__ import annotations

from collections.abc import Callable
import sys
import threading
from typing import Any

from nevil_nodes.node.executor import NodeExecutor
import rclpy
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
import rclpy.utilities

__all__ = ['DefaultContext', 'offer_executor']

# They ask the context on behalf of an author's code; the rest of rclpy asks for itself.
_ASK_FOR_AUTHOR = frozenset({'rclpy', 'rclpy.utilities'})


class DefaultContext(Context):  # type: ignore[misc]
    """rclpy's default context of a node process; it is valid until ``close()``."""

    def __init__(self) -> None:
        """Become the default context."""
        super().__init__()
        self._end: Callable[[], None] = lambda: None
        self._is_ending: Callable[[], bool] = lambda: False
        self._requested = False
        with rclpy.utilities.g_context_lock:
            rclpy.utilities.g_default_context = self

    def serve(self, end: Callable[[], None], is_ending: Callable[[], bool]) -> None:
        """
        Say what it is the context of.

        :param end: called when the author's code shuts it down
        :param is_ending: whether the author's loops are to end, which ask ``rclpy.ok()``
        """
        self._end = end
        self._is_ending = is_ending

    def ok(self) -> bool:
        """Return whether it may be used; the author's loops end when the node is to end."""
        ok = bool(super().ok())
        module = sys._getframe(1).f_globals.get('__name__') or ''
        if module.startswith(('rclpy.', 'nevil_nodes.node.')) and module not in _ASK_FOR_AUTHOR:
            return ok
        return ok and not self._requested and not self._is_ending()

    def shutdown(self) -> None:
        """Ask for the end of the node; its ``stop()`` and ``cleanup()`` may still use ROS."""
        if self._requested:
            raise RuntimeError('the context has been shut down before')
        self.try_shutdown()

    def try_shutdown(self) -> None:
        """Ask for the end of the node."""
        self._requested = True
        _set_global_executor(None)
        self._end()

    def close(self) -> None:
        """Shut it down indeed."""
        self._requested = True
        super().try_shutdown()


class _SpinFunctions:
    """
    The executor behind ``rclpy.spin()``, ``spin_once()`` and ``spin_until_future_complete()``.

    In the thread of the process's executor it is that one. In any other thread nodes of the
    author get an executor of the thread, and those of the process are waited for.
    """

    def __init__(self, executor: NodeExecutor) -> None:
        self._executor = executor
        self._own_thread = threading.get_ident()
        self._local = threading.local()

    def __getattr__(self, name: str) -> Any:
        """Be the process's executor in everything else."""
        return getattr(self._executor, name)

    def add_node(self, node: Any) -> bool:
        """Add a node for the calling thread; those of the process stay where they are."""
        if node in self._executor.get_nodes():
            return False
        self._nodes().add(node)
        return bool(self._target().add_node(node))

    def remove_node(self, node: Any) -> None:
        """Remove a node that this thread has added."""
        if node in self._nodes():
            self._target().remove_node(node)
            self._nodes().discard(node)

    def spin_once(self, timeout_sec: float | None = None) -> None:
        """Execute one callback, or wait until the process's executor has."""
        target = self._target()
        if target is None:
            self._executor.wait_for_turn(timeout_sec)
        else:
            target.spin_once(timeout_sec)

    def spin_until_future_complete(self, future: Any, timeout_sec: float | None = None) -> None:
        """Execute callbacks until a future is done, or wait until it is."""
        target = self._target()
        if target is None:
            future.add_done_callback(lambda _: self._executor.tell())
            self._executor.wait_for_turn(timeout_sec, future)
        else:
            target.spin_until_future_complete(future, timeout_sec)

    def _nodes(self) -> set[Any]:
        """Return the nodes that this thread has added."""
        nodes: set[Any] = self._local.__dict__.setdefault('nodes', set())
        return nodes

    def _target(self) -> Any:
        """Return the executor of this thread; None where it has no nodes of its own."""
        if threading.get_ident() == self._own_thread:
            return self._executor
        if not self._nodes():
            return None
        if 'executor' not in self._local.__dict__:
            self._local.executor = SingleThreadedExecutor(context=self._executor.context)
        return self._local.executor


def offer_executor(executor: NodeExecutor) -> None:
    """Let rclpy's functions that spin use the executor of the process."""
    _set_global_executor(_SpinFunctions(executor))


def _set_global_executor(executor: Any) -> None:
    # There is no other way in; a release of rclpy without it makes an executor of its own.
    if hasattr(rclpy, '__executor'):
        setattr(rclpy, '__executor', executor)
