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

"""The heartbeat: what it carries, when it comes, and which clock it follows."""

from __future__ import annotations

import os
import time
from typing import Any

from nevil_nodes.node import NevilNode
from nodelab import Lab
from nodelab import Peer
from nodelab import plan_of
from nodelab import STRING
import pytest
from rclpy.clock import ClockType


class Worker(NevilNode):
    """Works, and can be made to hang."""

    hang_s = 0.0

    def main_loop(self) -> None:
        self.publish('out', {'data': 'x'})
        self.shutdown_event.wait(0.01)

    def on_out(self, message: Any) -> None:
        time.sleep(self.hang_s)


PLAN: dict[str, Any] = {'publishes': {'out': STRING}, 'subscribes': {'out': (STRING, 'on_out')}}


def both(lab: Lab, peer: Peer, condition: Any) -> None:
    """Spin both sides until the condition is true."""
    def step() -> bool:
        peer.spin()
        return bool(condition())
    lab.until(step)


def test_beat_carries_identity_state_and_progress(
    lab: Lab, peer: Peer, monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The monitor judges by these fields alone."""
    monkeypatch.setenv('NEVIL_GENERATION', '7')
    began = time.monotonic()
    node = lab.make(Worker, plan_of('worker', **PLAN))
    node._nevil.begin_beating()
    both(lab, peer, lambda: len(peer.beats) > 2 and peer.beats[-1].callback_count > 2)
    beat = peer.beats[-1]
    assert beat.node == '/worker'
    assert beat.pid == os.getpid()
    assert beat.generation == 7
    assert len(beat.instance) == 32 and int(beat.instance, 16)
    assert beat.lifecycle_state == 'active'
    assert beat.main_loop_running and beat.main_loop_count > 0
    assert 0 <= beat.main_loop_age < time.monotonic() - began
    assert beat.published_count >= beat.received_count >= beat.callback_count > 2
    assert beat.response_time > 0
    assert beat.error_count == 0
    first = peer.beats[0].sequence
    assert [each.sequence for each in peer.beats] == list(range(first, first + len(peer.beats)))


def test_first_beats_come_fast_then_once_a_second(lab: Lab, peer: Peer) -> None:
    """A node is ready when it is heard; after that a beat a second is enough."""
    node = lab.make(Worker, plan_of('worker', **PLAN))
    node._nevil.begin_beating()
    both(lab, peer, lambda: peer.beats)
    assert peer.beats[0].period == pytest.approx(0.05)
    both(lab, peer, lambda: peer.beats[-1].period == 1.0)
    count = len(peer.beats)
    both(lab, peer, lambda: len(peer.beats) == count + 2)
    assert peer.beats[-1].period == 1.0
    assert node._nevil.heartbeat._timer.timer_period_ns == 10**9


def test_change_of_state_is_told_at_once(lab: Lab, peer: Peer) -> None:
    """Whoever muted the node waits for it."""
    node = lab.make(Worker, plan_of('worker', **PLAN))
    node._nevil.begin_beating()
    both(lab, peer, lambda: peer.beats and peer.beats[-1].period == 1.0)
    node.trigger_deactivate()
    # Its executor has no turn, so no timer can have sent it.
    peer.until(lambda: peer.beats[-1].lifecycle_state == 'inactive')
    assert not peer.beats[-1].main_loop_running


def test_timer_is_steady(lab: Lab) -> None:
    """A step of the wall clock, or a paused simulation, must not look like a dead node."""
    node = lab.make(Worker, plan_of('worker', **PLAN))
    node._nevil.begin_beating()
    assert node._nevil.heartbeat._timer.clock.clock_type == ClockType.STEADY_TIME


def test_sim_time_that_stands_still_does_not_stop_beats(lab: Lab, peer: Peer) -> None:
    """The proof of the rule above."""
    from rclpy.parameter import Parameter
    node = lab.make(Worker, plan_of('worker', **PLAN))
    node.set_parameters([Parameter('use_sim_time', value=True)])
    node._nevil.begin_beating()
    both(lab, peer, lambda: len(peer.beats) > 5)


def test_callback_that_hangs_silences_the_beat_and_shows_as_lag(lab: Lab, peer: Peer) -> None:
    """That is what the beat is for: from a thread of its own it would prove nothing."""
    node = lab.make(Worker, plan_of('worker', **PLAN))
    node._nevil.begin_beating()
    both(lab, peer, lambda: peer.beats)
    node.hang_s = 0.3
    both(lab, peer, lambda: peer.beats[-1].executor_lag > 0.1)
    node.hang_s = 0.0


def test_errors_are_counted_in_the_beat(lab: Lab, peer: Peer) -> None:
    """They are a failure signal; an author who resets error_count does not hide them."""
    node = lab.make(Worker, plan_of('worker', **PLAN))
    node._nevil.begin_beating()
    node.publish('nowhere', {})
    node.error_count = 0
    both(lab, peer, lambda: peer.beats and peer.beats[-1].error_count == 1)
