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

"""The lifecycle transitions that launch asked for, asked for again after a restart."""

from __future__ import annotations

import time
from typing import Any

import launch.logging
from launch_ros.actions import LifecycleNode
from launch_ros.ros_adapters import get_ros_node
from lifecycle_msgs.msg import State
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
from lifecycle_msgs.srv import GetState
from nevil_bringup.launch.any.components import wait_for

__all__ = ['note_transitions', 'repeat_transitions']

_ANSWER_S = 2.0
_TIMEOUT_S = 60.0
_ASKED = 'nevil_asked_transitions'
_UNDONE = {Transition.TRANSITION_DEACTIVATE: Transition.TRANSITION_ACTIVATE,
           Transition.TRANSITION_CLEANUP: Transition.TRANSITION_CONFIGURE}
_GOALS = {Transition.TRANSITION_CONFIGURE: State.PRIMARY_STATE_INACTIVE,
          Transition.TRANSITION_ACTIVATE: State.PRIMARY_STATE_ACTIVE}
_PRIMARY = frozenset({State.PRIMARY_STATE_UNCONFIGURED, State.PRIMARY_STATE_INACTIVE,
                      State.PRIMARY_STATE_ACTIVE})


def note_transitions() -> None:
    """Remember on each action what launch asks its node for, from now on."""
    alone = LifecycleNode._call_change_state

    def call(action: Any, request: Any, context: Any) -> None:
        asked = vars(action).setdefault(_ASKED, [])
        wanted = request.transition.id
        if wanted in _GOALS:
            asked.append(wanted)
        elif wanted in _UNDONE and _UNDONE[wanted] in asked:
            del asked[asked.index(_UNDONE[wanted]):]
        else:
            asked.clear()
        alone(action, request, context)
    LifecycleNode._call_change_state = call


def repeat_transitions(context: Any, action: Any, name: str) -> None:
    """
    Ask a node that was started again for what launch had asked it for.

    :param name: its full name
    """
    asked = list(vars(action).get(_ASKED, []))
    if not isinstance(action, LifecycleNode) or not asked:
        return
    context.add_completion_future(context.asyncio_loop.run_in_executor(
        None, _repeat, context, name, asked))


def _repeat(context: Any, name: str, asked: list[int]) -> None:
    node, log = get_ros_node(context), launch.logging.get_logger('nevil')
    change = node.create_client(ChangeState, f'{name}/change_state')
    state = node.create_client(GetState, f'{name}/get_state')
    try:
        for wanted in asked:
            if not _reach(context, change, state, wanted):
                if not context.is_shutdown:
                    log.error(f'{name}: was started again and is not in the state that launch '
                              f'had asked for (transition {wanted})')
                return
        log.info(f'{name}: {len(asked)} transitions repeated')
    finally:
        node.destroy_client(change)
        node.destroy_client(state)


def _reach(context: Any, change: Any, state: Any, wanted: int) -> bool:
    """Ask until the node is where it should be; a request to what it was before is lost."""
    deadline = time.monotonic() + _TIMEOUT_S
    while time.monotonic() < deadline and not context.is_shutdown:
        now = _answer(state, GetState.Request())
        if now is None or now.current_state.id not in _PRIMARY:
            continue
        if now.current_state.id == _GOALS[wanted]:
            return True
        request = ChangeState.Request()
        request.transition.id = wanted
        answer = _answer(change, request)
        if answer is not None and not answer.success:
            return False
    return False


def _answer(client: Any, request: Any) -> Any:
    if not client.wait_for_service(timeout_sec=_ANSWER_S):
        return None
    future = client.call_async(request)
    if wait_for(future, _ANSWER_S):
        return future.result()
    client.remove_pending_request(future)
    return None
