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

"""Who follows a page word for word, on a machine of his own, gets what it says."""

from __future__ import annotations

from collections.abc import Iterator
import os
from pathlib import Path
import shutil
import subprocess
import sys
import tempfile

from nevil_bringup.project import reference_robot
from pages import blocks
from pages import script_of
import pytest
from quality.sources import ROOT

pytestmark = pytest.mark.timeout(600)

README = ROOT / 'README.md'
FIRST_ROBOT = ROOT / 'docs' / 'first-robot.md'
# The checkout is this one, built already, in a folder of its own in which a project may be made.
KNOWN = f"""
clone() {{ mkdir "$1" && ln -s {ROOT}/* "$1"; }}
pid_of() {{ ./nevil status --json | {sys.executable} -c "import json, sys
print(*(node['pid'] for node in json.load(sys.stdin)['nodes'] if node['name'] == '$1'))"; }}
"""


class Reader:
    """Somebody with an empty home, who types what a page says."""

    def __init__(self, home: Path, domain: int) -> None:
        """Give him a copy of the reference robot, so that nobody else's is meant."""
        self.home = home
        self.robots = [home / 'nevil_bringup' / 'robots' / 'nevil', home / 'nevil' / 'my_robot',
                       home / 'nevil' / 'rover']
        reference = reference_robot()
        assert reference is not None
        shutil.copytree(reference, self.robots[0], ignore=shutil.ignore_patterns('logs'))
        self.environ = {
            **{name: value for name, value in os.environ.items()
               if not name.startswith('XDG_') and name != 'NEVIL_STATE_DIR'},
            'HOME': str(home), 'NEVIL_PROJECT': str(self.robots[0]), 'ROS_DOMAIN_ID': str(domain),
            'NEVIL_RUNTIME_DIR': str(home / 'run'), 'ROS_AUTOMATIC_DISCOVERY_RANGE': 'LOCALHOST'}

    def follows(self, page: Path, *, within: str = '.') -> str:
        """Do what a page says and return what the terminal shows."""
        done = self._runs(['bash', '-c', KNOWN + script_of(page)], self.home / within)
        assert done.returncode == 0, done.stdout
        return done.stdout

    def nevil(self, robot: Path, *arguments: str) -> str:
        """Run a command for a robot."""
        return self._runs([ROOT / 'scripts' / 'nevil', *arguments, '--project', robot],
                          self.home).stdout

    def _runs(self, command: list[str | Path], folder: Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, cwd=folder, env=self.environ, text=True, timeout=500,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False)

    def leaves(self) -> None:
        """Stop what runs."""
        for robot in self.robots:
            if robot.is_dir():
                self.nevil(robot, 'stop')


@pytest.fixture
def reader(domain: int) -> Iterator[Reader]:
    """Return somebody who reads a page."""
    with tempfile.TemporaryDirectory(prefix='nvp-', dir='/tmp') as home:
        person = Reader(Path(home), domain)
        yield person
        person.leaves()


def test_the_readme(reader: Reader) -> None:
    """The first thing that a newcomer does is what it says there."""
    shown = reader.follows(README)
    for line in ('nevil is ready: 3 nodes', '\nhello robot\n', 'nevil stopped in',
                 'my_robot is ready: 3 nodes', 'my_robot is ready: 4 nodes',
                 'greeter', 'my_robot stopped in'):
        assert line in shown, shown


def test_your_first_real_robot(reader: Reader) -> None:
    """Five kinds of nodes are found, built, started, and one of them is lost and comes back."""
    subprocess.run(['bash', '-c', f'{KNOWN}\nclone nevil'], cwd=reader.home, check=True)
    shown = reader.follows(FIRST_ROBOT, within='nevil')
    for line in ("'rover' is valid: 5 nodes", 'rover is ready: 5 nodes', '[horn] [stdout] beep',
                 'killed by SIGKILL', 'rover stopped in'):
        assert line in shown, shown


@pytest.mark.parametrize('page', [README, FIRST_ROBOT], ids=lambda page: str(page.name))
def test_what_is_not_run_has_a_reason(page: Path) -> None:
    """A command that nobody tries is wrong sooner or later."""
    files = [block for block in blocks(page) if block.path is not None]
    commands = [block for block in blocks(page) if block.path is None and block.language]
    assert len(files) > 1 and len(commands) > 2
    assert not [f'{page.name}:{block.line}' for block in commands
                if block.reason is None and block.language != 'sh']
    assert all(block.reason for block in blocks(page) if block.reason is not None)
