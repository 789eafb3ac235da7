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

"""Let a command be in the environment of the robot's nodes: their domain, their messages."""

from __future__ import annotations

import os
import shutil
import sys

from nevil_bringup.build import overlay_env
from nevil_bringup.control.connect import connect
from nevil_bringup.dds import middleware_env
from nevil_bringup.dds import run_env
from nevil_bringup.paths import ProjectPaths
from nevil_bringup.project import find_paths
from nevil_health.control.session import Ping
from nevil_nodes.own_program import own_program

__all__ = ['enter_environment', 'hand_over']

_INSIDE = 'NEVIL_INSIDE'


def hand_over(argv: list[str]) -> list[str]:
    """
    Become ``ros2`` where that is installed, in the environment of the robot's nodes.

    Else come back in that environment.

    :param argv: the words after ``nevil``
    :returns: them without ``--project DIR``
    """
    if {'-h', '--help'} & set(argv) or len(argv) < 2:
        return argv
    project, words = _without_project(argv)
    paths = find_paths(project)
    client = connect(paths)
    if client is None:
        environ = {**os.environ, **overlay_env(paths.project, os.environ)}
        middleware = middleware_env({**environ, **run_env(environ, {})})
    else:
        with client:
            middleware = dict(client.request(Ping()).middleware or {})
    ros2 = shutil.which('ros2')
    if ros2 is not None:
        sys.stdout.flush()
        os.execve(ros2, ['ros2', *words], _environ(paths, middleware))
    enter_environment(paths, middleware)
    return words


def enter_environment(paths: ProjectPaths, middleware: dict[str, str]) -> None:
    """
    Run this program again in the environment of the nodes, where it is not that already.

    The messages of the project are found through it, and the loader reads it only at the start.

    :param middleware: variables of the running system, which may be of another terminal
    """
    environ = _environ(paths, middleware)
    if environ != dict(os.environ) and _INSIDE not in os.environ:
        environ[_INSIDE] = '1'
        sys.stdout.flush()
        os.execve(sys.executable, own_program('nevil_bringup', *sys.argv[1:]), environ)


def _without_project(argv: list[str]) -> tuple[str | None, list[str]]:
    project, words = None, list(argv)
    for at, word in enumerate(argv):
        if word == '--project' and at + 1 < len(argv):
            project, words = argv[at + 1], [*argv[:at], *argv[at + 2:]]
        elif word.startswith('--project='):
            project, words = word.partition('=')[2], [*argv[:at], *argv[at + 1:]]
    return project, words


def _environ(paths: ProjectPaths, middleware: dict[str, str]) -> dict[str, str]:
    environ = {**os.environ, **overlay_env(paths.project, os.environ)}
    for name in middleware_env(environ):
        del environ[name]
    return {**environ, **middleware}
