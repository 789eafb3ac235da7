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

"""Probes that ask a ROS 2 service of a node: its parameters, its lifecycle state, any other."""

from __future__ import annotations

from collections.abc import Callable
import importlib
from typing import Any

from lifecycle_msgs.srv import GetState
from nevil_health.monitor.polled import keep_apart
from nevil_health.monitor.polled import Polled
from nevil_health.monitor.probes.prober import Outcome
from rcl_interfaces.srv import GetParameters
from rclpy.node import Node

__all__ = ['lifecycle_prober', 'load_type', 'parameters_prober', 'service_prober']


class ServiceProber:
    """
    Asks a service; its client lives as long as the process, so that a try needs no discovery.

    The executor does not wait for the answer (see ``Polled``): it is looked for each turn.

    :param find_type: returns the service's type, None while no node offers it
    :param interpret: returns what an answer proves
    """

    silent = True
    turn_at = float('inf')

    def __init__(self, node: Node, name: str, what: str, find_type: Callable[[], Any],
                 interpret: Callable[[Any], Outcome]) -> None:
        """Ask nobody yet."""
        self.what = what
        self._node, self._name = node, name
        self._find_type, self._interpret = find_type, interpret
        self._client: Any = None
        self._sent: int | None = None

    def turn(self, at: float, lost_s: float) -> None:
        """Do nothing: answers are read while they are waited for."""

    def begin(self, at: float, lost_s: float) -> None:
        """Ask as soon as the service is connected: asked before, the request would be lost."""
        self._sent = None

    def poll(self, at: float) -> Outcome | None:
        """Return what the answer proves, if it is there."""
        if self._client is None:
            kind = self._find_type()
            if kind is None:
                return None
            self._client = self._node.create_client(kind, self._name, callback_group=Polled())
            keep_apart(self._node._clients, self._client)
        handle = self._client.handle
        with handle:
            if self._sent is None:
                if handle.service_server_is_available():
                    self._sent = handle.send_request(self._client.srv_type.Request())
                return None
            while True:  # late answers to earlier tries come first
                header, answer = handle.take_response(self._client.srv_type.Response)
                if header is None:
                    return None
                if header.request_id.sequence_number == self._sent:
                    return self._interpret(answer)

    def give_up(self) -> str:
        """Say whether there was nobody to answer, or no answer."""
        return 'no answer' if self._sent is not None else 'no node offers it'

    def reachable(self) -> bool:
        """Return whether the middleware is connected to the service."""
        return self._client is not None and bool(self._client.service_is_ready())

    def close(self) -> None:
        """Drop the client."""
        if self._client is not None:
            self._client.destroy()


def parameters_prober(node: Node, address: str) -> ServiceProber:
    """Ask for no parameter at all: the cheapest request that the node's own executor answers."""
    return ServiceProber(node, f'/{address}/get_parameters', 'parameters',
                         lambda: GetParameters, lambda _: Outcome(True))


def lifecycle_prober(node: Node, address: str, state: str) -> ServiceProber:
    """Ask for the lifecycle state."""
    def interpret(answer: Any) -> Outcome:
        is_now = answer.current_state.label
        return Outcome(is_now == state, f'it is {is_now}')

    return ServiceProber(node, f'/{address}/get_state', f'lifecycle {state}', lambda: GetState,
                         interpret)


def service_prober(node: Node, name: str) -> ServiceProber:
    """Call any service with an empty request."""
    def find_type() -> Any:
        for known, types in node.get_service_names_and_types():
            if known == name:
                return load_type(types[0])
        return None

    def interpret(answer: Any) -> Outcome:
        success = getattr(answer, 'success', True)
        said = getattr(answer, 'message', '')
        return Outcome(success is not False, f'it reports a failure: {said}')

    return ServiceProber(node, name, f'service {name}', find_type, interpret)


def load_type(name: str) -> Any:
    """
    Return the Python class of an interface, ``std_srvs/srv/Trigger``.

    :raises ImportError: it is not installed where the health node runs; AttributeError likewise
    """
    package, kind, what = name.split('/')
    return getattr(importlib.import_module(f'{package}.{kind}'), what)
