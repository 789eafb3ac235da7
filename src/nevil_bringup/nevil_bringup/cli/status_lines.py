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
"""The state of a robot as lines for people."""

from __future__ import annotations

from typing import Any

from nevil_bringup.cli.alert_lines import alert_lines
from nevil_bringup.cli.wording import causes
from nevil_bringup.cli.wording import headline
from nevil_bringup.cli.wording import health_text
from nevil_bringup.cli.wording import state_text
from nevil_bringup.cli.wording import why_text
from nevil_bringup.printing.terminal import byte_text
from nevil_bringup.printing.terminal import duration_text
from nevil_bringup.printing.terminal import paint
from nevil_bringup.printing.terminal import table

__all__ = ['number_text', 'status_lines']

_HEAD = ('NODE', 'STATE', 'HEALTH', 'PID', 'UPTIME', 'RESTARTS', 'CPU %', 'MEMORY MB', 'WHY')
_RIGHT = frozenset({3, 4, 5, 6, 7})
_STATE, _HEALTH = 1, 2
_MOST_CAUSES = 3
_MOST_ALERTS = 5
_NO_LOGSCOPE = "not running; 'nevil monitor' opens it"
_HINT = "; 'nevil alerts' lists all, 'nevil why NODE' explains a node"


def status_lines(document: dict[str, Any], coloured: bool) -> list[str]:
    """Return all that ``nevil status`` prints."""
    head = headline(document, coloured)
    if document.get('pid'):
        head += f', supervisor pid {document["pid"]}'
    lines = [head, *_cause_lines(document)]
    if 'reason' in document:
        lines.append(document['reason'])
    if document['nodes']:
        lines += ['', *_node_lines(document['nodes'], coloured)]
    alerts = alert_lines(document.get('alerts') or [], coloured, most=_MOST_ALERTS, hint=_HINT)
    if alerts:
        lines += ['', *alerts]
    logs = ', '.join(f'{log["name"]} {byte_text(log["bytes"])}' for log in document['logs'])
    logscope = document.get('logscope') or {}
    pid = f' (pid {logscope["pid"]})' if logscope.get('pid') else ''
    return [*lines, '', f'Logs: {logs or "none"}',
            f'LogScope: {"running" + pid if logscope.get("running") else _NO_LOGSCOPE}']


def number_text(value: float | None) -> str:
    """Return a measured number, a dash where there is none."""
    return '-' if value is None else f'{value:.1f}'


def _cause_lines(document: dict[str, Any]) -> list[str]:
    found = causes(document)
    more = [f'and {len(found) - _MOST_CAUSES} more'] if len(found) > _MOST_CAUSES else []
    return [f'  {cause}' for cause in [*found[:_MOST_CAUSES], *more]]


def _node_lines(nodes: list[dict[str, Any]], coloured: bool) -> list[str]:
    rows = table([_HEAD, *map(_row, nodes)], _RIGHT)
    for row, node in zip(rows[1:], nodes):
        row[_STATE] = paint(row[_STATE], node['state'], coloured)
        row[_HEALTH] = paint(row[_HEALTH], str(node.get('health')), coloured)
    if not any(node.get('health') for node in nodes):
        for row in rows:
            del row[_HEALTH]
    return ['  '.join(row).rstrip() for row in rows]


def _row(node: dict[str, Any]) -> tuple[str, ...]:
    uptime = node.get('uptime_s')
    return (node['name'], state_text(node), health_text(node), str(node.get('pid') or '-'),
            '-' if uptime is None else duration_text(uptime), str(node.get('restarts') or 0),
            number_text(node.get('cpu_percent')), number_text(node.get('memory_mb')),
            why_text(node))
