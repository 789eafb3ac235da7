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

from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
from nevil_nodes.node import NevilNode
from nodelab import Lab
from nodelab import Peer
from nodelab import plan_of
from nodelab import STRING
import pytest
from rclpy.clock import ClockType
from rclpy.qos import HistoryPolicy
from rclpy.qos import QoSProfile
from rclpy.qos import ReliabilityPolicy
from std_msgs.msg import String


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
    """The monitor goes by these fields alone."""
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


def test_counters_are_exact_under_load_also_where_callbacks_raise(lab: Lab, peer: Peer) -> None:
    """Rates of errors and messages follow from their differences."""
    class Fragile(Worker):
        """Works in its callbacks only, and fails in every fourth."""

        main_loop = NevilNode.main_loop
        handled = 0

        def on_out(self, message: Any) -> None:
            self.handled += 1
            self.publish('answer', {'data': 'x'})
            if self.handled % 4 == 0:
                raise RuntimeError('every fourth')
            if self.handled > 180:
                time.sleep(0.02)

    qos = {'history': 'keep_all'}
    node = lab.make(Fragile, plan_of('fragile', publishes={'answer': STRING},
                                     subscribes={'out': (STRING, 'on_out', qos)}))
    node._nevil.begin_beating()
    publisher = peer.node.create_publisher(String, 'out', QoSProfile(
        history=HistoryPolicy.KEEP_ALL, reliability=ReliabilityPolicy.RELIABLE))
    both(lab, peer, publisher.get_subscription_count)
    for _ in range(200):
        publisher.publish(String(data='x'))
    both(lab, peer, lambda: node.handled == 200)
    sequence = peer.beats[-1].sequence
    both(lab, peer, lambda: peer.beats[-1].sequence > sequence + 1)
    beat = peer.beats[-1]
    assert (beat.received_count, beat.callback_count) == (200, 200)
    assert (beat.error_count, beat.published_count) == (50, 200)
    assert 0.02 <= beat.response_time < 1.0


def test_beat_out_of_turn_tells_the_lag_too(lab: Lab, peer: Peer) -> None:
    """A change of state must not make a node that hangs look quick."""
    node = lab.make(Worker, plan_of('worker', **PLAN))
    node._nevil.begin_beating()
    both(lab, peer, lambda: peer.beats and peer.beats[-1].period == 1.0)
    end = time.monotonic() + 1.3
    peer.until(lambda: time.monotonic() > end)
    node.trigger_deactivate()
    peer.until(lambda: peer.beats[-1].lifecycle_state == 'inactive')
    assert peer.beats[-1].executor_lag > 0.2


def test_progress_counts_as_a_call_of_the_main_loop(lab: Lab, peer: Peer) -> None:
    """A long round that says that it goes on is not hung; one that says nothing may be."""
    class Patient(Worker):
        """Does the work of an hour in one call."""

        def main_loop(self) -> None:
            while not self.shutdown_event.wait(0.01):
                if self.talks:
                    self.progress()

        talks = True

    node = lab.make(Patient, plan_of('patient', **PLAN))
    node._nevil.begin_beating()
    both(lab, peer, lambda: peer.beats and peer.beats[-1].main_loop_count > 20)
    assert all(beat.main_loop_age < 1.0 for beat in peer.beats)
    node.talks = False
    both(lab, peer, lambda: peer.beats[-1].main_loop_age > 1.0)
    count = peer.beats[-1].main_loop_count
    sequence = peer.beats[-1].sequence
    both(lab, peer, lambda: peer.beats[-1].sequence > sequence)
    assert peer.beats[-1].main_loop_count == count
    node.shutdown_event.set()


def test_flood_of_messages_starves_neither_beat_nor_services(lab: Lab, peer: Peer) -> None:
    """A busy node can still be paused, and is not taken for a hung one."""
    class Echo(Worker):
        """Sends itself what it gets."""

        main_loop = NevilNode.main_loop

        def on_out(self, message: Any) -> None:
            self.publish('out', {'data': 'x'})

    node = lab.make(Echo, plan_of('echo', **PLAN))
    node._nevil.begin_beating()
    both(lab, peer, lambda: node.count_subscribers('out') and peer.beats)
    for _ in range(10):
        node.publish('out', {'data': 'x'})
    client = peer.node.create_client(ChangeState, '/echo/change_state')
    both(lab, peer, client.service_is_ready)
    handled = node._nevil.counters.received
    both(lab, peer, lambda: node._nevil.counters.received > handled + 100)
    future = client.call_async(ChangeState.Request(transition=Transition(label='deactivate')))
    both(lab, peer, future.done)
    assert future.result().success
    assert all(beat.executor_lag < 0.5 for beat in peer.beats)
