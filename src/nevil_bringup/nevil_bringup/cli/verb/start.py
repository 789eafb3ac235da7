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

"""Launch the Nevil system."""

from __future__ import annotations

from argparse import Namespace
import json
import os
import sys
import time
from typing import Any

from nevil_bringup.api.build import build_messages
from nevil_bringup.api.launch import follow_until_settled
from nevil_bringup.api.launch import TimedOut
from nevil_bringup.api.launch import wait_for_socket
from nevil_bringup.api.neighbours import in_domain
from nevil_bringup.api.neighbours import port_problem
from nevil_bringup.api.prepare import check
from nevil_bringup.api.prepare import load
from nevil_bringup.api.project_status import status_of
from nevil_bringup.api.ros2launch import become_launch
from nevil_bringup.api.ros2launch import start_launch
from nevil_bringup.api.supervisor_process import early_output
from nevil_bringup.api.supervisor_process import launch_supervisor
from nevil_bringup.api.take_over import take_over
from nevil_bringup.cli.beside import Beside
from nevil_bringup.cli.changes import change_lines
from nevil_bringup.cli.progress import Progress
from nevil_bringup.cli.start_options import add_arguments
from nevil_bringup.control.client import ControlClient
from nevil_bringup.control.client import Disconnected
from nevil_bringup.control.client import Refused
from nevil_bringup.control.connect import connect
from nevil_bringup.errors import EXIT_DEGRADED
from nevil_bringup.errors import EXIT_INTERRUPTED
from nevil_bringup.errors import EXIT_OK
from nevil_bringup.errors import UserError
from nevil_bringup.paths import ProjectPaths
from nevil_bringup.printing.terminal import colours_wanted
from nevil_bringup.printing.terminal import paint
from nevil_bringup.project import find_paths
from nevil_health.control.events import StateChanged
from nevil_health.control.session import Ping
from nevil_nodes.declarations import Plan

__all__ = ['EPILOG', 'add_arguments', 'prepare', 'run']

EPILOG = """\
Nothing starts if 'nevil validate' refuses the project. A running system takes over what has
changed since: it starts new nodes, stops removed ones and restarts those whose files or messages
are others now. All other nodes keep running.
If LogScope cannot be opened, a message says why, and the system starts without it.

exit codes: 0 every node is ready (also if the system was running already); 1 not, with the reason;
            130 Ctrl-C: the system keeps running (with --foreground: it was stopped)

examples:
    nevil start
    nevil start --project robots/my_robot --timeout 60
    nevil start --foreground
    nevil start --logscope"""

_READY_S = 30.0
_SHOWN = frozenset({'ready', 'completed', 'failed', 'backoff', 'unhealthy', 'paused'})
_FINE = frozenset({'ready', 'completed', 'disabled', 'stopped'})


def run(options: Namespace) -> int:
    """Start the system; with ``--watch``, take over edits from then on."""
    if options.watch and options.foreground:
        raise UserError('--watch and --foreground: one terminal cannot do both')
    code = _start(options)
    if options.watch and code in (EXIT_OK, EXIT_DEGRADED):
        from nevil_bringup.cli.edits import watch_edits
        return watch_edits(find_paths(options.project, launched=False))
    return code


def _start(options: Namespace) -> int:
    started = time.monotonic()
    paths = find_paths(options.project, launched=False)
    say = _Report(started, quiet=options.json)
    client = connect(paths)
    if client is not None:
        return _already(client, paths, options, say)
    plan = prepare(paths, quiet=options.json)
    _warn_of_neighbours(plan, paths)
    _warn_of_port(plan)
    if options.foreground and options.launch:
        become_launch(paths, logscope=options.logscope)
    if options.foreground:
        from nevil_bringup.cli.verb.foreground import run_foreground
        return run_foreground(paths, plan, logscope=options.logscope)
    say = _Report(time.monotonic(), quiet=options.json)  # without the time of a build
    say.line(f'starting {plan.project} in {paths.project}')
    timeout_s = plan.ready_timeout_s if options.timeout is None else options.timeout
    wait = bool(plan.processes) and (
        plan.wait_for_healthy if options.wait is None else options.wait)
    process = (start_launch(paths) if options.launch
               else launch_supervisor(paths, plan, attached=False))
    try:
        client, ours = wait_for_socket(paths, process)
    except TimedOut as error:
        raise UserError('\n  '.join([str(error), *early_output(paths)])) from None
    if not ours and not options.launch:
        return _already(client, paths, options, say)
    logscope = Beside(paths, plan, options.logscope)
    exit_code = _follow(
        client, paths, say, timeout_s=timeout_s, wait=wait, as_json=options.json)
    logscope.tell(quiet=options.json)
    return exit_code


def prepare(paths: ProjectPaths, *, quiet: bool) -> Plan:
    """
    Check the project and build its messages where they are stale.

    :raises UserError: it has errors, which are printed, or cannot be built
    """
    result = check(paths)
    if result.problems and not quiet:
        count = len(result.problems)
        print(f'{count} warning{"s" if count > 1 else ""}; nevil validate shows more')
    with Progress(sys.stderr if quiet else sys.stdout) as progress:
        build_messages(result, progress)
    assert result.plan is not None
    return result.plan


def _warn_of_neighbours(plan: Plan, paths: ProjectPaths) -> None:
    """Print which robots share the domain of this one."""
    domain = {**os.environ, **plan.environment}.get('ROS_DOMAIN_ID') or '0'
    others = in_domain(domain, paths)
    if others:
        print(f'{" and ".join(others)} already in ROS domain {domain}: nodes and topics of the '
              'same name are one; set another ROS_DOMAIN_ID in .env to keep the robots apart',
              file=sys.stderr, flush=True)


