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
"""The state of a robot, its nodes and its alerts in words: what every view of them says."""

from __future__ import annotations

from collections import Counter
from typing import Any

from nevil_bringup.printing.terminal import age_text
from nevil_bringup.printing.terminal import duration_text
from nevil_bringup.printing.terminal import paint
from nevil_bringup.printing.terminal import printable

__all__ = [
    'alert_notes', 'causes', 'followers', 'headline', 'health_text', 'state_text', 'why_text',
]

_IDLE = ('completed', 'stopped', 'disabled')
_BAD = ('degraded', 'unhealthy')


def system_state(document: dict[str, Any]) -> str:
    """Return the state of the robot: that of its nodes, or its health where that is worse."""
    state = str(document['state'])
    level = (document.get('health') or {}).get('level')
    if level in _BAD and state in ('ready', 'degraded'):
        return str(level) if state == 'ready' or level == 'unhealthy' else state
    return state


def headline(document: dict[str, Any], coloured: bool) -> str:
    """Return name and state of a robot, and how many of its nodes are ready."""
    state = system_state(document)
    shown = 'not running' if state == 'stopped' else state
    head = f'{document["project"]}: {paint(shown, shown, coloured)}'
    if document['nodes']:
        head += f', {_counts(document["nodes"])}'
    if document.get('uptime_s') is not None:
        head += f', up {duration_text(document["uptime_s"])}'
    return head


def causes(document: dict[str, Any]) -> list[str]:
    """Return why the robot is not healthy, root causes first."""
    return [printable(str(cause)) for cause in (document.get('health') or {}).get('causes') or ()]


def state_text(node: dict[str, Any]) -> str:
    """Return the state of a node, and what the operator did to it."""
    marks = [mark for mark in ('muted', 'held') if node.get(mark)]
    return str(node['state']) + (f' ({", ".join(marks)})' if marks else '')


def health_text(node: dict[str, Any]) -> str:
    """Return level and worst signal of a node; the signal alone where its reason stands beside."""
    level = str(node.get('health') or '-')
    if level not in _BAD or node['state'] != 'ready':
        return '-' if node['state'] in _IDLE else level
    cause = printable(str(node.get('cause') or '')).partition(',')[0]
    return f'{level}: {cause}' if cause else level


def why_text(node: dict[str, Any]) -> str:
    """Return why a node is in its state, empty for one that is ready."""
    paused_by = node.get('paused_by') or ()
    if paused_by:
        names = [paused_by] if isinstance(paused_by, str) else [str(name) for name in paused_by]
        root = node.get('root')
        deeper = f' (root cause: {root})' if root and root not in (*names, node['name']) else ''
        by = ', '.join('the operator' if name == 'operator' else name for name in names)
        return f'paused by {by}{deeper}'
    if node['state'] == 'ready':
        return ''
    said = [str(node[key]) for key in ('reason', 'last_error') if node.get(key)]
    return printable(': '.join(said))


def followers(alerts: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Return for each root cause, by its id and in order, the alerts that follow from it."""
    by_id = {alert['id']: alert for alert in alerts}
    found: dict[str, list[dict[str, Any]]] = {}
    for alert in alerts:
        root, seen = alert, {alert['id']}
        while root.get('root') in by_id and root['root'] not in seen:
            root = by_id[root['root']]
            seen.add(root['id'])
        followed = found.setdefault(root['id'], [])
        if root is not alert:
            followed.append(alert)
    return found


def alert_notes(alert: dict[str, Any], followed_by: list[dict[str, Any]]) -> str:
    """Return what else is to be known of an incident, in brackets; empty where nothing is."""
    notes = [f'{word}: {printable(str(alert[word]))}' for word in ('acknowledged', 'silenced')
             if alert.get(word)]
    if alert.get('flapping'):
        notes.append('flapping')
    if alert.get('restarts'):
        notes.append(f'{alert["restarts"]} restart{"" if alert["restarts"] == 1 else "s"}')
    if alert.get('count', 1) > 1:
        notes.append(f'{alert["count"]} times')
    if followed_by:
        names = sorted({one['node'] or 'the system' for one in followed_by})
        notes.append(f'{names_text(names)} suffer{"" if len(names) > 1 else "s"} from it')
    if alert.get('state') == 'resolved':
        over_s = float(alert.get('age') or 0) - float(alert.get('duration') or 0)
        notes.insert(0, f'resolved {age_text(over_s)} ago')
    return f' [{"; ".join(notes)}]' if notes else ''


def names_text(names: list[str], most: int = 4) -> str:
    """Return names in a row, the last ones only counted where they are many."""
    if len(names) > most:
        return f'{", ".join(names[:most - 1])} and {len(names) - most + 1} more'
    return ' and '.join(filter(None, [', '.join(names[:-1]), *names[-1:]]))


def _counts(nodes: list[dict[str, Any]]) -> str:
    """Return how many of the nodes that are to run are ready, and how many are not to run."""
    states = Counter(node['state'] for node in nodes)
    idle = [f'{states[state]} {state}' for state in _IDLE if states[state]]
    wanted = len(nodes) - sum(states[state] for state in _IDLE)
    return ', '.join([f'{states["ready"]} of {wanted} nodes ready', *idle])
