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
The CLI's commands as ROS services: handed to the supervisor, answered when it has answered.

Whoever is in the ROS domain may call them, so they are offered only where the project says
``security.ros_commands: true``. To read health, nobody has to be trusted.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
import math
from typing import Any
from typing import cast

from nevil_health.control.base import Request
from nevil_health.control.codec import Answer
from nevil_health.control.names import NODE_VERBS
from nevil_health.control.names import request_type
from nevil_health.control.operations import Acknowledge
from nevil_health.control.operations import Changed
from nevil_health.control.operations import NodeRequest
from nevil_health.control.operations import Operated
from nevil_health.control.operations import Silence
from nevil_health.monitor.control_link import ControlLink
from nevil_health.monitor.outputs.publisher import HealthPublisher
from nevil_health.monitor.polled import Polled
from nevil_msgs.srv import AcknowledgeAlert
from nevil_msgs.srv import GetHealth
from nevil_msgs.srv import NodeCommand
from nevil_msgs.srv import SilenceAlerts
from nevil_nodes.lazy_dataclass import dataclass
from rclpy.node import Node

__all__ = ['Services']

# docs/health.md promises a response within five seconds.
_DEADLINE_S = 5.0
# Anybody in the ROS domain may call: what waits is bounded.
_MAX_WAITING = 256
# Others must have their turn in the executor, whoever floods a service.
_MAX_AT_ONCE = 50
_MAX_NAMED = 5
# Nobody knows who asks; a silence that is forgotten ends by itself.
_MAX_SILENCE_S = 3600.0
_NO_SUPERVISOR = 'no supervisor is running'


@dataclass(frozen=True, slots=True)
class _Asked:
    service: Any
    header: Any
    node: str
    deadline: float


# From what a service was asked to what the supervisor is asked.
Read = Callable[[Any], Request[Any]]


