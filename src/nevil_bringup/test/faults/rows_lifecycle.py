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

"""Rows of ROS 2 lifecycle transitions that are refused, hang, fail, or were asked by others."""

from __future__ import annotations

from collections.abc import Iterator

from quality.waiting import wait_for
from row import row
from stage import Stage
from stage import VICTIM


@row('52', '100 illegal transitions by id', signal='', alerts=0, restarts=0, within_s=10.0,
     control_s=1.0)
def illegal(stage: Stage) -> None:
    """Each of them would end a plain Jazzy node of rclpy."""
    stage.now()
    assert stage.tell('race', VICTIM, '100') == 'refused 100\n'


@row('53', 'a transition hangs', signal='start', within_s=2.3, starts=2,
     nodes={VICTIM: {'runtime': {'startup_timeout': 2.0}}})
def hanging_transition(stage: Stage) -> None:
    """on_configure() does not return; the others are served meanwhile."""
    stage.fault_at_start('configure', 'hang')
    stage.restart()
    stage.made()


@row('55', 'on_configure() raises', starts=2, within_s=1.5)
def configure_raises(stage: Stage) -> None:
    """End with what was raised."""
    stage.fault_at_start('configure', 'raise')
    stage.restart()
    stage.made()


@row('55b', 'on_configure() returns FAILURE', starts=2, within_s=1.5)
def configure_refuses(stage: Stage) -> None:
    """End, and say so."""
    stage.fault_at_start('configure', 'refuse')
    stage.restart()
    stage.made()


@row('55c', 'on_configure() raises each time', starts=4, restarts=3, within_s=1.5, final='failed',
     nodes={VICTIM: {'runtime': {'max_restarts': 3}}})
def configure_never_works(stage: Stage) -> None:
    """As often as the policy allows, then it is given up: one incident."""
    stage.fault_at_start('configure', 'raise', times=99)
    stage.restart()
    stage.made()


@row('56', 'finalized by somebody', signal='lifecycle', within_s=2.0)
def finalized(stage: Stage) -> None:
    """Bring it into a state that cannot be left: a new process, and that is active."""
    _ask(stage, 'shutdown')


@row('57', 'deactivated by somebody', signal='lifecycle', restarts=0, within_s=2.6, quick=True)
def deactivated(stage: Stage) -> Iterator[None]:
    """Told, and made active again."""
    _ask(stage, 'deactivate')
    yield
    wait_for(lambda: stage.said('now active'), 6.0, what='not active again',
             step=lambda: stage.watch.wait(lambda event: False, 0.1))


@row('57b', 'deactivated while it is held', signal='lifecycle', restarts=0, within_s=2.6)
def deactivated_and_held(stage: Stage) -> None:
    """Tell it and leave it so: whoever holds a node wants to do things to it."""
    stage.request('hold_node', name=VICTIM)
    _ask(stage, 'deactivate')
    stage.watch.wait(lambda event: False, 4.0)
    assert not stage.said('now active')


def _ask(stage: Stage, label: str) -> None:
    """Ask for a transition as a stranger, and take its word for when."""
    stage.mark_log()
    at, success = stage.tell('change', VICTIM, label).split()
    assert success == 'True', f'{label} was refused'
    stage.injected_at = float(at)
