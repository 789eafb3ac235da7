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
"""Alerts as lines for people, one root cause after the other."""

from __future__ import annotations

from typing import Any

from nevil_bringup.cli.wording import alert_notes
from nevil_bringup.cli.wording import followers
from nevil_bringup.printing.terminal import age_text
from nevil_bringup.printing.terminal import paint
from nevil_bringup.printing.terminal import printable
from nevil_bringup.printing.terminal import table

__all__ = ['alert_lines', 'alert_table']

_HEAD = ('SEVERITY', 'STATE', 'NODE', 'SIGNAL', 'AGE', 'ID', 'WHAT')
_AGE = frozenset({4})


def alert_lines(
    alerts: list[dict[str, Any]], coloured: bool, *, most: int, hint: str = '',
) -> list[str]:
    """
    Return a heading and a line for each firing root cause; nothing where nothing fires.

    :param most: as many causes at most; the others are counted
    :param hint: appended to the heading
    """
    firing = [alert for alert in alerts if alert.get('state') == 'firing']
    followed = followers(firing)
    roots = [alert for alert in firing if alert['id'] in followed]
    if not roots:
        return []
    follow = len(firing) - len(roots)
    heading = f'Alerts: {len(roots)}' + (f', and {follow} that follow' if follow else '')
    shown = roots[:most]
    cells = table([(alert['severity'], alert['node'] or 'system', age_text(alert['age']))
                   for alert in shown], frozenset({2}))
    lines = [
        f'  {paint(row[0], alert["severity"], coloured)}  {row[1]}  {row[2]}  '
        f'{printable(alert["text"])}{alert_notes(alert, followed[alert["id"]])}'
        for alert, row in zip(shown, cells)]
    if len(roots) > most:
        lines.append(f'  and {len(roots) - most} more')
    return [f'{heading}{hint}', *lines]


def alert_table(alerts: list[dict[str, Any]], coloured: bool) -> list[str]:
    """Return every alert as a row, those that follow from another below it."""
    followed = followers(alerts)
    rows = []
    for alert in alerts:
        if alert['id'] in followed:
            rows.append((alert, '', followed[alert['id']]))
            rows += [(one, '  ', []) for one in followed[alert['id']]]
    cells = table([_HEAD, *(
        (alert['severity'], alert['state'], inset + (alert['node'] or 'system'), alert['signal'],
         age_text(alert['age']), alert['id'],
         printable(alert['text']) + alert_notes(alert, below))
        for alert, inset, below in rows)], _AGE)
    for row, (alert, _, _) in zip(cells[1:], rows):
        word = alert['state'] if alert['state'] != 'firing' else alert['severity']
        row[0] = paint(row[0], word, coloured)
    return ['  '.join(row).rstrip() for row in cells]
