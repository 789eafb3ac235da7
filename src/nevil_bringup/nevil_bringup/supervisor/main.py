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
The supervisor's process: lock, plan, log capture, signals, then the supervisor itself.

Exit status: 0 ended in order, 1 a node had failed (as a service: and that was why it ended), 2
could not start, 3 another one runs.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
import logging
import os
from pathlib import Path
import signal
import sys
from typing import TYPE_CHECKING
import uuid

from nevil_bringup.build import overlay_env
from nevil_bringup.capture.client import Capture
from nevil_bringup.control.holder import holder_of
from nevil_bringup.dds import run_env
from nevil_bringup.dds import security_env
from nevil_bringup.paths import file_problem
from nevil_bringup.paths import project_paths
from nevil_bringup.paths import ProjectPaths
from nevil_bringup.spawner.procfs import cookie
from nevil_bringup.spawner.procfs import stat as process_stat
from nevil_bringup.spawner.sweep import runs_of
from nevil_bringup.spawner.sweep import sweep
from nevil_bringup.supervisor.first_spawner import FirstSpawner
from nevil_bringup.supervisor.lock import ANOTHER_RUNS
from nevil_bringup.supervisor.lock import ProjectLock
from nevil_bringup.supervisor.notify import ServiceManager
from nevil_bringup.supervisor.orphans import Orphans
from nevil_bringup.supervisor.runtime_folder import make_kept
from nevil_bringup.supervisor.runtime_folder import make_runtime
from nevil_bringup.supervisor.runtime_folder import RuntimeFolder
from nevil_bringup.supervisor.successor import become_successor
from nevil_bringup.supervisor.successor import forget_successor
from nevil_nodes.declarations import from_json
from nevil_nodes.declarations.keystore import OPERATOR
from nevil_nodes.declarations.plan import Plan

if TYPE_CHECKING:
    from nevil_bringup.supervisor.console import Console

__all__ = ['main']

_log = logging.getLogger('supervisor')
# Seconds for our own last lines; the nodes' output has been written by then.
_CLOSE_S = 1.0
# Seconds for what capture of a run without supervisor still has to write.
_PARTS_END_S = 1.0
_COULD_NOT_START = 2
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main(argv: list[str] | None = None) -> int:
    """
    Supervise one project until it ends.

    :param argv: command line without the program's name
    :returns: the exit status
    """
    options = _parser().parse_args(argv)
    manager = ServiceManager(os.environ)
    paths = project_paths(options.project)
    try:
        make_runtime(paths)
        make_kept(paths)
        lock = ProjectLock(paths)
        if not lock.acquire():
            print(f'{paths.project}: another supervisor runs: {holder_of(paths)}', file=sys.stderr)
            return ANOTHER_RUNS
    except OSError as error:
        print(f'cannot start: {file_problem(error)}', file=sys.stderr)
        return _COULD_NOT_START
    try:
        plan = _given() if options.plan_stdin else _load(paths)
        if plan is None:
            return _COULD_NOT_START
        if plan.foreign:
            paths.desired.unlink(missing_ok=True)
        console = _console(paths, plan) if options.console else None
        supervising = _supervise(plan, paths, lock, manager, as_service=options.service)
        status = asyncio.run(supervising)
        if console is not None:
            console.close()
    finally:
        lock.release()
    if options.plan_stdin:
        become_successor(paths)
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog='nevil-supervisor', description=__doc__)
    parser.add_argument('--project', required=True, type=Path, help='folder of the project')
    parser.add_argument('--plan-stdin', action='store_true',
                        help='read the resolved plan from standard input instead of the files')
    parser.add_argument('--service', action='store_true',
                        help='a requested stop is not a failure, whatever the state of the nodes')
    parser.add_argument('--console', action='store_true', help='print the logs here too')
    return parser


def _given() -> Plan | None:
    """Return the plan of standard input; who has begun us may have none after all."""
    text = sys.stdin.read()
    return from_json(text) if text else None


def _load(paths: ProjectPaths) -> Plan | None:
    from nevil_msggen.problem import has_errors
    from nevil_nodes.declarations import load_project
    result = load_project(paths.project, environ=os.environ, logs=paths.logs)
    for problem in result.problems:
        if problem.severity == 'error':
            print(problem, file=sys.stderr)
    return None if has_errors(result.problems) else result.plan