def _warn_of_port(plan: Plan) -> None:
    """Print that metrics will not be served, if another program has the port."""
    address, port = plan.alerts.prometheus_address, plan.alerts.prometheus_port
    problem = port_problem(address, port) if port is not None else ''
    if problem:
        print(f'monitoring.prometheus: {address} port {port}: {problem}: no page is served; set '
              'another monitoring.prometheus.port, or stop the program that uses it',
              file=sys.stderr, flush=True)


def _already(
    client: ControlClient, paths: ProjectPaths, options: Namespace, say: _Report,
) -> int:
    status = status_of(client)
    note = f'{paths.project.name} is already running (pid {status.get("pid")})'
    if options.foreground:
        raise UserError(f'{note}; nevil logs -f follows it')
    if status['state'] == 'stopping':
        raise UserError(f'{note} and stopping; start it again when it has ended')
    say.line(note)
    _take_over(client, paths, options, say)
    timeout_s = _READY_S if options.timeout is None else options.timeout
    middleware = client.request(Ping()).middleware if options.logscope else None
    exit_code = _follow(client, paths, say, timeout_s=timeout_s, wait=options.wait is not False,
                        as_json=options.json)
    if options.logscope:
        Beside(paths, load(paths).plan, True, middleware).tell(quiet=options.json)
    return exit_code


def _take_over(
    client: ControlClient, paths: ProjectPaths, options: Namespace, say: _Report,
) -> None:
    """
    Let the running system go on with the files as they are now, and say what is new.

    :raises UserError: it cannot; nothing has changed then
    """
    if not (paths.project / '.nodes').is_file():
        return  # the robot of a launch file
    try:
        taken = take_over(client, prepare(paths, quiet=options.json))
    except (UserError, Refused) as error:
        raise UserError(f'{error}; the system goes on as it was') from None
    for line in change_lines(taken):
        say.line(f'  {line}')


def _follow(
    client: ControlClient, paths: ProjectPaths, say: _Report, *, timeout_s: float, wait: bool,
    as_json: bool,
) -> int:
    exit_code = EXIT_OK
    with client:
        try:
            if wait:
                settled = follow_until_settled(
                    client, time.monotonic() + timeout_s, say.state)
                exit_code = EXIT_OK if settled == 'ready' else EXIT_DEGRADED
            document = status_of(client)
        except TimedOut:
            document = status_of(client)
            exit_code = EXIT_OK if document['state'] == 'ready' else EXIT_DEGRADED
        except Disconnected as error:
            raise UserError(f'{error}; nevil logs system shows why') from None
        except KeyboardInterrupt:
            print("started nodes keep running; 'nevil stop' stops them", file=sys.stderr)
            return EXIT_INTERRUPTED
    if as_json:
        print(json.dumps(document))
    elif exit_code == EXIT_OK:
        say.ready(document, wait)
    if exit_code != EXIT_OK:
        print('\n  '.join([f'nevil: {_not_ready(document, timeout_s)}',
                           *_errors(document, paths)]), file=sys.stderr)
    return exit_code


def _not_ready(document: dict[str, Any], timeout_s: float) -> str:
    nodes = [node for node in document['nodes'] if node['state'] not in _FINE]
    why = ', '.join(f'{node["name"]} is {node["state"]}'
                    + (f' ({node["reason"]})' if node.get('reason') else '') for node in nodes)
    when = f'not ready after {timeout_s:g} s' if document['state'] == 'starting' else 'not ready'
    return f"{document['project']} is {when}: {why or document['state']}; 'nevil logs' shows more"


def _errors(document: dict[str, Any], paths: ProjectPaths) -> list[str]:
    from nevil_bringup.api.last_error import HEALTH_NODE
    from nevil_bringup.api.last_error import last_error
    from nevil_bringup.api.last_error import NO_HEALTH_NODE
    names = [node['name'] for node in document['nodes']
             if node['state'] not in _FINE | {'waiting'}]
    if NO_HEALTH_NODE in (document.get('health') or {}).get('causes', ()):
        names.insert(0, HEALTH_NODE)  # nobody is ready without it
    found = {name: last_error(paths, name, document['uptime_s']) for name in names}
    return [f'{name}: {error}' for name, error in found.items() if error]


class _Report:
    """Print what happens, line by line."""

    def __init__(self, started: float, *, quiet: bool) -> None:
        self._started = started
        self._quiet = quiet
        self._coloured = colours_wanted()

    def line(self, text: str) -> None:
        if not self._quiet:
            print(text, flush=True)

    def state(self, event: StateChanged) -> None:
        state = event.new
        if state not in _SHOWN:
            return
        detail = event.reason
        if state == 'ready':
            detail = f'pid {event.pid}' if event.pid else ''
        since_s = max(event.at - self._started, 0.0)
        self.line(f'  {since_s:7.2f} s  {paint(f"{state:9}", state, self._coloured)} '
                  f'{event.node}  {detail}'.rstrip())

    def ready(self, document: dict[str, Any], waited: bool) -> None:
        took_s = time.monotonic() - self._started
        project, nodes = document['project'], document['nodes']
        if waited:
            count = sum(node['state'] == 'ready' for node in nodes)
            self.line(f'{project} is ready: {count} nodes, {took_s:.2f} s')
        else:
            self.line(f"{project} is starting; 'nevil status' shows how far it is")
