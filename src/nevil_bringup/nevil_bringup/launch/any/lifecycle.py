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

from typing import Any

import launch.logging
from launch_ros.actions import LifecycleNode
from lifecycle_msgs.msg import Transition

__all__ = ['note_transitions', 'repeat_transitions']

_ASKED = 'nevil_asked_transitions'
_UNDONE = {Transition.TRANSITION_DEACTIVATE: Transition.TRANSITION_ACTIVATE,
           Transition.TRANSITION_CLEANUP: Transition.TRANSITION_CONFIGURE}
_LABELS = {Transition.TRANSITION_CONFIGURE: 'configure',
           Transition.TRANSITION_ACTIVATE: 'activate'}


def note_transitions() -> None:
    """Remember on each action what launch asks its node for, from now on."""
    alone = LifecycleNode._call_change_state

    def call(action: Any, request: Any, context: Any) -> None:
        asked = vars(action).setdefault(_ASKED, [])
        wanted = request.transition.id
        if wanted in _LABELS:
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
    from nevil_bringup.launch.any.caller import Caller
    from nevil_health.monitor.lifecycle import transition
    caller, log = Caller(context), launch.logging.get_logger('nevil')

    def wanted() -> bool:
        return not context.is_shutdown

    try:
        for transition_id in asked:
            label = _LABELS[transition_id]
            problem = caller.run(transition(name.strip('/'), label, wanted), wanted)
            if problem and wanted():
                log.error(f'{name}: was started again and is not in the state that launch had '
                          f'asked for: {problem}')
            if problem or problem is None:
                return
        log.info(f'{name}: {len(asked)} transitions repeated')
    finally:
        caller.close()
