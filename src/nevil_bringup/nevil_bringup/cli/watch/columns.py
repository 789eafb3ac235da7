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
"""The table of nodes, with the columns that there is room for."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from nevil_bringup.cli.status_lines import number_text
from nevil_bringup.cli.watch.paper import clip
from nevil_bringup.cli.watch.paper import width
from nevil_bringup.cli.watch.sparks import sparkline
from nevil_bringup.cli.wording import health_text
from nevil_bringup.cli.wording import state_text
from nevil_bringup.cli.wording import why_text
from nevil_bringup.printing.terminal import age_text
from nevil_bringup.printing.terminal import paint

__all__ = ['node_table']

Series = Mapping[str, Mapping[str, Sequence['float | None']]]

_ALL = ('NODE', 'STATE', 'UPTIME', 'RESTARTS', 'CPU %', 'MEMORY MB', 'HEALTH')
_FEW = ('NODE', 'STATE', 'CPU %', 'MEMORY MB', 'HEALTH')
_RIGHT = frozenset({'UPTIME', 'RESTARTS', 'CPU %', 'MEMORY MB'})
# What to show, the longest sparkline and the least room for health: the first that fits is taken.
_PLANS = ((_ALL, 32, 48), (_ALL, 20, 32), (_ALL, 12, 26), (_ALL, 8, 20), (_FEW, 12, 24),
          (_FEW, 8, 16), (_FEW, 5, 12), (_FEW, 0, 12),
          (('NODE', 'STATE', 'CPU %', 'HEALTH'), 0, 9), (('NODE', 'STATE', 'HEALTH'), 0, 9),
          (('NODE', 'STATE'), 0, 0))
_NODE_MAX = 28
# The least height of a sparkline: without it, noise of one percent would look like mountains.
_CPU_SPAN_PERCENT = 25.0
_MEMORY_SPAN = 0.1  # of what it takes: a leak is seen, a page more or less is not
_MEMORY_SPAN_MB = 1.0


def node_table(
    nodes: Sequence[Mapping[str, Any]], series: Series, chosen: str, *, columns: int, lines: int,
    coloured: bool, bars: str,
) -> list[str]:
    """
    Return the heading and as many nodes as there are lines for, the chosen one among them.

    :param series: newest values per node and metric
    :param columns: cells of a line
    """
    shown, position = _window(nodes, chosen, max(0, lines - 1))
    texts = [_texts(node) for node in shown]
    titles = {name: name for name in _ALL}
    titles['NODE'] += position
    widths = {name: max(map(width, [titles[name], *(text[name] for text in texts)]))
              for name in _ALL[:-1]}
    widths['NODE'] = min(widths['NODE'], _NODE_MAX)
    names, spark, widths['HEALTH'] = _plan(widths, columns)
    rows = [_row(titles, widths, names, spark=' ' * spark)]
    for node, text in zip(shown, texts):
        cpu, memory = _sparklines(series.get(node['name'], {}), spark, bars)
        chosen_one = node['name'] == chosen
        colours = {'NODE': 'chosen' if chosen_one else '', 'STATE': str(node['state']),
                   'HEALTH': _health_word(node)}
        rows.append(_row(
            text, widths, names, spark=cpu, memory=memory, colours=colours if coloured else None,
            chosen=chosen_one))
    return rows


def _window(
    nodes: Sequence[Mapping[str, Any]], chosen: str, room: int,
) -> tuple[Sequence[Mapping[str, Any]], str]:
    if len(nodes) <= room:
        return nodes, ''
    at = next((index for index, node in enumerate(nodes) if node['name'] == chosen), 0)
    first = max(0, min(at - room // 2, len(nodes) - room))
    return nodes[first:first + room], f' {first + 1}-{first + room} of {len(nodes)}'


def _plan(widths: Mapping[str, int], columns: int) -> tuple[tuple[str, ...], int, int]:
    """Return the columns, the cells of a sparkline and those left for health."""
    for names, spark, least in _PLANS:
        sparks = 2 * (spark + 1) if spark else 0
        left = columns - 2 - sum(widths[name] + 2 for name in names if name != 'HEALTH') - sparks
        if left >= least:
            return names, spark, left
    return _PLANS[-1][0], 0, 0


def _texts(node: Mapping[str, Any]) -> dict[str, str]:
    uptime = node.get('uptime_s')
    health, why = health_text(dict(node)), why_text(dict(node))
    if why:
        health = f'{health}: {why}' if health in ('degraded', 'unhealthy') else why
    return {'NODE': str(node['name']), 'STATE': state_text(dict(node)),
            'UPTIME': '-' if uptime is None else age_text(uptime),
            'RESTARTS': str(node.get('restarts') or 0),
            'CPU %': number_text(node.get('cpu_percent')),
            'MEMORY MB': number_text(node.get('memory_mb')), 'HEALTH': health}


def _health_word(node: Mapping[str, Any]) -> str:
    """Return what colours the health: the level, or the state shown in its place."""
    level, state = str(node.get('health')), str(node['state'])
    return level if state == 'ready' or level in ('degraded', 'unhealthy') else state


def _sparklines(
    series: Mapping[str, Sequence[float | None]], spark: int, bars: str,
) -> tuple[str, str]:
    cpu = series.get('cpu_percent') or series.get('cpu') or ()
    memory = series.get('memory_mb') or series.get('memory') or ()
    most = max((value for value in memory if value is not None), default=0.0)
    return (sparkline(cpu, spark, span_min=_CPU_SPAN_PERCENT, bars=bars),
            sparkline(memory, spark, low=None, bars=bars,
                      span_min=max(most * _MEMORY_SPAN, _MEMORY_SPAN_MB)))


def _row(
    texts: Mapping[str, str], widths: Mapping[str, int], names: Sequence[str], *, spark: str,
    memory: str | None = None, colours: Mapping[str, str] | None = None, chosen: bool = False,
) -> str:
    sparks = {'CPU %': spark, 'MEMORY MB': spark if memory is None else memory}
    cells = []
    for name in names:
        cell = clip(texts[name], widths[name])
        pad = ' ' * (widths[name] - width(cell))
        cell = pad + cell if name in _RIGHT else cell + pad
        cell = paint(cell, (colours or {}).get(name, ''), bool(colours))
        cells.append(f'{cell} {sparks[name]}' if sparks.get(name) else cell)
    return f'{">" if chosen else " "} {"  ".join(cells)}'.rstrip()
