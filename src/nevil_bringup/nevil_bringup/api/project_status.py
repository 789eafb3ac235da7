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

"""Ask for the state of a project."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from nevil_bringup.control.client import ControlClient
from nevil_bringup.control.client import ControlError
from nevil_bringup.control.client import Unreachable
from nevil_bringup.control.connect import connect
from nevil_bringup.paths import ProjectPaths

__all__ = ['idle_status', 'node_names', 'open_alerts', 'read_status', 'status_of']


def read_status(paths: ProjectPaths, timeout_s: float = 2.0) -> dict[str, Any]:
    """
    Return the status document; ``state`` is ``stopped`` when nothing runs.

    :raises Unreachable: it is unknown whether something runs
    """
    try:
        client = connect(paths, timeout_s)
        if client is None:
            return idle_status(paths, 'stopped')
        with client:
            return status_of(client)
    except Unreachable:
        raise
    except ControlError as error:
        raise Unreachable(str(error)) from None


def status_of(client: ControlClient) -> dict[str, Any]:
    """Return the status as what ``--json`` prints, whatever a newer supervisor adds to it."""
    return client.document('status')


def idle_status(paths: ProjectPaths, state: str) -> dict[str, Any]:
    """Return the document of a project of which only the files can be seen."""
    from nevil_bringup.supervisor.lock import logscope_status
    return {'project': paths.project.name, 'directory': str(paths.project), 'state': state,
            'nodes': [], 'alerts': [], 'logscope': logscope_status(paths),
            'logs': _log_sizes(paths.logs)}


def node_names(paths: ProjectPaths) -> list[str]:
    """Return names to complete: of the running system, else of the folders; never fail."""
    try:
        with ControlClient(paths.socket, 0.5) as client:
            return [str(node['name']) for node in status_of(client)['nodes']]
    except (ControlError, KeyError, TypeError):
        pass
    try:
        return sorted(folder.name for folder in (paths.project / 'nodes').iterdir()
                      if folder.is_dir() and folder.name[0] not in '._')
    except OSError:
        return []


def open_alerts(paths: ProjectPaths) -> list[str]:
    """Return what can be acknowledged: nodes with open alerts, and ids of these; never fail."""
    try:
        with ControlClient(paths.socket, 0.5) as client:
            alerts = [alert for alert in status_of(client)['alerts']
                      if alert['state'] != 'resolved' and not alert['acknowledged']]
            return [*sorted({str(alert['node']) for alert in alerts if alert['node']}),
                    *(str(alert['id']) for alert in alerts)]
    except (ControlError, KeyError, TypeError):
        return []


def _log_sizes(folder: Path) -> list[dict[str, Any]]:
    try:
        with os.scandir(folder) as entries:
            logs = [{'name': entry.name[:-4], 'path': entry.path, 'bytes': entry.stat().st_size}
                    for entry in entries if entry.name.endswith('.log') and entry.is_file()]
    except OSError:
        return []
    return sorted(logs, key=lambda log: str(log['name']))
