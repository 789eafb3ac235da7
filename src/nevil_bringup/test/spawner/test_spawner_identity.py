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

"""A forked program must not be able to tell that it was not executed."""

from __future__ import annotations

import json
import os
from pathlib import Path
import sys
from typing import Any

from nevil_bringup.spawner.protocol import ProcessExited
from nevil_bringup.spawner.protocol import ProcessStarted
import pytest
from spawner_bench import Bench
from spawner_bench import bench
from spawner_bench import run

EXTRA = {'PROBE_EXTRA': 'grün', 'HOME': '/nonexistent'}
Probed = tuple[Any, ProcessExited, str]


async def _probe(spawner: Bench, how: str, fork: bool) -> Probed:
    path = spawner.folder / f'{how}-{fork}.json'
    spawner.start(spawner.order(
        'probe', 'probe', str(path), how, fork=fork, env=EXTRA, nice=3))
    await spawner.event(ProcessStarted)
    exited = await spawner.event(ProcessExited)
    return json.loads(path.read_text()), exited, spawner.printed()


@pytest.mark.parametrize('preload', [(), ('json', 'random', 'probe')], ids=['bare', 'preloaded'])
def test_a_fork_finds_what_an_exec_finds(tmp_path: Path, preload: tuple[str, ...]) -> None:
    """The same node must behave the same whichever way it was started."""
    async def body() -> None:
        async with bench(tmp_path, preload=preload) as spawner:
            executed, _, _ = await _probe(spawner, '0', fork=False)
            forked, _, _ = await _probe(spawner, '0', fork=True)
        for found in (executed, forked):
            # Own file names are the one difference that was asked for.
            found['argv'][1] = found['orig_argv'][3] = 'FILE'
            found['command'] = found['command'].replace('-True', '').replace('-False', '')
        # faulthandler is on in every fork, so that a crash leaves a traceback.
        caught = {11, 8, 6, 7, 4}
        mask = sum(1 << number - 1 for number in caught)
        assert int(forked.pop('caught'), 16) == int(executed.pop('caught'), 16) | mask
        assert forked == executed
        assert forked['leads_session'] and forked['same_output']
        assert forked['descriptors'] == [0, 1, 2]
        assert forked['env']['PROBE_EXTRA'] == 'grün'
        assert forked['nice'] == min(os.nice(0) + 3, 19)
    run(body())


@pytest.mark.parametrize('preload', [(), ('probe',)], ids=['bare', 'preloaded'])
def test_a_fork_ends_as_an_exec_ends(tmp_path: Path, preload: tuple[str, ...]) -> None:
    """The restart policy decides by code and signal, the operator by what was printed."""
    async def body() -> None:
        async with bench(tmp_path, preload=preload) as spawner:
            for how in ('0', '3', '300', 'none', 'exception', 'text', 'kill', 'interrupt',
                        'abort', '_exit'):
                _compare(how, await _probe(spawner, how, fork=False),
                         await _probe(spawner, how, fork=True))
    run(body())


def _compare(how: str, executed: Probed, forked: Probed) -> None:
    _, executed_end, executed_output = executed
    _, forked_end, forked_output = forked
    assert (forked_end.code, forked_end.signal) == (executed_end.code, executed_end.signal), how
    assert (forked_end.code is None) != (forked_end.signal is None)
    if how != 'abort':  # faulthandler says more
        assert forked_output.splitlines()[-1:] == executed_output.splitlines()[-1:], how
    assert ('atexit ran' in forked_output) == ('atexit ran' in executed_output), how
    assert forked_output.count('Traceback') == executed_output.count('Traceback'), how


def test_forks_draw_different_random_numbers(tmp_path: Path) -> None:
    """Two nodes with the same random numbers would, say, back off in step."""
    async def body() -> None:
        async with bench(tmp_path, preload=('random',)) as spawner:
            for name in ('0', '1'):
                await _probe(spawner, name, fork=True)
        first, second = ((tmp_path / f'{name}-True.json.random').read_text() for name in '01')
        assert first != second
    run(body())


@pytest.mark.parametrize('name', ['LD_LIBRARY_PATH', 'PYTHONOPTIMIZE', 'LC_ALL'])
def test_what_only_an_exec_can_honour_is_executed(tmp_path: Path, name: str) -> None:
    """A fork would silently run with another library path or locale."""
    async def body() -> None:
        async with bench(tmp_path) as spawner:
            spawner.start(spawner.order('probe', 'comm', env={name: '1'}))
            started = await spawner.event(ProcessStarted)
            await spawner.event(ProcessExited)
            assert started.pid
            assert spawner.printed() == Path(sys.executable).name[:15] + '\n'
            spawner.start(spawner.order('probe', 'comm'))
            await spawner.event(ProcessStarted)
            await spawner.event(ProcessExited)
            assert spawner.printed() == 'probe\n'
    run(body())


def test_a_fork_need_not_learn_the_files_of_what_was_preloaded(tmp_path: Path) -> None:
    """Hundreds of modules would make the first use of ``inspect`` slower than by hand."""
    async def body() -> None:
        async with bench(tmp_path, preload=('json',)) as spawner:
            spawner.start(spawner.order('probe', 'files'))
            await spawner.event(ProcessStarted)
            await spawner.event(ProcessExited)
            assert spawner.printed() == 'True True False\njson colorsys <module>\n'
    run(body())
