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

"""A restart from within the run is carried out by the supervisor after its own end."""

from __future__ import annotations

import json
import os
from pathlib import Path
import stat
import subprocess
import sys

from edges import paths_in
from edges import plan_of
from nevil_bringup.supervisor.successor import become_successor
from nevil_bringup.supervisor.successor import forget_successor
from nevil_bringup.supervisor.successor import is_within_run
from nevil_bringup.supervisor.successor import leave_successor
from nevil_nodes.declarations import from_json
import pytest

# Becomes a program that prints what it finds on its standard input.
_BECOME = """\
import pathlib, sys
if len(sys.argv) == 2:
    from nevil_bringup.paths import ProjectPaths
    from nevil_bringup.supervisor.successor import become_successor
    folder = pathlib.Path(sys.argv[1])
    sys.orig_argv[:] = [sys.executable, '-c', 'import sys; print(sys.stdin.read())']
    become_successor(ProjectPaths(project=folder, runtime=folder, state=folder, logs=folder))
    print('nobody')
"""


@pytest.mark.parametrize(('note', 'within'), [
    ({'run_id': 'r1'}, True), ({'run_id': 'r2'}, False), ({}, False), ([], False)])
def test_a_process_of_the_run_knows_that_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, note: object, within: bool,
) -> None:
    """It ends with the run, so it must not do the restart itself."""
    monkeypatch.setenv('NEVIL_RUN_ID', 'r1')
    (tmp_path / 'run.json').write_text(json.dumps(note))
    assert is_within_run(paths_in(tmp_path)) is within


def test_where_nothing_runs_nobody_is_within_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also without the variable."""
    monkeypatch.delenv('NEVIL_RUN_ID', raising=False)
    assert not is_within_run(paths_in(tmp_path))
    (tmp_path / 'run.json').write_text('{"run_id": "r1"')
    assert not is_within_run(paths_in(tmp_path))


def test_the_plan_is_left_for_us_alone(tmp_path: Path) -> None:
    """It may hold secrets; a reader finds the whole of it or nothing."""
    plan = plan_of(tmp_path, camera=())
    leave_successor(paths_in(tmp_path), plan)
    file, = tmp_path.iterdir()
    assert from_json(file.read_text()) == plan
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_what_was_left_for_another_run_is_forgotten(tmp_path: Path) -> None:
    """A supervisor was killed before it got to it; forgetting twice harms nothing."""
    leave_successor(paths_in(tmp_path), plan_of(tmp_path, camera=()))
    forget_successor(paths_in(tmp_path))
    forget_successor(paths_in(tmp_path))
    assert list(tmp_path.iterdir()) == []
    become_successor(paths_in(tmp_path))  # and returns


def test_the_successor_finds_the_plan_on_its_standard_input(tmp_path: Path) -> None:
    """In the same process: whoever waits for it goes on to wait."""
    leave_successor(paths_in(tmp_path), plan_of(tmp_path, camera=()))
    done = subprocess.run([sys.executable, '-c', _BECOME, str(tmp_path)], text=True, timeout=60,
                          stdin=subprocess.DEVNULL, capture_output=True, env=os.environ)
    assert from_json(done.stdout) == plan_of(tmp_path, camera=()), done.stderr
    assert list(tmp_path.iterdir()) == [], 'and once'
