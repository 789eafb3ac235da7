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
"""A causal chain as a tree for people: what led to what, the newest first."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
import time
from typing import Any

from nevil_bringup.cli.terminal import age_text
from nevil_bringup.cli.terminal import paint
from nevil_bringup.cli.terminal import printable
from nevil_bringup.cli.terminal import table

__all__ = ['reason_lines']

_ROOT = '  <- root cause'
_AGE = frozenset({0})


def reason_lines(answer: Mapping[str, Any], project: str, coloured: bool) -> list[str]:
    """
    Return a heading and the steps with their times.

    :param answer: of the verb ``why``
    :param project: what the system is called
    """
    name = answer['node'] or project
    state, level = str(answer.get('state') or ''), str(answer.get('level') or '')
    heading = f'{name}: ' + ', '.join(
        paint(word, word, coloured) for word in dict.fromkeys((state, level)) if word)
    if answer.get('since_s') is not None:
        heading += f' for {age_text(answer["since_s"])}'
    steps = answer['steps']
    if not steps:
        return [f'{heading}; nothing is known that led to it']
    return [heading, '', *_steps(steps, str(answer['node']), project, coloured)]


def _steps(
    steps: list[dict[str, Any]], asked: str, project: str, coloured: bool,
) -> list[str]:
    insets = _insets(steps, asked)
    times = table([_times(step) for step in steps], _AGE)
    timed = [index for index, step in enumerate(steps) if step.get('age_s') is not None]
    root = timed[-1] if asked and timed else None
    lines, last = [], asked
    for index, (step, (age, wall)) in enumerate(zip(steps, times)):
        node = str(step['node'])
        inset = insets[node]
        branch = '`- ' if inset and node != last else '   ' if inset else ''
        what = f'{node or project}: {printable(str(step["what"]))}'
        if index == root:
            what = paint(what + _ROOT, 'failed', coloured)
        before = '   ' * (inset - 1) if inset else ''
        lines.append(f'  {age}  {wall}  {before}{branch}{what}')
        if step.get('detail'):
            column = ' ' * (len(age) + len(wall) + 6 + 3 * inset)
            detail = f'{column}  {printable(str(step["detail"]))}'
            lines.append(paint(detail, 'stopped', coloured))
        last = node
    return lines


def _insets(steps: list[dict[str, Any]], asked: str) -> dict[str, int]:
    """Return how deep each node stands: below the one that suffers from it."""
    insets = {asked: 0}
    for step in steps:
        insets.setdefault(str(step['node']), len(insets) if asked else 1)
    return insets


def _times(step: dict[str, Any]) -> tuple[str, str]:
    age_s = step.get('age_s')
    if age_s is None:
        return '', ''
    at = step.get('at') or time.time() - age_s
    # A step that is older than a day needs its date.
    shape = '%H:%M:%S' if age_s < 86400 else '%Y-%m-%d %H:%M:%S'
    return f'{age_text(age_s)} ago', f'{datetime.fromtimestamp(at):{shape}}'
