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

"""
A ROS 2 domain for a test, which no other test on this machine has at the same time.

Tests of several packages, checkouts and people run side by side; in one domain their nodes of the
same name would hear each other's heartbeats and call each other's services.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
import itertools
import os
from pathlib import Path
import socket

import pytest

from quality.sources import ROOT

__all__ = ['DDS', 'dds', 'domain', 'reserved_domain']

# Ports of higher domains lie among those that Linux hands out itself; 0 is everybody's.
DOMAINS = range(1, 100)
# What `nevil start` sets: this host only, and no shared memory, where a killed process may leave a
# lock that blocks every other.
DDS = {
    'ROS_AUTOMATIC_DISCOVERY_RANGE': 'SYSTEM_DEFAULT',
    **dict.fromkeys(('FASTRTPS_DEFAULT_PROFILES_FILE', 'FASTDDS_DEFAULT_PROFILES_FILE'),
                    str(ROOT / 'src' / 'nevil_bringup' / 'config' / 'fastdds.xml'))}
_turns = itertools.count(os.getpid())


@pytest.fixture(autouse=True)
def dds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nodes that a test makes itself meet as those of a robot do."""
    for name, value in DDS.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def domain(
        monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[int]:
    """Return the number of a ROS domain in which nobody else is; logs of rclpy are temporary."""
    monkeypatch.setenv('ROS_LOG_DIR', str(tmp_path_factory.mktemp('ros-log')))
    with reserved_domain() as number:
        yield number


@contextmanager
def reserved_domain() -> Iterator[int]:
    """Reserve a ROS domain in which nobody is, and return its number."""
    for turn in itertools.islice(_turns, len(DOMAINS)):
        number = DOMAINS[turn % len(DOMAINS)]
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as reservation:
            try:
                reservation.bind(f'\0nevil-test-domain-{number}')
            except OSError:
                continue
            if number not in _domains_in_use():
                yield number
                return
    raise RuntimeError(f'every ROS domain from {DOMAINS[0]} to {DOMAINS[-1]} is in use here')


def _domains_in_use() -> set[int]:
    """Return the domains that have a port of theirs open (RTPS 9.6.2)."""
    lines = Path('/proc/net/udp').read_text(encoding='ascii').splitlines()[1:]
    ports = (int(line.split()[1].rpartition(':')[2], 16) for line in lines)
    return {(port - 7400) // 250 for port in ports if port >= 7400}
