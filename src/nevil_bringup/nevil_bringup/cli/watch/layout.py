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
"""What is known of a robot as the lines of a screen of any size."""

from __future__ import annotations

from datetime import datetime
import time
from typing import Any
from typing import NamedTuple

from nevil_bringup.cli.alert_lines import alert_lines
from nevil_bringup.cli.reasons import reason_lines
from nevil_bringup.cli.watch.columns import node_table
from nevil_bringup.cli.watch.feed import Seen
from nevil_bringup.cli.watch.paper import clip
from nevil_bringup.cli.watch.sparks import BLOCKS
from nevil_bringup.cli.wording import causes
from nevil_bringup.cli.wording import headline
from nevil_bringup.printing.terminal import age_text
from nevil_bringup.printing.terminal import paint
from nevil_bringup.printing.terminal import printable

__all__ = ['Choice', 'frame', 'Style']

_MOST_CAUSES = 3
_MOST_ALERTS = 5


class Style(NamedTuple):
    """How it may be drawn."""

    coloured: bool
    bars: str = BLOCKS
    keyboard: bool = True


class Choice(NamedTuple):
    """What the user has chosen: a node ('' for none), to see why, to be asked about a restart."""

    node: str = ''
    why: bool = False
    asking: bool = False


def frame(seen: Seen, choice: Choice, columns: int, lines: int, style: Style) -> list[str]:
    """Return at most as many lines as there is room for, none longer than there are columns."""
    head = _head(seen, style)
    foot = [_foot(seen, choice)] if style.keyboard else []
    room = max(0, lines - len(head) - len(foot))
    body = _why(seen, choice, style) if choice.why else _body(seen, choice, columns, room, style)
    body = (body + [''] * room)[:room]
    return [clip(line, columns) for line in [*head, *body, *foot][:lines]]


def _head(seen: Seen, style: Style) -> list[str]:
    document = seen.document
    if seen.problem:
        state = paint('unknown', 'unknown', style.coloured)
        first = f'{document["project"]}: {state}, {printable(seen.problem)}'
    else:
        first = headline(document, style.coloured)
    if seen.ended_at is not None:
        first += f', stopped {age_text(time.monotonic() - seen.ended_at)} ago'
    found = causes(document)
    more = [f'and {len(found) - _MOST_CAUSES} more'] if len(found) > _MOST_CAUSES else []
    return [first, *_machine(document),
            *(f'  {cause}' for cause in [*found[:_MOST_CAUSES], *more])]


def _machine(document: dict[str, Any]) -> list[str]:
    health = document.get('health') or {}
    robot = [f'{text} {health[key]:.0f} {unit}' for text, key, unit in (
        ('CPU', 'cpu_sum_percent', '%'), ('memory', 'memory_sum_mb', 'MB'))
        if health.get(key) is not None]
    machine = [f'{text} {health[key]:.0f} %' for text, key in (
        ('CPU', 'cpu_percent'), ('memory', 'memory_percent')) if health.get(key) is not None]
    parts = [f'{whose} {", ".join(what)}' for whose, what in (
        ('nodes:', robot), ('machine:', machine)) if what]
    return ['; '.join(parts)] if parts else []


def _body(seen: Seen, choice: Choice, columns: int, room: int, style: Style) -> list[str]:
    nodes = seen.document['nodes']
    if not nodes:
        return ['', 'It is shown as soon as it runs: nevil start'] if not seen.problem else []
    alerts = alert_lines(seen.document.get('alerts') or [], style.coloured, most=_MOST_ALERTS)
    below = ['', *alerts] if alerts else []
    # A third is for the alerts where there are more nodes than lines.
    for_nodes = max(2, room - 1 - min(len(below), max(room // 3, 3) if room > 8 else 0))
    table = node_table(nodes, seen.series, choice.node, columns=columns,
                       lines=min(for_nodes, len(nodes) + 1), coloured=style.coloured,
                       bars=style.bars)
    made = ['', *table, *below]
    left = room - len(made) - 1
    if left > 1 and seen.news:
        made += ['', *(_news(one, style.coloured) for one in seen.news[:-left - 1:-1])]
    return made


def _news(news: Any, coloured: bool) -> str:
    at = f'{datetime.fromtimestamp(news.at):%H:%M:%S}'
    return f'{at}  {paint(printable(news.text), news.word, coloured)}'


def _why(seen: Seen, choice: Choice, style: Style) -> list[str]:
    if seen.why is None or seen.why['node'] != choice.node:
        return ['', 'asking why ...' if seen.document['nodes'] else 'nothing runs']
    return ['', *reason_lines(seen.why, seen.document['project'], style.coloured)]


def _foot(seen: Seen, choice: Choice) -> str:
    if choice.asking:
        return f'restart {choice.node}? y/n'
    of = f' {choice.node}' if choice.node else ''
    keys = f'q quit  up/down choose a node  w {"back" if choice.why else f"why{of}"}'
    keys += f'  r restart{of}' if of else ''
    return keys + (f'    {printable(seen.said)}' if seen.said else '')
