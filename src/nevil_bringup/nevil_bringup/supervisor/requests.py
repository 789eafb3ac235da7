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

"""Answer the verbs of the control socket."""

from __future__ import annotations

from collections.abc import Callable
import time
from typing import Any
from typing import TYPE_CHECKING

from nevil_bringup.control.server import Client
from nevil_bringup.control.server import RequestRefused
from nevil_bringup.supervisor.status import status_document
from nevil_health.core import Event
from nevil_health.core import MuteRequested
from nevil_health.core import RestartRequested
from nevil_health.core import StartRequested
from nevil_health.core import StopRequested
from nevil_health.core import UnitRefused
from nevil_health.core import UnmuteRequested
from nevil_msggen.problem import did_you_mean

if TYPE_CHECKING:
    from nevil_bringup.supervisor.supervisor import Supervisor

__all__ = ['Requests']

_OPERATIONS: dict[str, Callable[..., Event]] = {
    'start_node': StartRequested,
    'stop_node': StopRequested,
    'restart_node': RestartRequested,
    'mute_node': MuteRequested,
    'unmute_node': UnmuteRequested,
}


class Requests:
    """The verbs, each a small function; none of them waits."""

    def __init__(self, supervisor: Supervisor) -> None:
        """Remember whom to ask."""
        self._supervisor = supervisor
        self._started_at = time.monotonic()
        self._verbs: dict[str, Callable[[Client, dict[str, Any]], dict[str, Any]]] = {
            'ping': self._ping, 'status': self._status, 'shutdown': self._shutdown,
            'subscribe': self._subscribe, 'attach_health': self._attach_health,
            'verdict': self._verdict, 'samples': self._samples,
            'transitioned': self._transitioned, 'alive': self._alive,
        }

    def answer(self, client: Client, verb: str, args: dict[str, Any]) -> dict[str, Any]:
        """
        Carry out one request.

        :raises RequestRefused: unknown verb or node, or it cannot be done; the text says why
        """
        if verb in _OPERATIONS:
            return self._operate(verb, args)
        if verb not in self._verbs:
            hint = did_you_mean(verb, sorted([*self._verbs, *_OPERATIONS]))
            raise RequestRefused(f'unknown verb {verb!r}; {hint}'.rstrip('; '))
        return self._verbs[verb](client, args)

    def _ping(self, _client: Client, _args: dict[str, Any]) -> dict[str, Any]:
        plan = self._supervisor.plan
        return {'project': plan.project, 'directory': plan.directory,
                'pid': self._supervisor.own_pids()['pid'], 'version': 1,
                'middleware': self._supervisor.middleware}

    def _status(self, _client: Client, _args: dict[str, Any]) -> dict[str, Any]:
        supervisor = self._supervisor
        at = supervisor.now()
        units = supervisor.robot.core.view(at)
        running = supervisor.processes.running
        started_at = {unit: process.started_at for unit, process in running.items()}
        return status_document(
            supervisor.plan, {node: units[unit] for node, unit in supervisor.unit_of.items()},
            at=at, shutting_down=supervisor.shutting_down, started_at=started_at,
            samples=supervisor.health.samples, logs=supervisor.paths.logs,
            extra={'settled': supervisor.settled, **supervisor.own_pids(),
                   'uptime_s': round(at - self._started_at, 3)})

    def _shutdown(self, _client: Client, args: dict[str, Any]) -> dict[str, Any]:
        self._supervisor.request_shutdown(hurry=bool(args.get('hurry')))
        return {}

    def _subscribe(self, client: Client, _args: dict[str, Any]) -> dict[str, Any]:
        client.subscribed = True
        supervisor = self._supervisor
        at = supervisor.now()
        units = supervisor.robot.core.view(at)
        for node, unit in supervisor.unit_of.items():
            view = units[unit]
            client.send({'event': 'state', 'at': at, 'node': node, 'old': None,
                         'new': view.state, 'reason': view.reason, 'level': 'INFO',
                         'pid': view.pid})
        if supervisor.settled is not None:
            client.send({'event': 'settled', 'state': supervisor.settled})
        return {}

    def _operate(self, verb: str, args: dict[str, Any]) -> dict[str, Any]:
        supervisor = self._supervisor
        name = str(args.get('name', ''))
        unit = supervisor.unit_of.get(name)
        if unit is None:
            known = sorted(supervisor.unit_of)
            hint = did_you_mean(name, known) or f'nodes: {", ".join(known)}'
            raise RequestRefused(f'there is no node {name!r}; {hint}')
        if supervisor.shutting_down:
            raise RequestRefused('the system is stopping')
        before = supervisor.robot.core.view_of(unit)
        try:
            supervisor.robot.feed(_OPERATIONS[verb](at=supervisor.now(), unit=unit))
        except UnitRefused as refusal:
            raise RequestRefused(str(refusal)) from refusal
        supervisor.health.expectations_changed()
        after = supervisor.robot.core.view_of(unit)
        companions = [node for node, of in supervisor.unit_of.items()
                      if of == unit and node != name]
        note = f'composed with {", ".join(companions)}' if companions else ''
        return {'changed': before != after, 'state': after.state, 'note': note,
                'pending': unit in supervisor.health.pending}

    def _attach_health(self, client: Client, args: dict[str, Any]) -> dict[str, Any]:
        self._supervisor.health.attach(client, int(args.get('pid', 0)))
        return {}

    def _verdict(self, client: Client, args: dict[str, Any]) -> dict[str, Any]:
        self._supervisor.health.verdict(client, args)
        return {}

    def _alive(self, client: Client, _args: dict[str, Any]) -> dict[str, Any]:
        self._supervisor.health.alive(client)
        return {}

    def _transitioned(self, client: Client, args: dict[str, Any]) -> dict[str, Any]:
        self._supervisor.health.transitioned(client, args)
        return {}

    def _samples(self, _client: Client, args: dict[str, Any]) -> dict[str, Any]:
        nodes = args.get('nodes')
        if not isinstance(nodes, dict):
            raise RequestRefused('samples without nodes')
        known = self._supervisor.unit_of
        self._supervisor.health.samples = {
            name: sample for name, sample in nodes.items()
            if name in known and isinstance(sample, dict)}
        return {}
