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


"""Who announces itself to the first 32 participants only is heard by those after them too."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
import os
from pathlib import Path
import socket
import subprocess
import sys

from nevil_nodes.announcement_relay import AnnouncementRelay
from nevil_nodes.introduction import introduce
import pytest

PROFILE = Path(__file__).parents[2] / 'nevil_bringup/config/fastdds.xml'
TALKER = """
import rclpy
from std_msgs.msg import String
rclpy.init()
node = rclpy.create_node('talker')
publisher = node.create_publisher(String, 'chat', 10)
node.create_timer(0.1, lambda: publisher.publish(String(data='x')))
print('up', flush=True)
rclpy.spin(node)
"""
LISTENER = """
import sys, time
import rclpy
from std_msgs.msg import String
rclpy.init()
node = rclpy.create_node('listener')
heard = []
node.create_subscription(String, 'chat', heard.append, 10)
print('up', flush=True)
end = time.monotonic() + 60.0
while not heard and time.monotonic() < end:
    rclpy.spin_once(node, timeout_sec=0.2)
print('heard' if heard else 'heard nothing')
"""


def announcement(*, invented: bool = False, answer: bool = False) -> bytes:
    """Return a message as a participant sends it (RTPS 9.4.5)."""
    prefix = b'\x01\x0f' + (b'nevil12345' if invented else b'0123456789')
    data = b'\x00\x00\x10\x00' + b'\x00\x01\x00\xc7' + b'\x00\x01\x00\xc2' + bytes(12)
    return (b'RTPS\x02\x03\x01\x0f' + prefix
            + (b'\x0e\x01\x0c\x00' + bytes(12) if answer else b'\x09\x01\x08\x00' + bytes(8))
            + b'\x15\x05' + len(data).to_bytes(2, 'little') + data)


@pytest.fixture
def group(domain: int) -> Iterator[socket.socket]:
    """Give a member of the domain's group for discovery."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as member:
        member.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        member.bind(('239.255.0.1', 7400 + 250 * domain))
        member.setsockopt(
            socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
            socket.inet_aton('239.255.0.1') + socket.inet_aton('127.0.0.1'))
        member.settimeout(30.0)
        yield member


def test_only_announcements_for_everybody_are_passed_on(
        domain: int, group: socket.socket) -> None:
    """An answer passed on would be noise, and an invented participant would be answered twice."""
    relay = AnnouncementRelay(domain)
    try:
        assert relay.port == 7400 + 250 * domain + 10
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for message in (b'', b'RTPS', b'noise', announcement(invented=True),
                            announcement(answer=True), announcement()[:40], announcement()):
                sender.sendto(message, ('127.0.0.1', relay.port))
        assert group.recv(65536) == announcement()
    finally:
        relay.close()


def test_an_introduction_is_not_passed_on(domain: int, group: socket.socket) -> None:
    """A robot's nodes introduce themselves when they start; all would answer to each twice."""
    relay = AnnouncementRelay(domain)
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.bind(('127.0.0.1', 7400 + 250 * domain + 12))
            child = ('import sys; from nevil_nodes.introduction import introduce; '
                     f'introduce({domain}, {os.getpid()})')
            subprocess.run([sys.executable, '-c', child], check=True, timeout=60)
            assert introduce(domain) == 0  # the relay's port is this process's own
            sender.sendto(announcement(), ('127.0.0.1', relay.port or 0))
        assert group.recv(65536) == announcement()
    finally:
        relay.close()


def test_without_a_free_port_nothing_is_passed_on(domain: int) -> None:
    """With 32 other participants the port of none of them may be taken."""
    with ExitStack() as taken:
        for port in ports(domain, 32):
            taken.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)).bind(
                ('127.0.0.1', port))
        relay = AnnouncementRelay(domain)
        assert relay.port is None
        relay.close()


@pytest.mark.timeout(200)
@pytest.mark.parametrize('first', ['listener', 'talker'])
def test_a_node_beyond_the_first_32_is_heard_with_localhost(first: str, domain: int) -> None:
    """A robot of 50 nodes is heard whole by who keeps to this host, early and late."""
    talker_env = {'FASTRTPS_DEFAULT_PROFILES_FILE': str(PROFILE),
                  'ROS_AUTOMATIC_DISCOVERY_RANGE': 'SYSTEM_DEFAULT'}
    listener_env = {'ROS_AUTOMATIC_DISCOVERY_RANGE': 'LOCALHOST'}
    with ExitStack() as stack:
        relay = AnnouncementRelay(domain)
        stack.callback(relay.close)
        early = started(stack, LISTENER, listener_env, domain) if first == 'listener' else None
        for port in ports(domain, 34):
            other = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            try:
                other.bind(('127.0.0.1', port))
            except OSError:
                assert port in (relay.port, (relay.port or 0) + 2)  # the listener's
        started(stack, TALKER, talker_env, domain)
        listener = early or started(stack, LISTENER, listener_env, domain)
        assert listener.stdout is not None
        assert listener.stdout.readline() == 'heard\n'


def ports(domain: int, count: int) -> list[int]:
    """Return the discovery ports of the first participants of a domain."""
    return [7400 + 250 * domain + 10 + 2 * number for number in range(count)]


def started(stack: ExitStack, code: str, env: dict[str, str],
            domain: int) -> subprocess.Popen[str]:
    """Start a program that ends with the stack, and wait until it is up."""
    inherited = {name: value for name, value in os.environ.items()
                 if not name.startswith(('ROS_AUTOMATIC', 'FASTRTPS_', 'FASTDDS_'))}
    process = stack.enter_context(subprocess.Popen(
        [sys.executable, '-c', code], stdout=subprocess.PIPE, text=True,
        env={**inherited, **env, 'ROS_DOMAIN_ID': str(domain)}))
    stack.callback(process.kill)
    assert process.stdout is not None
    assert process.stdout.readline() == 'up\n'
    return process
