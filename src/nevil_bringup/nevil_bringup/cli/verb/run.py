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

"""Run one node in this terminal, beside the robot or alone."""

from __future__ import annotations

from argparse import ArgumentParser
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
import os
from pathlib import Path
import signal
import subprocess
import sys

from nevil_bringup.api.launch import TimedOut
from nevil_bringup.api.nodes import operate
from nevil_bringup.build import overlay_env
from nevil_bringup.cli.verb.start import prepare
from nevil_bringup.control.client import ControlError
from nevil_bringup.control.connect import connect
from nevil_bringup.dds import middleware_env
from nevil_bringup.dds import run_env
from nevil_bringup.errors import UserError
from nevil_bringup.paths import ProjectPaths
from nevil_bringup.project import find_paths
from nevil_health.control.session import Ping
from nevil_health.control.status import GetStatus
from nevil_msggen.problem import did_you_mean
from nevil_nodes.declarations import Plan
from nevil_nodes.declarations.plan import ProcessPlan

__all__ = ['EPILOG', 'add_arguments', 'run']

EPILOG = """\
The node gets what it gets under Nevil: its command line, environment and messages. If the robot
runs the node already, that one is stopped, and started again at the end; nodes that require it
pause meanwhile. Nobody restarts the node that runs here.

With --pdb, the debugger opens where the node's code raises an exception. breakpoint() works
without it.

exit code: that of the node; 128 and the number of the signal that ended it

examples:
    nevil run camera
    nevil run camera --pdb"""

_STOP_S = 30.0


def add_arguments(parser: ArgumentParser) -> None:
    """Add what the verb takes."""
    parser.add_argument('node', help='the node')
    parser.add_argument('--pdb', action='store_true',
                        help='open the debugger where the code raises an exception')


def run(options: Namespace) -> int:
    """Run it until it ends, or Ctrl-C."""
    paths = find_paths(options.project, launched=False)
    plan = prepare(paths, quiet=False)
    process = _process_of(plan, options.node)
    with _in_place_of_the_robots(paths, options.node) as middleware:
        environ = _environment(plan, process, middleware)
        if options.pdb:
            environ['NEVIL_PDB'] = '1'
        status = _execute(plan, process, environ)
    return 128 - status if status < 0 else status


def _process_of(plan: Plan, name: str) -> ProcessPlan:
    """
    Return how a node is started, alone where it shares its process.

    :raises UserError: there is no such node, or it is disabled
    """
    for process in plan.processes:
        if name in process.nodes:
            break
    else:
        names = [node.name for node in plan.nodes]
        if name in names:
            raise UserError(f'{name} is disabled: change runtime.status in its .nodes')
        raise UserError(f'there is no node {name!r}; '
                        f'{did_you_mean(name, names) or "nodes: " + ", ".join(names)}')
    if len(process.nodes) == 1:
        return process
    return ProcessPlan(
        name=name, nodes=(name,), env=process.env, cwd=process.cwd,
        argv=(sys.executable, '-m', 'nevil_nodes.run', '--project', plan.directory,
              '--node', name))


@contextmanager
def _in_place_of_the_robots(paths: ProjectPaths, name: str) -> Iterator[dict[str, str] | None]:
    """
    Stop a node of the running robot for a while.

    :returns: what decides who hears whom in the robot, None where none runs
    :raises UserError: the node does not stop
    """
    client = connect(paths)
    if client is None:
        yield None
        return
    with client:
        node = next((one for one in client.request(GetStatus()).nodes if one.name == name), None)
        middleware = dict(client.request(Ping()).middleware or {})
        wanted = node is not None and node.state not in ('stopped', 'completed', 'disabled')
        try:
            if wanted:
                operate(client, 'stop', name, wait_s=_STOP_S)
                print(f'{name} of {paths.project.name} is stopped meanwhile', file=sys.stderr)
        except (ControlError, TimedOut) as error:
            raise UserError(str(error)) from None
    try:
        yield middleware
    finally:
        again = connect(paths) if wanted else None
        if again is not None:
            with again:
                operate(again, 'start', name, wait_s=None)
            print(f'{name} of {paths.project.name} is started again', file=sys.stderr)


def _environment(
    plan: Plan, process: ProcessPlan, middleware: dict[str, str] | None,
) -> dict[str, str]:
    environ = {**os.environ, **overlay_env(Path(plan.directory), os.environ)}
    if middleware is None:
        environ.update(run_env(environ, plan.environment))
    else:
        for name in middleware_env(environ):
            del environ[name]
        environ.update(middleware)
    return {**environ, **process.env, 'NEVIL_PROJECT': plan.directory}


def _execute(plan: Plan, process: ProcessPlan, environ: dict[str, str]) -> int:
    """Run the process in this terminal, which gives it Ctrl-C; return its status."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with subprocess.Popen(
                process.argv, cwd=process.cwd or plan.directory, env=environ,
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)) as child:
            for number in (signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, lambda number, _: child.send_signal(number))
            return child.wait()
    except OSError as error:
        raise UserError(f'{process.argv[0]}: {error.strerror}') from None
    finally:
        signal.signal(signal.SIGINT, before)
