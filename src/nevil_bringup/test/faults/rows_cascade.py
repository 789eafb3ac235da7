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

"""Rows of nodes that need each other: what fails together is told once and comes back in order."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any

from quality.waiting import wait_for
from row import row
from stage import SCALED
from stage import Stage
from stage import VICTIM

_GRACE = SCALED + '  recovery: {dependency_grace: 0.3}\n'
_SLOW = {'restart_delay': 2.0}


def _needs(**requires: str) -> dict[str, Mapping[str, Any]]:
    """Return nodes with what each of them requires; the victim comes back late."""
    return {VICTIM: {'runtime': _SLOW},
            **{node: {'dependencies': {'requires': names.split()}}
               for node, names in requires.items()}}


def _came_into(stage: Stage, state: str) -> list[str]:
    """Return the nodes in the order in which they came into a state."""
    return [heard.event['node'] for heard in stage.watch.all(stage.injected_at)
            if heard.event['event'] == 'state' and heard.event['new'] == state]


def _check(stage: Stage, order: tuple[str, ...], before: dict[str, dict[str, Any]]) -> None:
    """Look whether the dependents paused from behind, came back from the front, and once each."""
    paused, ready = _came_into(stage, 'paused'), _came_into(stage, 'ready')
    assert paused == list(reversed(order)), f'paused in the order {paused}'
    assert ready == [VICTIM, *order], f'ready in the order {ready}'
    after = stage.nodes()
    for node in order:
        assert (after[node]['pid'], after[node]['restarts']) == (before[node]['pid'], 0), node
        assert not stage.incidents(node), stage.text(node)


@row('59', 'root of a chain of four killed', nodes=_needs(a=VICTIM, b='a', c='b'), quick=True)
def chain(stage: Stage) -> Iterator[None]:
    """One alert; the others pause in reverse order and come back in order, in their processes."""
    before = stage.nodes()
    stage.kill(stage.pid(), 9)
    yield
    wait_for(lambda: stage.nodes()['c']['state'] == 'ready', 20)
    _check(stage, ('a', 'b', 'c'), before)


@row('60', 'root of a diamond killed', nodes=_needs(l=VICTIM, r=VICTIM, tip='l r'))
def diamond(stage: Stage) -> Iterator[None]:
    """Pause once and resume once what can be reached on two ways."""
    stage.kill(stage.pid(), 9)
    yield
    wait_for(lambda: stage.nodes()['tip']['state'] == 'ready', 20)
    paused, ready = _came_into(stage, 'paused'), _came_into(stage, 'ready')
    assert paused[0] == 'tip' and sorted(paused) == ['l', 'r', 'tip'], paused
    assert ready[0] == VICTIM and ready[-1] == 'tip' and sorted(ready) == sorted(
        [VICTIM, 'l', 'r', 'tip']), ready


@row('60b', 'killed again while it comes back', alerts=1, restarts=2,
     nodes=_needs(a=VICTIM, b='a'))
def second_failure(stage: Stage) -> Iterator[None]:
    """Start the recovery over; resume the dependents once, at its end."""
    first = stage.kill(stage.pid(), 9)
    assert stage.wait_state(VICTIM, 'starting', 10)
    stage.kill(stage.pid(), 9)
    assert stage.wait_state(VICTIM, 'ready', 20)
    stage.injected_at = first
    yield
    wait_for(lambda: stage.nodes()['b']['state'] == 'ready', 20)
    assert _came_into(stage, 'ready')[-2:] == ['a', 'b'], _came_into(stage, 'ready')


@row('63', 'nodes that require each other', signal='', alerts=0, restarts=0, control_s=0.5)
def cycle(stage: Stage) -> None:
    """Refused, with the circle."""
    stage.now()
    stage.add('egg', {'dependencies': {'requires': ['hen']}})
    stage.add('hen', {'dependencies': {'requires': ['egg']}})
    said = stage.robot.nevil('validate')
    assert said.returncode == 1 and 'egg' in said.stdout and 'hen' in said.stdout, said.stdout


@row('64', 'a branch that cannot recover', restarts=0, final='failed', nodes={
    VICTIM: {'runtime': {'max_restarts': 0}}, 'a': {'dependencies': {'requires': [VICTIM]}},
    'other': {}})
def lost_branch(stage: Stage) -> Iterator[None]:
    """Keep away what needs it, let the rest work, and do not call the robot well."""
    before = stage.nodes()
    stage.kill(stage.pid(), 9)
    yield
    wait_for(lambda: stage.nodes()['a']['state'] != 'ready', 10)
    nodes = stage.nodes()
    assert (nodes['other']['pid'], nodes['other']['state']) == (before['other']['pid'], 'ready')
    assert not stage.incidents('a'), stage.text('a')
    assert stage.robot.status()['state'] == 'degraded'