class Services:
    """
    Answers requests without waiting for the answer of the supervisor.

    A coroutine that waits would keep rclpy's executor turning (7.1: it asks again and again), so
    requests are taken from the services by turns, and their answers sent when they are there.
    """

    def __init__(self, node: Node, link: ControlLink, outputs: HealthPublisher) -> None:
        """Offer the services."""
        self._node, self._link, self._outputs = node, link, outputs
        self._asked: dict[int, _Asked] = {}
        self._services: list[tuple[Any, Read]] = []
        self._health = self._create(GetHealth, 'get_health')

    def allow_commands(self, allowed: bool) -> None:
        """Offer the services that command, or withdraw them."""
        if allowed == bool(self._services):
            return
        if not allowed:
            self._withdraw()
            return
        for verb in NODE_VERBS:
            self._offer(NodeCommand, verb, _command(verb))
        self._offer(SilenceAlerts, 'silence', _silence)
        self._offer(AcknowledgeAlert, 'ack', lambda request: Acknowledge(
            alert=request.alert, reason=request.reason))
        self._node.get_logger().warning(
            'security.ros_commands: anyone in this ROS domain can stop, restart and hold nodes '
            'and silence alerts')

    def stop(self) -> None:
        """Withdraw all services."""
        self._withdraw()
        self._node.destroy_service(self._health)

    def _withdraw(self) -> None:
        for service, _ in self._services:
            self._node.destroy_service(service)
        self._services.clear()

    def poll(self, at: float) -> None:
        """Take the requests that wait; give up those that the supervisor does not answer."""
        for _, header in _waiting(self._health):
            self._health.send_response(self._outputs.last, header)
        for service, read in self._services:
            for request, header in _waiting(service):
                self._ask(service, header, request, read, at)
        for number in [number for number, asked in self._asked.items() if asked.deadline <= at]:
            self._refuse(self._asked.pop(number),
                         f'the supervisor did not answer within {_DEADLINE_S:.0f} s')

    def answer(self, answer: Answer) -> bool:
        """Hand on an answer of the supervisor; return whether somebody waits for it."""
        asked = self._asked.pop(answer.id, None)
        if asked is None:
            return answer.result is not None  # too late
        result = answer.result
        if not isinstance(result, (Changed, Operated)):
            self._refuse(asked, answer.error)
            return True
        response = asked.service.srv_type.Response(
            success=True, changed=result.changed, message=result.note)
        if isinstance(result, Operated):
            response.state = result.state or self._outputs.state_of(asked.node)
        asked.service.send_response(response, asked.header)
        return True

    def refuse_all(self) -> None:
        """Answer everybody who waits: there is no supervisor any more."""
        waiting, self._asked = self._asked, {}
        for asked in waiting.values():
            self._refuse(asked, _NO_SUPERVISOR)

    def _offer(self, kind: Any, name: str, read: Read) -> None:
        self._services.append((self._create(kind, name), read))

    def _create(self, kind: Any, name: str) -> Any:
        return self._node.create_service(
            kind, f'/nevil/{name}', lambda request, response: response, callback_group=Polled())

    def _ask(self, service: Any, header: Any, request: Any, read: Read, at: float) -> None:
        node = request.node if service.srv_type is NodeCommand else ''
        asked = _Asked(service, header, node, at + _DEADLINE_S)
        try:
            wanted = read(request)
        except ValueError as error:
            self._refuse(asked, str(error))
            return
        if len(self._asked) >= _MAX_WAITING:
            self._refuse(asked, f'{_MAX_WAITING} requests are already waiting for the supervisor')
            return
        self._node.get_logger().warning(
            f'{service.srv_name.rpartition("/")[2]} {_subject(wanted)}: requested over ROS, by '
            f'{self._callers(service)}')
        number = self._link.request(wanted)
        if number is None:
            self._refuse(asked, _NO_SUPERVISOR)
        else:
            self._asked[number] = asked

    def _callers(self, service: Any) -> str:
        """Return which nodes may have sent the request: rclpy does not say which of them did."""
        # As the middlewares of DDS name the topic of a service's requests.
        clients = self._node.get_publishers_info_by_topic(
            f'rq{service.srv_name}Request', no_mangle=True)
        names = {f'{one.node_namespace.rstrip("/")}/{one.node_name}' for one in clients}
        return ' or '.join(sorted(names)[:_MAX_NAMED]) or 'a node that is not visible'

    def _refuse(self, asked: _Asked, reason: str) -> None:
        response = asked.service.srv_type.Response(success=False, message=reason)
        if asked.node:
            response.state = self._outputs.state_of(asked.node)
        asked.service.send_response(response, asked.header)


def _waiting(service: Any) -> Iterator[tuple[Any, Any]]:
    """Yield the requests that wait for a service, with what their answers need."""
    for _ in range(_MAX_AT_ONCE):
        # Keeps the service alive in C while it is used (rclpy's handles are counted).
        with service.handle:
            request, header = service.handle.service_take_request(service.srv_type.Request)
        if header is None:
            return
        yield request, header


def _command(verb: str) -> Read:
    kind = cast('type[NodeRequest]', request_type(verb))
    return lambda request: kind(name=_text(request.node, 'node'))


def _silence(request: Any) -> Silence:
    if not (math.isfinite(request.duration) and request.duration >= 0):
        raise ValueError(f'duration: {request.duration} is not a number of seconds, 0 or more')
    if request.duration > _MAX_SILENCE_S:
        raise ValueError(
            f'duration: {request.duration:g} s is more than {_MAX_SILENCE_S:g}, the limit over '
            'ROS; nevil node silence on the robot allows more')
    return Silence(name=request.node, duration_s=request.duration,
                   reason=_text(request.reason, 'reason'))


def _subject(wanted: Any) -> str:
    """Return the node or alert that a request is about."""
    return wanted.alert if isinstance(wanted, Acknowledge) else wanted.name or '(all)'


def _text(text: str, what: str, most: int = 1000) -> str:
    if len(text) > most:
        raise ValueError(f'{what}: {len(text)} characters, at most {most} are allowed')
    return text
