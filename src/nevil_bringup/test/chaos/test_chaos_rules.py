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

"""The rules of chaos see what they are for, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
import pytest
import rules
from rules import Process
from rules import Usage

_PROCESSES = st.lists(st.builds(
    Process, pid=st.integers(2, 40), started=st.integers(0, 3), parent=st.integers(1, 40),
    unit=st.sampled_from(('', 'camera', 'lidar')), generation=st.sampled_from(('1', '2'))),
    max_size=30, unique_by=lambda process: process.pid)


def node(**keys: Any) -> dict[str, Any]:
    """Return the status of a node that is well."""
    return {'name': 'camera', 'state': 'ready', 'reason': '', 'held': False, 'muted': False,
            'paused_by': [], 'health': 'healthy', 'cause': '', 'pid': 10, 'generation': 1,
            'restarts': 0, **keys}


def status(*nodes: Mapping[str, Any], **keys: Any) -> dict[str, Any]:
    """Return the status of a robot that is well."""
    return {'pid': 1, 'spawner_pid': 2, 'capture_pid': 3, 'health_pid': 4,
            'nodes': list(nodes or [node()]), 'alerts': [], **keys}


@given(_PROCESSES, _PROCESSES)
def test_double_is_two_generations_at_one_moment(
        first: list[Process], second: list[Process]) -> None:
    """What has ended between two looks did not live beside what came after it."""
    both = {(one.pid, one.started) for one in second}
    stayed = [one for one in first if (one.pid, one.started) in both]
    wanted = {unit for unit in ('camera', 'lidar')
              if len({one.generation for one in stayed if one.unit == unit}) > 1}
    assert {text.split()[0] for text in rules.doubles(first, second)} == wanted


def test_double_names_both_processes() -> None:
    """Who reads it wants to look at them."""
    found = [Process(pid=7, started=1, parent=2, unit='camera', generation='1'),
             Process(pid=9, started=2, parent=2, unit='camera', generation='2')]
    assert rules.doubles(found, found) == [
        'camera runs twice: generation 1 (pid 7), generation 2 (pid 9)']


@given(st.lists(st.integers(0, 12), max_size=12))
def test_only_what_is_below_a_known_process_belongs_to_the_robot(parents: list[int]) -> None:
    """Of any tree of processes; a child of the supervisor that it does not know is an orphan."""
    processes = [Process(pid=20 + number, started=0, parent=parent if parent <= 4 else
                         20 + (parent - 5) % number if number else 1)
                 for number, parent in enumerate(parents)]
    below = {process.pid: process.parent for process in processes}

    def owner(pid: int) -> int:
        seen: set[int] = set()
        while pid in below and pid not in seen:
            seen.add(pid)
            pid = below[pid]
        return pid
    wanted = [process.pid for process in processes if owner(process.pid) not in (2, 3, 4)]
    found = rules.strangers(processes, status())
    assert [int(text.split()[1]) for text in found] == wanted


def test_robot_that_is_well_has_settled() -> None:
    """And one that is not says what it waits for."""
    assert rules.unsettled(status()) == []
    assert rules.unsettled({}) == ['no supervisor runs']
    assert rules.unsettled(status(health_pid=None)) == ['health_pid is not there']
    assert rules.unsettled(status(node(state='backoff', reason='exit 3'))) == [
        'camera is backoff: exit 3']
    for state in ({'held': True}, {'muted': True}, {'paused_by': ['operator']}):
        assert rules.unsettled(status(node(**state))) == ['camera is held, muted or paused']
    assert rules.unsettled(status(node(health='unhealthy', cause='hot'))) == [
        'camera is unhealthy: hot']


def test_open_alerts_are_found() -> None:
    """Of the machine's own, which has other work, none counts."""
    def alert(key: str, state: str) -> dict[str, Any]:
        return {'key': key, 'state': state, 'text': 'bad'}
    alerts = [alert('camera/process', 'firing'), alert('lidar/process', 'resolved'),
              alert('/cpu', 'firing'), alert('/network', 'firing')]
    assert rules.unresolved(status(alerts=alerts)) == [
        'camera/process: bad', '/network: bad']


def test_growth_is_told_of_the_part_that_grows() -> None:
    """Allowed is a little, and so much for each restart."""
    first = {'health': Usage(memory_mb=50.0, files=20, threads=8)}
    more = {'health': Usage(memory_mb=50.0 + 20.0, files=20, threads=8)}
    assert rules.grown(first, first, 0, 8.0) == []
    assert rules.grown(first, more, 1100, 8.0) == []
    assert rules.grown(first, more, 100, 8.0) == [
        'health: memory grew from 50.0 to 70.0 MB in 100 restarts']
    leaks = {'health': Usage(memory_mb=50.0, files=40, threads=40)}
    assert rules.grown(first, leaks, 1000, 8.0) == [
        'health: files grew from 20 to 40', 'health: threads grew from 8 to 40']


@pytest.mark.parametrize(('memory_mb', 'said'), [
    ([40, 42, 43, 44, 44, 44, 44, 44, 44], []),
    ([40, 42, 43, 44, 44, 44.4, 44, 44.2, 44.4], []),        # steps of an allocator
    ([40, 41, 42, 43, 44, 45, 46, 47, 48], ['health grows by 10.2 kB a restart'])])
def test_what_grows_after_its_pools_are_full_is_told(
        memory_mb: list[float], said: list[str]) -> None:
    """Some hundred restarts fill them, and nothing may grow for ever."""
    looks = [Usage(memory_mb=one, files=20, threads=8) for one in memory_mb]
    assert rules.growth_kb({'health': looks}, 600) == said
    looks[-1] = Usage(memory_mb=40, files=21, threads=8)
    assert rules.growth_kb({'health': looks}, 600)[-1].endswith(f'became {looks[-1]}')


def test_error_inside_nevil_is_found_in_the_log() -> None:
    """What went on all the same is still an error."""
    assert rules.untidy('camera: ready\n[x] Traceback (most recent call last):\n') == [
        'in the log: [x] Traceback (most recent call last):']
    assert rules.untidy('Task exception was never retrieved\n')
    assert rules.untidy('camera: stopped -> starting\n') == []


@given(st.lists(st.sampled_from(('starting', 'ready', 'backoff', 'stopping')), max_size=40),
       st.integers(-1, 1), st.integers(-1, 1))
def test_ledger_agrees_with_a_status_that_counted_right(
        states: list[str], starts_off: int, restarts_off: int) -> None:
    """One too many, or too few, is told."""
    ledger = rules.Ledger(status(node(generation=5, restarts=2)))
    old, starts, failures = 'stopped', 0, 0
    for new in states:
        ledger.hear({'event': 'state', 'node': 'camera', 'old': old, 'new': new})
        starts += new == 'starting' != old
        failures += new == 'backoff' != old
        old = new
    told = ledger.problems(status(node(
        generation=5 + starts + starts_off, restarts=2 + failures + restarts_off)))
    assert len(told) == bool(starts_off) + bool(restarts_off)
    assert ledger.failures == failures
