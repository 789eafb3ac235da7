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

"""The probes of a node: what is asked of it from outside, and what is wrong in asking so."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping
from pathlib import Path
import re
import shutil
from typing import Any
from urllib.parse import urlsplit

from nevil_msggen.problem import Problem
from nevil_nodes.declarations.health_plan import ProbePlan
from nevil_nodes.declarations.node_draft import Node

__all__ = ['probe_plans', 'probe_problems', 'start_limit_s']

_ROLES = ('startup', 'readiness', 'liveness')
_KINDS = ('topic', 'parameters', 'lifecycle', 'service', 'tcp', 'http', 'exec', 'log')
_PERIOD_S = 5.0
# With two failures in a row, what hangs is found within two periods and a second; the rest of
# that second is for everything between the last try and the decision.
_TIMEOUT_S = 0.8
_FAILURES = 2
_LOOK_BACK = frozenset({'topic', 'log'})  # one look is at a whole period already
_NAME = re.compile(r'~?/?[A-Za-z_][A-Za-z0-9_]*(/[A-Za-z_][A-Za-z0-9_]*)*')
_MAX_PORT = 65535


def probe_plans(node: Node) -> dict[str, ProbePlan]:
    """
    Return the probes of a node by their role.

    An executable that says nothing else is asked for its parameters: it may be silent for as long
    as a node that sends heartbeats may.
    """
    plans = {}
    for role in _ROLES:
        given = node.settings.get(role) or {}
        kinds = _kinds(node, role, given)
        if not given.get('enabled', True):
            continue
        if len(kinds) == 1:
            plans[role] = _plan(node, role, kinds[0], given)
        elif _offers_parameters(node) and role != 'startup' and not given:
            silent_s = float(node.settings.get('monitoring', 'heartbeat_timeout'))
            plans[role] = ProbePlan(
                kind='parameters', target={'node': node.name}, period_s=silent_s / _FAILURES,
                timeout_s=min(_TIMEOUT_S, silent_s / _FAILURES), failure_threshold=_FAILURES,
                implied=True)
    return plans


def start_limit_s(node: Node, plans: Mapping[str, ProbePlan]) -> float:
    """Return how long the node may take to become ready: as long as its startup probe allows."""
    limit_s = float(node.settings.get('runtime', 'startup_timeout'))
    if 'startup' in plans and not node.settings.origin('runtime', 'startup_timeout').file:
        return max(limit_s, _allowed_s(plans['startup']))
    return limit_s


def probe_problems(node: Node, project: Path, path: str | None) -> Iterator[Problem]:
    """
    Return what is wrong in a node's probes.

    :param project: its folder, in which programs are looked for
    :param path: the PATH of the robot
    """
    for role in _ROLES:
        given = node.settings.get(role)
        if not isinstance(given, Mapping) or not given or not given.get('enabled', True):
            continue
        kinds = _kinds(node, role, given)
        if len(kinds) != 1:
            yield from _not_one(node, role, kinds)
            continue
        yield from _wrong_target(node, role, kinds[0], given)
        if kinds[0] == 'exec':
            yield from _no_program(node, role, given['exec'], project, path)
        yield from _wrong_times(node, role, kinds[0], given)


def _kinds(node: Node, role: str, given: Mapping[str, Any]) -> list[str]:
    """Return what is probed: of an executable its parameters, where only times are given."""
    kinds = [kind for kind in _KINDS if given.get(kind) not in (None, False)]
    only_times = given and role != 'startup' and not any(kind in given for kind in _KINDS)
    return ['parameters'] if only_times and _offers_parameters(node) else kinds


def _offers_parameters(node: Node) -> bool:
    return node.is_executable and not node.is_command


def _plan(node: Node, role: str, kind: str, given: Mapping[str, Any]) -> ProbePlan:
    period_s = float(given.get('period', _PERIOD_S))
    return ProbePlan(
        kind=kind, target=_target(node, kind, given.get(kind), period_s),  # type: ignore[arg-type]
        period_s=period_s, timeout_s=float(given.get('timeout', min(_TIMEOUT_S, period_s / 2))),
        failure_threshold=given.get('failure_threshold', _failures(kind)),
        success_threshold=given.get('success_threshold', 1),
        initial_delay_s=float(given.get('initial_delay', 0)))


def _failures(kind: str) -> int:
    return 1 if kind in _LOOK_BACK else _FAILURES


def _target(node: Node, kind: str, given: Any, period_s: float) -> dict[str, Any]:
    """Return what is asked, in one form for each kind."""
    if kind == 'topic':
        age_s = given.get('max_age', None if given.get('min_hz') else period_s)
        return {'name': given.get('name', ''), 'min_hz': given.get('min_hz'),
                'max_age_s': age_s or None}
    if kind == 'tcp':
        host, port = _host_port(given)
        return {'host': host or 'localhost', 'port': port or 0}
    if kind == 'http':
        return {'url': given if isinstance(given, str) else
                f"{given.get('scheme', 'http')}://{given.get('host', 'localhost')}"
                f":{given.get('port', 80)}/{given.get('path', '/').lstrip('/')}"}
    return {'exec': {'argv': given}, 'log': {'pattern': given}, 'service': {'name': given},
            'lifecycle': {'node': node.name, 'state': given},
            'parameters': {'node': node.name}}[kind]


def _host_port(given: Any) -> tuple[str, int | None]:
    if isinstance(given, Mapping):
        return given.get('host', ''), given.get('port')
    if isinstance(given, int):
        return '', given
    host, _, port = given.rpartition(':')
    return host.strip('[]'), int(port) if port.isdigit() else None


def _not_one(node: Node, role: str, kinds: list[str]) -> Iterator[Problem]:
    if kinds:
        places = ' and '.join(f'{kind} ({node.place(role, kind)})' for kind in kinds)
        yield node.problem((role, kinds[-1]), f'has {places}, and a probe is one of them',
                           f'keep one, or use another of {", ".join(_ROLES)}')
    else:
        yield node.problem((role,), 'does not say what to probe',
                           f'add one of {", ".join(_KINDS)}, or enabled: false')


def _wrong_target(
        node: Node, role: str, kind: str, given: Mapping[str, Any]) -> Iterator[Problem]:
    target: Any = given.get(kind)
    path = (role, kind)
    if kind == 'topic' and not target.get('name'):
        yield node.problem(path, 'needs topic.name', 'name the topic')
    elif kind in ('topic', 'service'):
        name = target['name'] if kind == 'topic' else target
        if not _NAME.fullmatch(name):
            yield node.problem((*path, 'name') if kind == 'topic' else path,
                               f"'{name}' is not a ROS name", 'write letters, digits, _ and /')
    elif kind == 'tcp':
        port = _host_port(target)[1]
        if port is None or not 0 < port <= _MAX_PORT:
            yield node.problem(path, f'{target!r} has no port',
                               'write a port (8080), or host:port')
    elif kind == 'http' and isinstance(target, str):
        yield from _wrong_url(node, path, target)
    elif kind == 'exec' and not target:
        yield node.problem(path, 'is empty', 'write the program and its arguments as a list')
    elif kind == 'log':
        try:
            re.compile(target)
        except re.error as error:
            yield node.problem(path, f'{target!r} is not a regular expression: {error}',
                               'correct it; a backslash before a special character takes it as it'
                               ' is')


def _wrong_url(node: Node, path: tuple[str, str], url: str) -> Iterator[Problem]:
    try:
        parts = urlsplit(url)
        right = parts.scheme in ('http', 'https') and parts.hostname and parts.port != 0
    except ValueError:
        right = False
    if not right:
        yield node.problem(path, f"'{url}' is not a URL of http or https",
                           'write http://localhost:8080/health')


def _no_program(
        node: Node, role: str, argv: list[str], project: Path,
        path: str | None) -> Iterator[Problem]:
    program = argv[0] if argv else ''
    if not program:
        return
    found = shutil.which(str(project / program)) if '/' in program else shutil.which(
        program, path=path)
    if found is None:
        where = '' if '/' in program else ' in PATH'
        yield node.problem(
            (role, 'exec', 0), f"there is no program '{program}'{where} that may be run",
            'correct its path (relative to the project), or make it executable with chmod +x',
            'warning')


def _wrong_times(
        node: Node, role: str, kind: str, given: Mapping[str, Any]) -> Iterator[Problem]:
    plan = _plan(node, role, kind, given)
    if plan.timeout_s > plan.period_s:
        yield node.problem(
            (role, 'timeout'), f'{plan.timeout_s:g} is more than the period, {plan.period_s:g}:'
            ' a try would begin before the last one has ended',
            f'write {plan.period_s:g} or less, or a longer period')
    if role != 'liveness' and kind == 'lifecycle' and given['lifecycle'] == 'inactive':
        yield node.problem((role, kind), 'Nevil activates a lifecycle node: it does not stay'
                           ' inactive', 'write lifecycle: active', 'warning')
    limit_s = float(node.settings.get('runtime', 'startup_timeout'))
    own = node.settings.origin('runtime', 'startup_timeout').file
    if role == 'startup' and own and limit_s < _allowed_s(plan):
        yield node.problem(
            ('runtime', 'startup_timeout'), f'{limit_s:g} ends it before the startup probe has'
            f' had its {plan.failure_threshold} failures ({_allowed_s(plan):g} s,'
            f' {node.place(role)})', 'remove one of the two', 'warning')


def _allowed_s(plan: ProbePlan) -> float:
    return plan.initial_delay_s + plan.failure_threshold * plan.period_s + plan.timeout_s
