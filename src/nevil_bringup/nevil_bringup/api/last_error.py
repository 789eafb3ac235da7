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

"""The newest error in a node's log, in one line."""

from __future__ import annotations

import time
from typing import Any

from nevil_bringup.paths import ProjectPaths
from nevil_nodes.logs import at_least
from nevil_nodes.logs import read_records

__all__ = ['HEALTH_NODE', 'NO_HEALTH_NODE', 'explained', 'last_error', 'with_last_errors']

HEALTH_NODE = 'nevil_health'  # its name in ROS, and that of its log
NO_HEALTH_NODE = 'no health node'  # what the evaluation says of its absence
_RECORDS = 200
_ERRORS = at_least('ERROR')
_FAILING = frozenset({'backoff', 'failed', 'unhealthy'})
# An end that says nothing by itself; why, the process has said before.
_SAYS_NOTHING = ('exit 1', 'exit status 1')


def last_error(paths: ProjectPaths, name: str, running_s: float) -> str:
    """
    Return what a node said last when it failed, empty where it said nothing.

    A traceback counts more than what was logged after it; the first line below its last frame
    names the exception.

    :param running_s: how long the system has been running: what is older does not count
    """
    since_ns = time.time_ns() - int(running_s * 1e9)
    try:
        records = [record.message.splitlines()
                   for record in read_records([paths.logs / f'{name}.log'], last=_RECORDS)
                   if record.at_ns >= since_ns and record.message and record.level in _ERRORS]
    except OSError:
        return ''
    for lines in reversed(records):
        begins = [at for at, line in enumerate(lines) if line.startswith('Traceback ')]
        if begins:
            return next((line for line in lines[begins[-1] + 1:] if line[:1].strip()), lines[-1])
    return records[-1][0] if records else ''


def with_last_errors(document: dict[str, Any], paths: ProjectPaths) -> dict[str, Any]:
    """Return the status with what each node that fails said last, as ``last_error``."""
    uptime_s = document.get('uptime_s')
    if uptime_s is None or not any(node['state'] in _FAILING for node in document['nodes']):
        return document
    nodes = [{**node, 'last_error': last_error(paths, node['name'], uptime_s)}
             if node['state'] in _FAILING else node for node in document['nodes']]
    return {**document, 'nodes': nodes}


def explained(answer: dict[str, Any], paths: ProjectPaths, running_s: float) -> dict[str, Any]:
    """
    Return the answer of ``why`` with what a process said, where a number alone says nothing.

    :param running_s: how long the system has been running
    """
    steps, told = [], set()
    for step in answer['steps']:
        detail = str(step['detail'])
        blind = not step['node'] and detail.startswith(NO_HEALTH_NODE)
        node = HEALTH_NODE if blind else step['node']
        if node and node not in told and (
                blind or step['what'] == 'error_rate'
                or step['what'] != 'do' and _says_nothing(detail)):
            told.add(node)
            error = last_error(paths, node, running_s)
            if error:
                step = {**step, 'detail': f'{detail}: {error}'}
        steps.append(step)
    return {**answer, 'steps': steps}


def _says_nothing(detail: str) -> bool:
    return any(detail == words or f': {words}' in detail or detail.startswith(f'{words},')
               or detail.startswith(f'{words};') for words in _SAYS_NOTHING)
