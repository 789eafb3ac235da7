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
What the health node asks of other nodes: lifecycle transitions, and signs of life of foreign ones.

Transitions are asked for by label, never by id: an illegal one by id ends a Jazzy rclpy node.
After a time-out the state is read before anything is concluded.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Generator
import time
from typing import Any
from typing import NamedTuple

from lifecycle_msgs.srv import ChangeState
from lifecycle_msgs.srv import GetState
from nevil_health.monitor.calls import Call
from rcl_interfaces.srv import ListParameters

__all__ = ['GOALS', 'bring_up', 'Inner', 'read_state', 'ReadinessProbes', 'transition']

# As long as the default of runtime.startup_timeout: a transition may open a device.
TRANSITION_TIMEOUT_S = 30.0
# A parameter service of a node is seen within this time, on a busy machine too.
ALIVE_S = 2.0
# A program that is no node after this time is taken for one without a node.
ABSENT_S = 10.0
GOALS = {'configure': 'inactive', 'activate': 'active', 'deactivate': 'inactive'}
_PRIMARY = ('unconfigured', 'inactive', 'active', 'finalized')
_CHANGE_S = 3.0
_ANSWER_S = 1.0
_PAUSE_S = 0.1

Inner = Generator[Call | float, Any, Any]


class ReadinessProbes(NamedTuple):
    """
    What the probes of a foreign node say.

    :param declared: somebody said what makes it ready; else it is that it answers
    :param passed: whether they found it ready
    :param seen: whether the ROS graph has the node
    :param answered: called when it has answered for its parameters
    """

    declared: bool
    passed: Callable[[], bool]
    seen: Callable[[], bool]
    answered: Callable[[], None]


def transition(node: str, label: str, wanted: Callable[[], bool]) -> Inner:
    """
    Bring a node to the state that a transition leads to, unless it is there.

    :param wanted: False as soon as the node is gone or the order is out of date
    :returns: '' if it is there, else why not, in words
    """
    goal = GOALS[label]
    deadline = time.monotonic() + TRANSITION_TIMEOUT_S
    state = yield from read_state(node)
    refused = False
    while wanted() and time.monotonic() < deadline:
        if state == goal:
            return ''
        if refused:
            return f'{label} was refused or failed, it is {state}'
        if state in _PRIMARY:
            # An answer may get lost. A node that reports its state has not got the request, so
            # it is asked again; what it has done already it refuses, and is where it should be.
            answer = yield Call(type=ChangeState, name=f'/{node}/change_state',
                                request=_change(label),
                                timeout_s=min(_CHANGE_S, deadline - time.monotonic()))
            if answer is not None and answer.success:
                return ''  # what it has become since is somebody else's doing
            refused = answer is not None
        else:
            yield _PAUSE_S
        state = yield from read_state(node)
    if not wanted():
        return 'it has ended meanwhile'
    if state == goal:
        return ''
    return f'not {goal} after {TRANSITION_TIMEOUT_S:.0f} s, it is {state or "silent"}'


def bring_up(node: str, *, lifecycle: Callable[[], bool], offers: Callable[[], bool],
             alive: Callable[[], bool], goal: Callable[[], str],
             probes: ReadinessProbes | None = None,
             load: Callable[[], Inner] | None = None) -> Inner:
    """
    Wait until a foreign node is ready; configure and activate it if it has a lifecycle.

    :param lifecycle: whether it is seen to offer ``change_state``
    :param offers: whether it is seen to offer parameter services
    :param alive: whether its process is still the one that is expected
    :param goal: the lifecycle state it should be in
    :param probes: what else makes it ready; None: nothing else does
    :param load: what is to be loaded into it before it is ready
    :returns: '' if it is ready, else why not, in words
    """
    started = time.monotonic()
    while alive():
        answered = yield from wait_for_answer(node)
        if answered:
            if probes is not None:
                probes.answered()
            break
        waited_s = time.monotonic() - started
        if probes is None:
            if waited_s >= ALIVE_S and not offers():
                return ''
        elif not offers() and (probes.passed() if probes.declared else waited_s >= (
                ALIVE_S if probes.seen() else ABSENT_S)):
            break
    for _ in range(2):  # its lifecycle services may be seen a moment later
        if not lifecycle():
            yield _PAUSE_S
    problem = (yield from _change_to(node, goal(), alive)) if lifecycle() else ''
    if not problem and load is not None:
        problem = yield from load()
    if problem:
        return problem
    while probes is not None and alive() and not probes.passed():
        yield _PAUSE_S
    return '' if alive() else 'it has ended meanwhile'


def _change_to(node: str, goal: str, alive: Callable[[], bool]) -> Inner:
    for label in ('configure',) if goal == 'inactive' else ('configure', 'activate'):
        if not (label == 'configure' and (yield from read_state(node)) == 'active'):
            problem = yield from transition(node, label, alive)
            if problem:
                return problem
    return ''


def wait_for_answer(node: str) -> Inner:
    """Return whether the node's parameter service answers soon."""
    answer = yield Call(type=ListParameters, name=f'/{node}/list_parameters',
                        request=ListParameters.Request(), timeout_s=0.25)
    return answer is not None


def read_state(node: str) -> Inner:
    """Return the label of the node's lifecycle state; None when it does not answer in time."""
    answer = yield Call(type=GetState, name=f'/{node}/get_state', request=GetState.Request(),
                        timeout_s=_ANSWER_S)
    return answer.current_state.label if answer is not None else None


def _change(label: str) -> Any:
    request = ChangeState.Request()
    request.transition.label = label
    return request
