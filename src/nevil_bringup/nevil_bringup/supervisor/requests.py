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
from nevil_bringup.supervisor.joining import join
from nevil_bringup.supervisor.lock import logscope_status
from nevil_bringup.supervisor.status import status_document
from nevil_health.core import Event
from nevil_health.core import HoldRequested
from nevil_health.core import MuteRequested
from nevil_health.core import PauseRequested
from nevil_health.core import ReleaseRequested
from nevil_health.core import RestartRequested
from nevil_health.core import ResumeRequested
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
    'pause_node': PauseRequested,
    'resume_node': ResumeRequested,
    'hold_node': HoldRequested,
    'release_node': ReleaseRequested,
}
_MAX_SILENCE_S = 30 * 24 * 3600.0


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
            'transitioned': self._transitioned, 'alive': self._alive, 'ack': self._ack,
            'register': self._register, 'silence': self._silence, 'why': self._why,
            'history': self._history,
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
            health={one['node']: one for one in supervisor.judging.reports.nodes()},
            extra={'health': supervisor.judging.reports.system(),
                   'alerts': supervisor.judging.reports.alerts(),
                   'logscope': logscope_status(supervisor.paths),
                   'settled': supervisor.settled, **supervisor.own_pids(),
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
        unit = self._unit(name)
        if supervisor.shutting_down:
            raise RequestRefused('the system is stopping')
        before = supervisor.robot.core.view_of(unit)
        try:
            supervisor.robot.feed(_OPERATIONS[verb](at=supervisor.now(), unit=unit))
        except UnitRefused as refusal:
            raise RequestRefused(str(refusal)) from refusal
        supervisor.health.expectations_changed()
        after = supervisor.robot.core.view_of(unit)
        companions = [node for node in supervisor.members(unit) if node != name]
        note = f'composed with {", ".join(companions)}' if companions else ''
        return {'changed': before != after, 'state': after.state, 'note': note,
                'pending': supervisor.health.transitions.pending(unit)}

    def _unit(self, node: str) -> str:
        """
        Return the unit of a node.

        :raises RequestRefused: there is no such node
        """
        unit = self._supervisor.unit_of.get(node)
        if unit is None:
            known = sorted(self._supervisor.unit_of)
            hint = did_you_mean(node, known) or f'nodes: {", ".join(known)}'
            raise RequestRefused(f'there is no node {node!r}; {hint}')
        return unit

    def _register(self, _client: Client, args: dict[str, Any]) -> dict[str, Any]:
        join(self._supervisor, str(args.get('plan', '')))
        return {}

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

    def _samples(self, client: Client, args: dict[str, Any]) -> dict[str, Any]:
        self._supervisor.health.sampled(client, args)
        return {}

    def _ack(self, _client: Client, args: dict[str, Any]) -> dict[str, Any]:
        alert = str(args.get('alert', ''))
        known = {one['id'] for one in self._supervisor.judging.reports.alerts()}
        if alert not in known:
            self._unit(alert)
        changed = self._supervisor.judging.acknowledge(alert, str(args.get('reason') or ''))
        return {'changed': changed, 'note': ''}

    def _silence(self, _client: Client, args: dict[str, Any]) -> dict[str, Any]:
        name = str(args.get('name', ''))
        if name:
            self._unit(name)
        try:
            duration_s = float(args.get('duration_s') or 0.0)
        except (TypeError, ValueError):
            raise RequestRefused(f'{args["duration_s"]!r} is no number of seconds') from None
        if not 0.0 <= duration_s <= _MAX_SILENCE_S:
            raise RequestRefused(
                f'{duration_s:g} s is not between 0 and {_MAX_SILENCE_S:.0f} (30 days)')
        changed = self._supervisor.judging.silence(
            name, duration_s, str(args.get('reason') or ''))
        return {'changed': changed, 'note': ''}

    def _why(self, _client: Client, args: dict[str, Any]) -> dict[str, Any]:
        name = str(args.get('name', ''))
        if name:
            self._unit(name)
        return self._supervisor.judging.reports.why(name)

    def _history(self, _client: Client, args: dict[str, Any]) -> dict[str, Any]:
        names = args.get('names')
        if not isinstance(names, list):
            names = list(self._supervisor.unit_of)
        for name in names:
            self._unit(str(name))
        return {'nodes': {name: self._supervisor.judging.reports.history(name) for name in names}}
