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

"""The exact command line and environment of every process."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence
import re
import sys

from nevil_msggen.problem import Problem
from nevil_nodes.declarations.node_draft import Node
from nevil_nodes.declarations.plan import ProcessPlan

__all__ = ['is_secret', 'make_process', 'secrets']

NICE = {'high': -5, 'medium': 0, 'low': 10}
# Read once, when an interpreter or its libraries start: a fork would not see a change.
_AT_START = re.compile(r'LD_|PYTHON(?!PATH$|UNBUFFERED$)|RMW_|ROS_DISTRO|AMENT_|OMP_|OPENBLAS_')
_COMMON = ('ROS_DOMAIN_ID', 'RMW_IMPLEMENTATION')
# Whole words of a name: COMPASS, KEYBOARD and BYPASS hold no secret.
_WORD = re.compile('[A-Z]+(?![a-z])|[A-Z]?[a-z]+')
_SECRET = re.compile(
    'TOKENS?|KEYS?|(API|ACCESS|ENCRYPTION|MASTER|PRIVATE|SECRET|SIGNING|SSH)KEYS?|PASS'
    '|PASS(CODE|PHRASE)S?|[A-Z]*(PASSWORD|PASSWD|SECRET|TOKEN)S?|CREDENTIALS?')
# A shorter text ("on", "1234") would be found, and starred, in lines that hold no secret.
_SHORTEST_SECRET = 6


def make_process(
        name: str, nodes: Sequence[Node], *, project: str, shared: Mapping[str, str],
        environ: Mapping[str, str]) -> tuple[ProcessPlan, list[Problem]]:
    """
    Return the process of these nodes.

    :param shared: variables of the root file and of ``.env``
    :param environ: the environment on top of which they are set
    """
    env = dict(shared)
    problems = []
    for node in nodes:
        problems += _apart(node, {**environ, **shared})
        for key, value in node.environment.items():
            before = next((other for other in nodes if other is not node
                           and other.environment.get(key, value) != value), None)
            if before is not None and env.get(key) == before.environment[key]:
                problems.append(node.problem(
                    ('environment', key),
                    f"'{before.name}' in the same process has another value",
                    'use one value, or isolated_process: true', 'warning'))
            env[key] = value
    argv = nodes[0].argv
    if not argv:
        argv = (sys.executable or 'python3', '-m', 'nevil_nodes.run', '--project', project)
        argv += tuple(part for node in nodes for part in ('--node', node.name))
    fork = not nodes[0].argv and not any(
        _AT_START.match(key) and environ.get(key) != value for key, value in env.items())
    nice = min(NICE[node.settings.get('runtime', 'priority')] for node in nodes)
    return ProcessPlan(
        name=name, nodes=tuple(node.name for node in nodes), argv=argv, env=env, cwd=project,
        nice=nice, fork=fork, line_buffered=bool(nodes[0].argv) and bool(
            nodes[0].settings.get('runtime', 'line_buffered'))), problems


def _apart(node: Node, around: Mapping[str, str]) -> list[Problem]:
    """Warn about a node in a domain where nobody receives its heartbeat."""
    return [node.problem(
        ('environment', key), f"{value} is not that of the system ({around.get(key, 'not set')}): "
        'the other nodes and Nevil do not receive its messages',
        "set it in the root's environment or in .env", 'warning')
        for key, value in node.environment.items()
        if key in _COMMON and not node.argv and value != around.get(key)]


def is_secret(name: str) -> bool:
    """Return whether a variable of that name holds a secret."""
    words = [word.upper() for word in _WORD.findall(name)]
    return any(_SECRET.fullmatch(word) for word in words) or 'PWD' in words[1:]


def secrets(*environments: Mapping[str, str]) -> tuple[str, ...]:
    """Return the values to hide in logs, longest first; very short ones would hide everything."""
    values = {value for environment in environments for name, value in environment.items()
              if len(value) >= _SHORTEST_SECRET and is_secret(name)}
    return tuple(sorted(values, key=lambda value: (-len(value), value)))
