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


"""Who is ended beside a node: the same program, user and domain, and nobody else."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
import os
from pathlib import Path
import signal
import subprocess
import sys

from nevil_bringup.supervisor.twins import Twins
from nevil_health.core import HoldRequested
import pytest
from quality.waiting import wait_for
from supervised import in_memory
from supervised import Supervised

_ARGV = (sys.executable, '-c', 'import time; time.sleep(120)', 'camera')


def look(folder: Path, argv: tuple[str, ...] = _ARGV) -> None:
    """Let two processes beat as the camera, of domain 7 and run 'ours'."""
    async def body(supervised: Supervised) -> None:
        supervised.all_ready()
        Twins(supervised.robot, lambda unit: argv, {'ROS_DOMAIN_ID': '7'}, 'ours').look('camera')
        await asyncio.sleep(10.0)
    in_memory(folder, body)


def started(argv: tuple[str, ...], folder: Path, environ: Mapping[str, str] = {},
            ) -> subprocess.Popen[bytes]:
    """Start a process of domain 7."""
    return subprocess.Popen(argv, cwd=folder, env={
        **os.environ, 'ROS_DOMAIN_ID': '7', **environ})


def test_the_same_program_is_ended_and_told(
        tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """However its interpreter is called."""
    with started(('python3', *_ARGV[1:]), tmp_path) as twin:
        wait_for(lambda: _ARGV[2] in Path(f'/proc/{twin.pid}/cmdline').read_text())
        look(tmp_path)
        assert twin.wait(60)
    assert (f'camera: process {twin.pid} runs it too, ending it: it was started by '
            'hand, and Nevil runs the node as process 101 (nevil node hold camera allows both)'
            ) in caplog.text


@pytest.mark.parametrize(('argv', 'environ'), [
    ((*_ARGV[:3], 'lidar'), {}),
    (_ARGV, {'ROS_DOMAIN_ID': '8'}),
    (_ARGV, {'NEVIL_RUN_ID': 'ours'}),
], ids=['another program', 'another domain', 'of this run'])
def test_nobody_else_is_ended(tmp_path: Path, caplog: pytest.LogCaptureFixture,
                              argv: tuple[str, ...], environ: dict[str, str]) -> None:
    """Anybody may send heartbeats: they alone end nobody."""
    with started(argv, tmp_path, environ) as other:
        look(tmp_path)
        assert other.poll() is None
        other.kill()
    assert 'camera: another process sends heartbeats under its name and is left' in caplog.text


def test_a_held_node_is_the_operators(
        tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """He may run it by hand."""
    async def body(supervised: Supervised) -> None:
        supervised.all_ready()
        supervised.robot.feed(HoldRequested(at=supervised.robot.now(), unit='camera'))
        Twins(supervised.robot, lambda unit: _ARGV, {}, 'ours').look('camera')
    in_memory(tmp_path, body)
    assert 'heartbeats under its name' not in caplog.text


def test_a_script_is_known_behind_its_interpreter(tmp_path: Path) -> None:
    """The kernel puts that before its path; deaf, it is killed."""
    script = tmp_path / 'camera.sh'
    script.write_text('#!/bin/sh\ntrap "" INT TERM\ntouch deaf\nwhile :; do sleep 0.1; done\n')
    script.chmod(0o755)
    with started((str(script), '-x'), tmp_path) as twin:
        wait_for((tmp_path / 'deaf').exists)
        look(tmp_path, (str(script), '-x'))
        assert twin.wait(60) == -signal.SIGKILL
