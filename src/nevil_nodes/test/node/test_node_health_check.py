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

"""The health check: what counts as passed, when it is called, and what it does not hold up."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
import logging
import os
import threading
import time
from types import SimpleNamespace
from typing import Any

from diagnostic_msgs.msg import DiagnosticStatus
from diagnostic_msgs.srv import SelfTest
from nevil_nodes.node import NevilNode
from nevil_nodes.node import NodeError
from nevil_nodes.node.assignment import Check
from nevil_nodes.node.health_check import HealthCheck
from nevil_nodes.node.health_check import interpret
from nevil_nodes.node.health_check import Result
from nodelab import Lab
from nodelab import NodeProcess
from nodelab import Peer
from nodelab import plan_of
import numpy
import pytest
from quality.waiting import wait_for
from rclpy.lifecycle import TransitionCallbackReturn

OFTEN = {'method': 'check_lens', 'interval_s': 0.05, 'timeout_s': 0.2, 'failure_threshold': 3}
NEVER = {**OFTEN, 'interval_s': 3600.0}


@pytest.mark.parametrize(('value', 'passed', 'text'), [
    (True, True, ''),
    (False, False, 'returned False'),
    (numpy.float64(0.2) > 0.1, True, ''),
    (numpy.float64(0.2) < 0.1, False, 'returned False'),
    ((True, 'clean'), True, 'clean'),
    ((False, 'dusty'), False, 'dusty'),
    ((False, ''), False, 'returned False'),
    (DiagnosticStatus(level=DiagnosticStatus.OK, message='clean'), True, 'clean'),
    (DiagnosticStatus(level=DiagnosticStatus.WARN, message='dull'), True, 'dull'),
    (DiagnosticStatus(level=DiagnosticStatus.ERROR, message='dusty'), False, 'dusty'),
    (DiagnosticStatus(level=DiagnosticStatus.STALE), False, 'returned False'),
    (None, False, 'returned None, expected a bool'),
    (1, False, 'returned 1, expected a bool'),
    ('yes', False, "returned 'yes', expected a bool"),
    ((True,), False, 'returned (True,), expected a bool'),
    ((1, 'x'), False, "returned (1, 'x'), expected a bool"),
])
def test_only_a_clear_yes_passes(value: Any, passed: bool, text: str) -> None:
    """A forgotten return must not look like a healthy node."""
    assert interpret(value) == (passed, text)


class Bench:
    """A health check without a node, and what it tells."""

    def __init__(self, call: Callable[[], Any], **check: Any) -> None:
        self.calls = 0
        self.news = 0
        self.call = call
        self.check = HealthCheck(
            Check(**{**OFTEN, **check}), self._count, on_news=self._on_news,
            logger=logging.getLogger('bench'))

    def _count(self) -> Any:
        self.calls += 1
        return self.call()

    def _on_news(self) -> None:
        self.news += 1

    @property
    def beat(self) -> Any:
        """Return what a heartbeat would carry now."""
        beat = SimpleNamespace(check_passed=False, check_text='', check_duration=0.0)
        self.check.fill(beat)
        return beat

    def until(self, **wanted: Any) -> Any:
        """Return the first heartbeat that carries this."""
        return wait_for(lambda: next((
            beat for beat in [self.beat]
            if all(getattr(beat, f'check_{name}') == value for name, value in wanted.items())),
            None))


@pytest.fixture
def bench() -> Iterator[Callable[..., Bench]]:
    """Make checks, and end them."""
    made: list[Bench] = []

    def make(call: Callable[[], Any], **check: Any) -> Bench:
        made.append(Bench(call, **check))
        return made[-1]
    yield make
    for each in made:
        each.check.stop()


Make = Callable[..., Bench]


def test_failures_are_counted_in_a_row_and_told_when_they_matter(bench: Make) -> None:
    """The monitor hears of a change and of the threshold at once, of the rest with the beat."""
    answers = iter([True, True, False, False, False, False, True])
    done = threading.Event()

    def call() -> bool:
        answer = next(answers, None)
        if answer is None:
            done.wait()
            return True
        seen.append((made.beat.check_count, made.beat.check_failures, made.news))
        return answer

    seen: list[tuple[int, int, int]] = []
    made = bench(call, interval_s=0.001, timeout_s=60.0)
    assert made.beat.check_count == 0
    made.check.resume()
    beat = made.until(count=7)
    wait_for(lambda: made.news == 4)
    done.set()
    assert [count for count, *_ in seen] == [0, 1, 2, 3, 4, 5, 6]
    assert [failures for _, failures, _ in seen] == [0, 0, 0, 1, 2, 3, 4]
    assert [news for *_, news in seen] == [0, 1, 1, 2, 2, 3, 3]
    assert beat.check_passed and beat.check_failures == 0


@pytest.mark.parametrize(('call', 'says'), [
    (lambda: os.environ['NO_LENS'], "raised KeyError: 'NO_LENS'"),
    (lambda: exit(3), 'raised SystemExit: 3'),
    (lambda: None, 'returned None, expected a bool'),
    (lambda: (False, 'two\n lines\0 and \udcff'), 'two lines and ?'),
    (lambda: (False, 'x' * 1000), 'x' * 200),
    (lambda: SimpleNamespace(level=None, message=''), 'raised TypeError'),
])
def test_whatever_a_check_does_becomes_a_failed_result(
    bench: Make, call: Callable[[], Any], says: str,
) -> None:
    """With a text that fits into a message: a bad check must not end the heartbeat."""
    made = bench(call)
    made.check.resume()
    beat = made.until(failures=2)
    assert not beat.check_passed
    assert beat.check_text.startswith(says)
    assert len(beat.check_text) <= 200


def test_log_tells_the_first_failure_the_threshold_and_the_recovery(
    bench: Make, caplog: pytest.LogCaptureFixture,
) -> None:
    """Not each of them: a check every second would fill the log."""
    def call() -> bool:
        return made.calls > 5 or bool(1 / 0)

    made = bench(call, failure_threshold=3)
    with caplog.at_level(logging.INFO):
        made.check.resume()
        wait_for(lambda: 'passes again' in caplog.text)
    assert [record.getMessage() for record in caplog.records] == [
        'health check check_lens() failed, 1 of 3 in a row: raised ZeroDivisionError: '
        'division by zero',
        'health check check_lens() failed, 3 of 3 in a row: raised ZeroDivisionError: '
        'division by zero',
        'health check check_lens() passes again']
    assert caplog.records[0].exc_info


def test_call_that_overruns_fails_and_is_not_repeated_before_it_returns(bench: Make) -> None:
    """One thread may be stuck, never more; each check that would be due counts as failed."""
    release = threading.Event()
    made = bench(lambda: release.wait() or True)
    made.check.resume()
    beat = made.until(failures=1)
    assert beat.check_text == 'took longer than 0.2 s'
    assert beat.check_duration == 0.2
    beat = made.until(failures=3)
    assert beat.check_text.startswith('has not returned for ')
    assert made.calls == 1 and made.news == 2
    count = made.beat.check_count
    made.call = lambda: True
    release.set()
    made.until(passed=True)
    assert made.calls == 2 + made.beat.check_count - count - 1, 'the late result was counted'


def test_nothing_is_checked_while_the_node_is_not_active(bench: Make) -> None:
    """What it looks at may be given back; and a result of a call under way says nothing."""
    entered, release = threading.Event(), threading.Event()

    def call() -> bool:
        entered.set()
        release.wait()
        return False
    made = bench(call, timeout_s=60.0)
    made.check.resume()
    assert entered.wait(20)
    made.check.pause()
    made.call = lambda: True
    release.set()
    made.check.resume()
    assert made.until(count=1).check_passed
    made.check.pause()
    count, calls = made.beat.check_count, made.calls
    answers: list[Result] = []
    made.check.ask(answers.append)
    assert answers == [Result(False, 'the node is not active, so it is not checked')]
    assert (made.beat.check_count, made.calls) == (count, calls)


def test_first_check_comes_after_one_interval(bench: Make) -> None:
    """A node that has just become active has not worked yet."""
    made = bench(lambda: True, interval_s=0.2)
    began = time.monotonic()
    made.check.resume()
    made.until(count=1)
    assert time.monotonic() - began >= 0.2


def test_everybody_who_asks_gets_the_result_of_one_call(bench: Make) -> None:
    """On demand too, there is never a second call at the same time."""
    release = threading.Event()
    made = bench(lambda: release.wait() and (True, 'clean'), interval_s=3600.0, timeout_s=60.0)
    made.check.resume()
    answers: list[Result] = []
    for _ in range(3):
        made.check.ask(answers.append)
    wait_for(lambda: made.calls)
    made.check.ask(answers.append)
    release.set()
    wait_for(lambda: len(answers) == 4)
    assert made.calls == 1
    assert {(answer.passed, answer.text) for answer in answers} == {(True, 'clean')}
    assert made.beat.check_count == 1


def test_asking_while_a_call_is_stuck_is_answered_at_once(bench: Make) -> None:
    """Waiting for it would take as long as it hangs."""
    release = threading.Event()
    made = bench(lambda: release.wait() or True, interval_s=3600.0)
    made.check.resume()
    answers: list[Result] = []
    made.check.ask(answers.append)
    wait_for(lambda: answers)
    assert answers[0].text == 'took longer than 0.2 s'
    made.check.ask(answers.append)
    assert answers[1].text.startswith('has not returned for ')
    release.set()
    wait_for(lambda: made.beat.check_count == 1 and not made.check._given_up)
    made.check.ask(answers.append)
    wait_for(lambda: len(answers) == 3)
    assert answers[2].passed


# In a node.

class Camera(NevilNode):
    """Has a lens that is looked at."""

    hang_s = 0.0
    lens: Any = True

    def check_lens(self, limit: int = 3) -> Any:
        """Say what the test wants."""
        self.limit = limit
        self.thread = threading.current_thread()
        return self.lens() if callable(self.lens) else self.lens

    def on_out(self, message: Any) -> None:
        """Hold the executor up."""
        time.sleep(self.hang_s)


def both(lab: Lab, peer: Peer, condition: Any) -> Any:
    """Spin both sides until the condition is true."""
    def step() -> Any:
        peer.spin()
        return condition()
    return lab.until(step)


def test_beat_carries_the_check_and_its_changes_come_at_once(lab: Lab, peer: Peer) -> None:
    """A second is long for what a robot does, and a beat is due once a second only."""
    node = lab.make(Camera, plan_of('camera', health_check={**OFTEN, 'params': {'limit': 7}}))
    node._nevil.begin_beating()
    both(lab, peer, lambda: peer.beats and peer.beats[-1].period == 1.0
         and peer.beats[-1].check_passed)
    assert node.limit == 7 and node.thread is not threading.main_thread()
    turn = max(beat.sequence for beat in peer.beats)
    node.lens = False, 'dusty'
    both(lab, peer, lambda: peer.beats[-1].check_failures >= 3)
    new = [beat for beat in peer.beats if beat.sequence > turn]
    assert [beat.check_failures for beat in new if not beat.check_passed][:1] == [1]
    assert 3 in [beat.check_failures for beat in new]
    assert new[-1].check_text == 'dusty'
    assert not node._nevil.counters.errors, 'a failed check is a signal of its own'


def test_check_news_do_not_hide_a_hung_executor(lab: Lab, peer: Peer) -> None:
    """Only the executor may beat: from a thread of its own it would prove nothing."""
    node = lab.make(Camera, plan_of('camera', health_check=OFTEN))
    node._nevil.begin_beating()
    both(lab, peer, lambda: peer.beats and peer.beats[-1].period == 1.0
         and peer.beats[-1].check_passed)
    node.lens = False
    wait_for(lambda: node._nevil.check._failures > 3)  # nobody spins the node
    beats = len(peer.beats)
    end = time.monotonic() + 0.2
    peer.until(lambda: time.monotonic() > end)
    assert len(peer.beats) == beats
    both(lab, peer, lambda: peer.beats[-1].check_failures > 3)


def test_self_test_gives_the_result_without_holding_up_the_beat(lab: Lab, peer: Peer) -> None:
    """Somebody who tries a node out must not make it look hung."""
    release = threading.Event()
    node = lab.make(Camera, plan_of('camera', health_check={**NEVER, 'timeout_s': 60.0}))
    node._nevil.begin_beating()
    node.lens = lambda: release.wait() and (False, 'dusty')
    client = peer.node.create_client(SelfTest, '/camera/self_test')
    both(lab, peer, client.service_is_ready)
    future = client.call_async(SelfTest.Request())
    both(lab, peer, lambda: hasattr(node, 'thread') and bool(peer.beats))
    sequence = peer.beats[-1].sequence
    both(lab, peer, lambda: peer.beats[-1].sequence >= sequence + 3)
    assert not future.done()
    release.set()
    both(lab, peer, future.done)
    response = future.result()
    assert response.id == '/camera' and response.passed == b'\0'
    status, = response.status
    assert (status.level, status.name, status.message, status.hardware_id) == \
        (DiagnosticStatus.ERROR, 'camera: check_lens', 'dusty', 'none')
    both(lab, peer, lambda: peer.beats[-1].check_failures == 1)
    node.lens = True
    future = client.call_async(SelfTest.Request())
    both(lab, peer, future.done)
    assert future.result().passed == b'\1'
    assert future.result().status[0].message == 'passed'


def test_paused_node_is_not_checked(lab: Lab, peer: Peer) -> None:
    """It is resumed with the node, and a self test says why there is no result."""
    node = lab.make(Camera, plan_of('camera', health_check=OFTEN))
    node._nevil.begin_beating()
    both(lab, peer, lambda: peer.beats and peer.beats[-1].check_count > 2)
    assert node.trigger_deactivate() == TransitionCallbackReturn.SUCCESS
    client = peer.node.create_client(SelfTest, '/camera/self_test')
    both(lab, peer, client.service_is_ready)
    future = client.call_async(SelfTest.Request())
    both(lab, peer, future.done)
    assert future.result().passed == b'\0'
    assert 'not active' in future.result().status[0].message
    count = node._nevil.check._count
    sequence = peer.beats[-1].sequence
    both(lab, peer, lambda: peer.beats[-1].sequence > sequence)
    assert peer.beats[-1].check_count == count
    node.trigger_activate()
    both(lab, peer, lambda: peer.beats[-1].check_count > count)


def test_node_without_a_check_has_no_service_and_no_thread(lab: Lab, peer: Peer) -> None:
    """It costs only those who declare one."""
    node = lab.make(Camera, plan_of('camera'))
    node._nevil.begin_beating()
    both(lab, peer, lambda: peer.beats)
    assert peer.beats[-1].check_count == 0
    assert '/camera/self_test' not in dict(node.get_service_names_and_types())
    assert node._nevil.check is None


@pytest.mark.parametrize(('check', 'says'), [
    ({'method': 'check_lense'},
     "nodes/camera/.nodes: health_check.method: Camera has no method 'check_lense'; define it or "
     'correct the name'),
    ({'method': 'lens'}, "Camera has no method 'lens'"),
    ({'method': 'check_lens', 'params': {'limits': 3}},
     'nodes/camera/.nodes: health_check.params: Camera.check_lens() takes other arguments: got an '
     "unexpected keyword argument 'limits'"),
    ({'method': 'on_out'}, "missing a required argument: 'message'"),
])
def test_wrong_method_is_an_error_at_start(lab: Lab, check: dict[str, Any], says: str) -> None:
    """Not at the first check, when the robot is under way."""
    with pytest.raises(NodeError) as caught:
        lab.make(Camera, plan_of('camera', health_check=check))
    assert says in str(caught.value)


def test_stuck_check_does_not_hold_up_the_end(run: Callable[..., NodeProcess]) -> None:
    """A process whose check hangs for ever still ends in order."""
    process = run({'stuck': """
        import threading
        from nevil_nodes.node import NevilNode

        class StuckNode(NevilNode):
            def __init__(self):
                super().__init__('stuck')

            def check(self):
                print('checks')
                threading.Event().wait()
    """}, plan_of('stuck', health_check={**OFTEN, 'method': 'check'}))
    process.wait_for('failed, 3 of 3 in a row: has not returned for')
    assert process.end() == 0
    assert process.output.count('checks') == 1
    assert 'now finalized' in process.output
