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

"""What real nodes say on /rosout is received, all of it, and once when files have it too."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path
import subprocess
import sys
import time

from nevil_logscope.sources import FolderSource
from nevil_logscope.sources import Intake
from nevil_logscope.sources import Source
from nevil_logscope.store import Entry
from nevil_logscope.store import Store
from nevil_nodes.logs import format_record
from nevil_nodes.logs import Record
import pytest
from quality.waiting import wait_for

rclpy = pytest.importorskip('rclpy')
from nevil_logscope.sources.health import HealthSource  # noqa: E402, I100
from nevil_logscope.sources.ros_node import qos  # noqa: E402, I100
from nevil_logscope.sources.ros_node import RosNode  # noqa: E402, I100
from nevil_logscope.sources.rosout import RosoutSource  # noqa: E402, I100
from nevil_msgs.msg import NodeHealth  # noqa: E402, I100
from nevil_msgs.msg import NodeHealthArray  # noqa: E402, I100
from rcl_interfaces.msg import Log  # noqa: E402, I100

TALKING = Path(__file__).with_name('talking.py')


@pytest.fixture
def ros(domain: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[RosNode]:
    """Return a node of our own in a domain of its own."""
    monkeypatch.setenv('ROS_DOMAIN_ID', str(domain))
    node = RosNode()
    yield node
    node.close()


def poll_until(intake: Intake, done: Callable[[], bool], timeout_s: float = 30.0) -> None:
    """Poll as a window does until a condition holds."""
    wait_for(done, timeout_s, what=lambda: [source.status for source in intake.sources],
             step=lambda: intake.poll(0.01))


def entries(store: Store) -> list[Entry]:
    """Return all entries."""
    return [store.entry(number) for number in range(store.first_id, store.next_id)]


def log(name: str, text: str, at_ns: int, level: int = 20) -> Log:
    """Return a message of /rosout."""
    message = Log(name=name, msg=text, level=level, function='f')
    message.stamp.sec, message.stamp.nanosec = divmod(at_ns, 10 ** 9)
    return message


def test_what_did_not_arrive_is_counted(ros: RosNode, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is lost in silence: a window that was stopped for a minute says what it missed."""
    monkeypatch.setattr('nevil_logscope.sources.rosout._DEPTH', 10)
    store = Store(1000)
    source = RosoutSource(store.names, ros)
    intake = Intake(store, [source])
    publisher = ros.node.create_publisher(Log, '/rosout', qos(1000))
    poll_until(intake, lambda: source.ok)
    name = ros.node.get_name()
    publisher.publish(log(f'{name}.child', 'first', 1))
    poll_until(intake, lambda: len(store) == 1)
    for number in range(100):
        publisher.publish(log(name, f'{number}', 2 + number))
    poll_until(intake, lambda: len(store) > 1 and entries(store)[-1].message == '99')
    assert source.dropped == 100 - source.received + 1 > 0
    intake.close()


@pytest.mark.timeout(120)
def test_none_of_five_thousand_messages_a_second_is_lost(ros: RosNode) -> None:
    """A robot in trouble says much at once, and that is when each line counts."""
    count = 10_000
    store = Store(1_000_000)
    source = RosoutSource(store.names, ros)
    intake = Intake(store, [source])
    talkers = [subprocess.Popen(
        [sys.executable, str(TALKING), name, str(count), '2500'], stdin=subprocess.PIPE,
        stderr=subprocess.DEVNULL) for name in ('left', 'right')]
    try:
        poll_until(intake, lambda: len(store) == 2 * count, 60)
        said = entries(store)
    finally:
        for talker in talkers:
            talker.communicate(timeout=20)
        intake.close()
    for name in ('left', 'right'):
        assert [entry.message for entry in said if entry.node == name] == [
            f'message {number}' for number in range(count)]
    assert {entry.source for entry in said} == {'/rosout'} and source.dropped == 0
    assert [talker.returncode for talker in talkers] == [0, 0]