def _console(paths: ProjectPaths, plan: Plan) -> Console:
    from nevil_bringup.supervisor.console import Console  # few need it
    return Console(paths.logs, [node.name for node in plan.nodes if node.quiet])


def _environment(plan: Plan) -> dict[str, str]:
    """Return the environment of the run: the project's messages, DDS within this host."""
    environ = {**os.environ, 'NEVIL_PROJECT': plan.directory}
    if not plan.foreign:
        environ.update(overlay_env(Path(plan.directory), os.environ))
        environ.update(run_env(environ, plan.environment))
        environ.update(security_env(plan.security.keystore, OPERATOR))
    return environ


def _end_leftovers(paths: ProjectPaths, run_id: str) -> None:
    """
    End what earlier runs left whose supervisor and spawner were both killed.

    We hold the project, so whatever still runs for it is a leftover, wherever its run was noted.
    """
    before = runs_of(paths.project) - _own_runs() - {run_id}
    ended = sum(sweep(run, parts_end_s=_PARTS_END_S) for run in before)
    if ended:
        _log.warning('ended %d processes left by an earlier run', ended)
    forget_successor(paths)


def _own_runs() -> set[str]:
    """Return the runs that started us: a node may start Nevil."""
    return {about.run_id for pid in (os.getpid(), *_ancestors()) if (about := cookie(pid))}


def _ancestors() -> Iterator[int]:
    pid = os.getppid()
    while pid > 1:
        yield pid
        about = process_stat(pid)
        pid = about.parent if about is not None else 0


async def _supervise(
    plan: Plan, paths: ProjectPaths, lock: ProjectLock, manager: ServiceManager, *,
    as_service: bool,
) -> int:
    early: list[bool] = []
    # A stop that comes while the supervisor is being made is kept until it can be obeyed.
    _when_signalled(lambda: early.append(True))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)  # blocked by who became us, till now
    run_id = uuid.uuid4().hex
    runtime = RuntimeFolder(paths, lock, run_id)
    # For every process of the run: by this the next supervisor finds what it has left.
    environ = _environment(plan)
    capture = await Capture.launch(
        plan.logs, lambda status: _log.error('capture ended (status %d), started again', status),
        env={**environ, 'NEVIL_RUN_ID': run_id},
        copies=str(paths.copies) if plan.foreign else '')
    orphans, spawner = Orphans(), FirstSpawner()
    try:
        await spawner.begin(plan, run_id, environ, capture.system_fd)
        with _printing_to(capture.system_fd, plan.logs.level):
            # The larger part of what we load, while capture and spawner load what they need.
            from nevil_bringup.supervisor.supervisor import Supervisor
            _end_leftovers(paths, run_id)
            supervisor = Supervisor(
                plan, runtime=runtime, environ=environ, run_id=run_id, capture=capture,
                manager=manager, environment=_environment, launch=spawner.launch)
            _when_signalled(supervisor.ending.signalled)
            if early:
                return 0
            orphans.begin()
            _log.info('supervising %s in %s (run %s, pid %d)',
                      plan.project, plan.directory, run_id, os.getpid())
            status = await supervisor.run()
            _log.info('%s ended, status %d', plan.project, status)
            return 0 if as_service and supervisor.ending.asked else status
    finally:
        await spawner.close()
        orphans.close()
        await capture.close(_CLOSE_S)
        runtime.forget()


def _when_signalled(handle: Callable[[], object]) -> None:
    for number in _SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, handle)


@contextmanager
def _printing_to(fd: int, level: str) -> Iterator[None]:
    """Send to a pipe what is logged and printed; at the end it has one writer less."""
    # For what is printed after capture has ended, a traceback for one.
    saved = [os.dup(stream) for stream in (1, 2)]
    from nevil_bringup.supervisor.log import log_to
    log_to(fd, level)
    try:
        yield
    finally:
        for stream, original in enumerate(saved, start=1):
            os.dup2(original, stream)  # capture ends when nobody can write to it any more
            os.close(original)
