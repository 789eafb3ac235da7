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

"""Show and change lifecycle states, in the words of ``ros2 lifecycle``."""

from __future__ import annotations

from typing import Any

from lifecycle_msgs.srv import ChangeState
from lifecycle_msgs.srv import GetAvailableTransitions
from lifecycle_msgs.srv import GetState
from nevil_bringup.errors import UserError
from nevil_bringup.graph.session import full_name
from nevil_bringup.graph.session import Session

__all__ = ['change', 'lifecycle_nodes', 'states', 'transitions']

_TYPE = 'lifecycle_msgs/srv/GetState'


def lifecycle_nodes(at: Session, wanted: str = '') -> list[str]:
    """Return the full names of the nodes that have a lifecycle, or of some with one wanted."""
    def look() -> list[str]:
        return sorted(name[:-len('/get_state')]
                      for name, types in at.node.get_service_names_and_types()
                      if name.endswith('/get_state') and _TYPE in types)
    return at.calm(look, lambda names: wanted in names)


def states(at: Session, node: str | None) -> list[str]:
    """
    Return a line with the state of a node, or of each.

    :raises UserError: there is no such node
    """
    lines = []
    for name in [_known(at, node)] if node else lifecycle_nodes(at):
        state = at.call(GetState, f'{name}/get_state', GetState.Request()).current_state
        lines.append(f'{"" if node else f"{name}: "}{state.label} [{state.id}]')
    return lines


def transitions(at: Session, node: str) -> list[str]:
    """
    Return lines with what is possible now.

    :raises UserError: there is no such node
    """
    return [f'- {one.transition.label} [{one.transition.id}]\n\tStart: {one.start_state.label}\n'
            f'\tGoal: {one.goal_state.label}' for one in _available(at, _known(at, node))]


def change(at: Session, node: str, wanted: str) -> str:
    """
    Change the state of a node; return what came of it.

    By its label: some nodes end at a number that is not possible now.

    :raises UserError: it is not possible, or has failed
    """
    name = _known(at, node)
    available = [one.transition for one in _available(at, name)]
    found = next((one for one in available if wanted in (one.label, str(one.id))), None)
    if found is None:
        raise UserError('Unknown transition requested, available ones are:' + ''.join(
            f'\n- {one.label} [{one.id}]' for one in available))
    request = ChangeState.Request()
    request.transition.id, request.transition.label = found.id, found.label
    if not at.call(ChangeState, f'{name}/change_state', request).success:
        raise UserError('Transitioning failed')
    return 'Transitioning successful'


def _available(at: Session, name: str) -> list[Any]:
    answer = at.call(GetAvailableTransitions, f'{name}/get_available_transitions',
                     GetAvailableTransitions.Request())
    return list(answer.available_transitions)


def _known(at: Session, node: str) -> str:
    if full_name(node) not in lifecycle_nodes(at, full_name(node)):
        raise UserError('Node not found')
    return full_name(node)
