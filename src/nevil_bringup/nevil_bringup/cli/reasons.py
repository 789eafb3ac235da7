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
"""A causal chain as a tree for people: what caused what, the newest first."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
import time
from typing import Any

from nevil_bringup.printing.logscope_command import logscope_command
from nevil_bringup.printing.terminal import age_text
from nevil_bringup.printing.terminal import paint
from nevil_bringup.printing.terminal import printable
from nevil_bringup.printing.terminal import table

__all__ = ['reason_lines']

_ROOT = '  <- root cause'
_AGE = frozenset({0})
_DO = 'do'
_STATE = 'state'
# Steps that describe the present, not its cause.
_DESCRIPTIONS = frozenset({
    _STATE, _DO, 'alert', 'crash record', 'held', 'last alert', 'last failure', 'recovery'})


def reason_lines(answer: Mapping[str, Any], project: str, coloured: bool) -> list[str]:
    """
    Return a heading, the steps with their times, and what can be done about it.

    :param answer: of the verb ``why``
    :param project: what the system is called
    """
    state, level = str(answer.get('state') or ''), str(answer.get('level') or '')
    heading = f'{answer["node"] or project}: ' + ', '.join(
        paint(word, word, coloured) for word in dict.fromkeys((state, level)) if word)
    if answer.get('since_s') is not None:
        heading += f' for {age_text(answer["since_s"])}'
    steps = [step for step in answer['steps'] if step['what'] != _DO
             and not (step['what'] == _STATE and not step['node'])]
    advice = [printable(str(step['detail'])) for step in answer['steps'] if step['what'] == _DO]
    advice += _look_at(steps)
    well = state in ('', 'ready') and level not in ('degraded', 'unhealthy')
    if steps:
        root = None if well or not answer['node'] else _root(steps)
        texts = _tree(steps, root, coloured) if answer['node'] else [
            _text(step, str(step['node']), coloured) for step in steps]
        times = table([_times(step) for step in steps], _AGE)
        lines = ['', *(f'  {age}  {wall}  {text}' if age.strip() or wall.strip()
                       else f'  {" " * (len(age) + len(wall) + bool(age) * 4)}{text}'
                       for (age, wall), text in zip(times, texts))]
    else:
        lines = ['nothing is wrong' if well else 'no cause is known']
    return [heading, *lines, *(['', 'What you can do:'] if advice else []),
            *(f'  {line}' for line in advice)]


def _look_at(steps: list[dict[str, Any]]) -> list[str]:
    """Return the command that opens the logs where the root cause is, where there is one."""
    causes = [step for step in steps if step['node'] and step['what'] not in _DESCRIPTIONS
              and (step.get('at') or step.get('age_s') is not None)]
    if not causes:
        return []
    root = causes[-1]
    at = root.get('at') or time.time() - root['age_s']
    return [logscope_command(at, printable(str(root['node'])))]


def _root(steps: list[dict[str, Any]]) -> int:
    """Return which step is the root cause: of the last node what is wrong, else its state."""
    node = next((step['node'] for step in reversed(steps) if step['what'] == _STATE),
                steps[-1]['node'])
    there = [index for index, step in enumerate(steps) if step['node'] == node]
    return next((index for index in there if steps[index]['what'] not in _DESCRIPTIONS), there[0])


def _tree(steps: list[dict[str, Any]], root: int | None, coloured: bool) -> list[str]:
    """Return the steps, each node a level below the one that suffers from it."""
    depths: dict[str, int] = {}
    for step in steps:
        depths.setdefault(str(step['node']), len(depths))
    lines, seen = [], set()
    for index, step in enumerate(steps):
        node = str(step['node'])
        inset = '   ' * (depths[node] - 1)
        if node in seen:
            inset += '     ' if depths[node] else '  '
        elif depths[node]:
            inset += '`- '
        name = '' if node in seen else node
        seen.add(node)
        lines.append(inset + (paint(_text(step, name, False) + _ROOT, 'failed', coloured)
                              if index == root else _text(step, name, coloured)))
    return lines


def _text(step: Mapping[str, Any], node: str, coloured: bool) -> str:
    """Return what happened, after the node's name where it is given."""
    what, detail = printable(str(step['what'])), printable(str(step['detail']))
    if not detail or node and what == _STATE:
        what, detail = '', detail or what
    name = paint(node, 'chosen', coloured and bool(node))
    return ': '.join(filter(None, [name, what, detail]))


def _times(step: Mapping[str, Any]) -> tuple[str, str]:
    age_s = step.get('age_s')
    if age_s is None:
        return '', ''
    at = step.get('at') or time.time() - age_s
    # A step that is older than a day needs its date.
    shape = '%H:%M:%S' if age_s < 86400 else '%Y-%m-%d %H:%M:%S'
    return f'{age_text(age_s)} ago', f'{datetime.fromtimestamp(at):{shape}}'
