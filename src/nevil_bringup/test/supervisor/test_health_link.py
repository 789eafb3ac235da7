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

"""One health node is spoken to at a time; one that hangs is replaced within its bound."""

from __future__ import annotations

import asyncio
from pathlib import Path
import signal
from typing import cast

from edges import FakeClient
from nevil_bringup.control.server import Client
from nevil_bringup.control.server import RequestRefused
from nevil_health.control.events import Settled
from nevil_health.control.monitor import Alive
from nevil_health.control.monitor import AttachHealth
from nevil_health.core import ProcessExited
import pytest
from supervised import in_memory
from supervised import Supervised
from virtual_time import until


def test_only_the_process_that_was_started_attaches(tmp_path: Path) -> None:
    """Another health node, of another run or of a stranger, is not believed."""
    async def body(supervised: Supervised) -> None:
        supervised.begin()
        with pytest.raises(RequestRefused, match='process 4711 is not the health node'):
            supervised.link.attach(supervised.client, AttachHealth(pid=4711))
        supervised.start('nevil_health')
        with pytest.raises(RequestRefused):
            supervised.link.attach(supervised.client, AttachHealth(pid=4711))
        assert not supervised.link.attached
        supervised.attach()
        assert supervised.link.attached
        assert supervised.state('nevil_health') == 'ready'
    in_memory(tmp_path, body)


def test_events_go_to_the_attached_one_and_nowhere_else(tmp_path: Path) -> None:
    """Who sends is told whether there was anybody."""
    async def body(supervised: Supervised) -> None:
        supervised.begin()
        assert not supervised.link.send(Settled(state='ready'))
        supervised.start('nevil_health')
        supervised.attach()
        assert supervised.link.send(Settled(state='ready'))
        assert supervised.health_node.of(Settled) == [Settled(state='ready')]
        supervised.link.client_gone(supervised.client)
        assert not supervised.link.send(Settled(state='degraded'))
    in_memory(tmp_path, body)


def test_listeners_hear_of_each_change_once(tmp_path: Path) -> None:
    """And not of connections that were never the health node's."""
    async def body(supervised: Supervised) -> None:
        heard: list[bool] = []
        supervised.link.listeners.append(heard.append)
        supervised.begin()
        supervised.start('nevil_health')
        supervised.attach()
        supervised.link.client_gone(cast(Client, FakeClient()))
        supervised.link.client_gone(supervised.client)
        supervised.link.client_gone(supervised.client)
        assert heard == [True, False]
    in_memory(tmp_path, body)


def test_a_health_node_that_ends_before_it_attaches_is_missed(tmp_path: Path) -> None:
    """It never will: whoever waits for nodes is told of its absence, once."""
    async def body(supervised: Supervised) -> None:
        heard: list[bool] = []
        supervised.link.listeners.append(heard.append)
        supervised.begin()
        assert heard == [], 'it has just begun'
        for _ in range(2):
            supervised.start('nevil_health')
            supervised.robot.feed(ProcessExited(
                at=supervised.robot.now(), unit='nevil_health', code=1,
                generation=supervised.robot.view_of('nevil_health').generation))
            await until(lambda: supervised.state('nevil_health') == 'starting')
        assert heard == [False]
    in_memory(tmp_path, body)


def test_silent_health_node_is_replaced_after_ten_seconds(tmp_path: Path) -> None:
    """It has much to do at times, so it has longer than a stopped one; then it is let go."""
    async def body(supervised: Supervised) -> None:
        supervised.all_ready()
        took_s = await until(lambda: not supervised.link.attached)
        assert took_s == pytest.approx(10.0, abs=0.1)
        assert supervised.health_node.closed, 'its next start can attach'
        assert supervised.state('nevil_health') == 'unhealthy'
        assert supervised.robot.view_of('nevil_health').reason.startswith('no heartbeat for 10.0')
        assert supervised.state('camera') == 'ready', 'no node is touched'
    in_memory(tmp_path, body)


def test_stopped_health_node_is_replaced_after_two_seconds(tmp_path: Path) -> None:
    """What is stopped says nothing, however little there is to do."""
    async def body(supervised: Supervised) -> None:
        supervised.all_ready()
        supervised.process_states[100] = 'T'
        took_s = await until(lambda: not supervised.link.attached)
        assert took_s == pytest.approx(2.0, abs=0.1)
        assert 'stopped (SIGSTOP)' in supervised.robot.view_of('nevil_health').reason
    in_memory(tmp_path, body)


def test_health_node_that_is_stopped_while_it_starts_is_continued(tmp_path: Path) -> None:
    """It never attaches; as long as it is at work it may take its time."""
    async def body(supervised: Supervised) -> None:
        supervised.begin()
        supervised.start('nevil_health')
        await asyncio.sleep(20.0)
        assert supervised.sent == []
        supervised.process_states[100] = 'T'
        took_s = await until(lambda: supervised.sent != [])
        assert took_s <= 2.1
        assert supervised.sent == [(100, signal.SIGCONT)]
        supervised.process_states.clear()
        supervised.attach()
        assert supervised.state('nevil_health') == 'ready'
    in_memory(tmp_path, body)


def test_signs_of_life_keep_it_attached(tmp_path: Path) -> None:
    """Each gives it the whole time again; those of others do not."""
    async def body(supervised: Supervised) -> None:
        supervised.all_ready()
        for _ in range(5):
            await asyncio.sleep(9.0)
            supervised.link.alive(supervised.client, Alive())
        supervised.link.alive(cast(Client, FakeClient()), Alive())
        took_s = await until(lambda: not supervised.link.attached)
        assert took_s == pytest.approx(10.0, abs=0.1)
    in_memory(tmp_path, body)


def test_health_node_that_lives_unattached_is_replaced(tmp_path: Path) -> None:
    """Somebody may have shut it down by a lifecycle call: it would watch nothing for ever."""
    async def body(supervised: Supervised) -> None:
        supervised.all_ready()
        supervised.link.client_gone(supervised.client)
        took_s = await until(lambda: supervised.state('nevil_health') != 'ready')
        assert took_s == pytest.approx(2.0, abs=0.1)
        assert supervised.robot.view_of('nevil_health').reason.startswith('not attached')
    in_memory(tmp_path, body)


def test_health_node_that_comes_back_in_time_is_kept(tmp_path: Path) -> None:
    """A connection may end for other reasons than the node's."""
    async def body(supervised: Supervised) -> None:
        supervised.all_ready()
        supervised.link.client_gone(supervised.client)
        await asyncio.sleep(1.5)
        supervised.attach()
        await asyncio.sleep(5.0)
        assert supervised.state('nevil_health') == 'ready'
    in_memory(tmp_path, body)


def test_another_start_of_the_health_node_is_not_blamed_for_the_last(tmp_path: Path) -> None:
    """It has only begun, and will attach."""
    async def body(supervised: Supervised) -> None:
        supervised.all_ready()
        before = supervised.running['nevil_health']
        supervised.link.client_gone(supervised.client)
        del supervised.running['nevil_health']
        await asyncio.sleep(5.0)
        assert supervised.state('nevil_health') == 'ready'
        assert before.generation == supervised.robot.view_of('nevil_health').generation
    in_memory(tmp_path, body)
