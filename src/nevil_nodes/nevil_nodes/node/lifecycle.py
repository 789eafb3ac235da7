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
The lifecycle of a node, with the gaps of rclpy's closed.

rclpy 7 swallows what ``on_*`` raises, does not check what it returns, lets an illegal transition
by id end the process, and lets two threads interleave in one transition. Here exceptions are
logged, results checked, transitions serialised, and what cannot be done is answered with False.
"""

from __future__ import annotations

from collections.abc import Callable
import threading
from typing import Any

from lifecycle_msgs.msg import State
from nevil_nodes.node.author_forks import in_author_fork
from nevil_nodes.node.debugging import debug
from rclpy.impl.implementation_singleton import rclpy_implementation as _rclpy
from rclpy.lifecycle import LifecycleState
from rclpy.lifecycle import TransitionCallbackReturn

__all__ = ['HOOKS', 'Lifecycle']

_SUCCESS = TransitionCallbackReturn.SUCCESS
_ERROR = TransitionCallbackReturn.ERROR

_HOOK_OF_STATE = {
    State.TRANSITION_STATE_CONFIGURING: 'on_configure',
    State.TRANSITION_STATE_CLEANINGUP: 'on_cleanup',
    State.TRANSITION_STATE_SHUTTINGDOWN: 'on_shutdown',
    State.TRANSITION_STATE_ACTIVATING: 'on_activate',
    State.TRANSITION_STATE_DEACTIVATING: 'on_deactivate',
    State.TRANSITION_STATE_ERRORPROCESSING: 'on_error',
}
HOOKS = frozenset(_HOOK_OF_STATE.values())


class IllegalTransition(Exception):
    """The lifecycle does not have this transition in the present state."""


class Lifecycle:
    """
    Carries out the transitions of one node.

    :param machine: rclpy's state machine of the node
    :param run_hook: calls the node's ``on_*`` of this name with the previous state
    :param before: called with the state that was left, after the transition began
    :param after: called with the state that was reached
    """

    def __init__(
        self, machine: Any, run_hook: Callable[[str, LifecycleState], Any], *, logger: Any,
        count_error: Callable[[], None], before: Callable[[str], None],
        after: Callable[[str], None],
    ) -> None:
        """Take over the state machine."""
        self._machine = machine
        self._run_hook = run_hook
        self._logger = logger
        self._count_error = count_error
        self._before = before
        self._after = after
        self._lock = threading.RLock()

    @property
    def state(self) -> str:
        """Return the label of the present state, for example ``active`` or ``configuring``."""
        return str(self._machine.current_state[1])

    def change(self, transition: str | int) -> TransitionCallbackReturn:
        """
        Carry out a transition, one at a time.

        :param transition: its label (``configure``) or id
        :returns: what the node's hook returned; SUCCESS means that the goal state is reached
        :raises IllegalTransition: there is none of that name or id from here
        """
        with self._lock:
            previous_id, previous = self._machine.current_state
            try:
                number = transition if isinstance(transition, int) else \
                    self._machine.get_transition_by_label(transition)
                self._machine.trigger_transition_by_id(number, True)
            except _rclpy.RCLError as error:
                # It comes too when only its notice cannot be published: the context is gone.
                if self._machine.current_state[0] == previous_id:
                    raise IllegalTransition(
                        f'no transition {transition!r} in state {previous!r}') from error
            self._before(previous)
            state = LifecycleState(label=previous, state_id=previous_id)
            result = self._finish(state)
            if result == _ERROR:
                self._finish(state)
            self._after(self.state)
            return result

    def answer(self, request: Any, response: Any) -> Any:
        """Answer the ``change_state`` service."""
        transition = request.transition.label or int(request.transition.id)
        try:
            response.success = self.change(transition) == _SUCCESS
        except IllegalTransition as error:
            self._logger.warning(f'lifecycle: {error}; nothing changed')
            response.success = False
        return response

    def _finish(self, previous: LifecycleState) -> TransitionCallbackReturn:
        """Run the hook of the transition state and leave that state as it says."""
        hook = _HOOK_OF_STATE[self._machine.current_state[0]]
        result = _ERROR
        try:
            result = self._checked(hook, self._run_hook(hook, previous))
        except Exception as error:
            if in_author_fork():
                raise
            self._count_error()
            self._logger.error(
                f'{hook}() from state {previous.label!r} failed: {error!r}', exc_info=True)
            debug(error)
        finally:
            if not in_author_fork():
                self._leave(result.to_label())
        return result

    def _leave(self, label: str) -> None:
        before = self._machine.current_state[0]
        try:
            self._machine.trigger_transition_by_label(label, True)
        except _rclpy.RCLError:
            if self._machine.current_state[0] == before:
                raise

    def _checked(self, hook: str, result: Any) -> TransitionCallbackReturn:
        """Accept a transition result; None counts as success, since v3 hooks return nothing."""
        if isinstance(result, TransitionCallbackReturn):
            return result
        if result is None:
            self._logger.warning(
                f'{hook}() returned None, taken as success; '
                'return TransitionCallbackReturn.SUCCESS')
            return _SUCCESS
        self._count_error()
        self._logger.error(
            f'{hook}() returned {result!r}, which is not a TransitionCallbackReturn; '
            'the transition failed')
        return _ERROR