def test_what_a_file_and_rosout_both_say_is_one_entry(ros: RosNode, tmp_path: Path) -> None:
    """Nevil's nodes write each record to both; what was really said twice stays twice."""
    store = Store(1000)
    sources: list[Source] = [RosoutSource(store.names, ros), FolderSource(tmp_path, store.names)]
    intake = Intake(store, sources)
    publisher = ros.node.create_publisher(Log, '/rosout', qos(1000))
    begin = time.time_ns() // 1000 * 1000
    with (tmp_path / 'arm.log').open('w') as file:
        for number, text in enumerate(['one', 'two\n  lines', 'again', 'again', 'three']):
            at_ns = begin + number // 4 * 1000  # 'again' twice in one microsecond
            publisher.publish(log('arm', text, at_ns + 500))
            file.write(format_record(Record(at_ns, 'INFO', 'arm', 'motor', text)) + '\n')
        file.write(format_record(Record(begin + 9000, 'INFO', 'arm', 'motor', 'file only')) + '\n')
    publisher.publish(log('arm', 'topic only', begin + 10_000))
    poll_until(intake, lambda: len(store) >= 7)
    poll_until(intake, lambda: intake.duplicates == 5)
    assert sorted(entry.message for entry in entries(store)) == sorted(
        ['one', 'two\n  lines', 'again', 'again', 'three', 'file only', 'topic only'])
    assert 'node' in sources[0].status
    intake.close()


def test_what_rosout_repeats_when_the_window_opens_is_known_from_the_files(
    ros: RosNode, tmp_path: Path,
) -> None:
    """Each node's last messages are latched, and they may be hours old."""
    publisher = ros.node.create_publisher(Log, '/rosout', qos(1000))
    hour_ago = (time.time_ns() - 3600 * 10 ** 9) // 1000 * 1000
    with (tmp_path / 'arm.log').open('w') as file:
        for number in range(500):
            at_ns = hour_ago + number * 10 ** 9
            publisher.publish(log('arm', f'{number}', at_ns))
            file.write(format_record(Record(at_ns, 'INFO', 'arm', '', f'{number}')) + '\n')
    store = Store(1000)
    intake = Intake(store, [FolderSource(tmp_path, store.names), RosoutSource(store.names, ros)])
    poll_until(intake, lambda: intake.duplicates == 500)
    poll_until(intake, lambda: len(store) == 500)
    assert [entry.message for entry in entries(store)] == [f'{n}' for n in range(500)]
    intake.close()


def test_a_publisher_with_another_qos_is_heard_too(ros: RosNode) -> None:
    """Best-effort bridges and nodes that do not latch are silent in other viewers."""
    store = Store(1000)
    other = RosNode('odd')
    intake = Intake(store, [RosoutSource(store.names, ros)])
    odd = other.node.create_publisher(Log, '/rosout', qos(10, reliable=False, latched=False))
    usual = ros.node.create_publisher(Log, '/rosout', qos(10))
    number = 0

    def said() -> bool:
        nonlocal number
        number += 1
        odd.publish(log(other.node.get_name(), f'odd {number}', number))
        usual.publish(log(ros.node.get_name(), f'usual {number}', number, 50))
        found = [entry.message for entry in entries(store)]
        assert len(found) == len(set(found))
        return any(text.startswith('odd') for text in found) and 'usual 1' in found
    poll_until(intake, said)
    assert {entry.level for entry in entries(store)} == {'INFO', 'CRITICAL'}
    intake.close()
    other.close()


def test_the_lights_follow_the_health_node(ros: RosNode) -> None:
    """The list of nodes shows what the health node says."""
    source = HealthSource(ros)
    assert not source.ok and source.status == 'no health node'
    publisher = ros.node.create_publisher(NodeHealthArray, '/nevil/node_health', qos(1))
    publisher.publish(NodeHealthArray(nodes=[
        NodeHealth(node='arm', level='degraded', state='ready', cause='CPU 96 %', restarts=2)]))
    poll_until(Intake(Store(), [source]), lambda: source.ok)
    light = source.lights['arm']
    assert (light.level, light.cause, light.restarts) == ('degraded', 'CPU 96 %', 2)
    source.close()
