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
scripts/nevil on small workspaces of its own: what a newcomer meets before any Python of ours runs.

The ROS 2 is the one these tests run in, used as a sourced one.
"""

from __future__ import annotations

from collections.abc import Mapping
import os
from pathlib import Path
import re
import shutil
import signal
import subprocess
import time

import pytest
from quality.sources import ROOT

SETUP = """
from setuptools import setup
setup(name='nevil_bringup', version='0.1.0', zip_safe=True,
      packages=['nevil_bringup', 'nevil_bringup.cli'],
      data_files=[('share/ament_index/resource_index/packages', ['resource/nevil_bringup']),
                  ('share/nevil_bringup', ['package.xml'])])
"""
MANIFEST = """<package format="3"><name>nevil_bringup</name><version>0.1.0</version>
<description>Stands for the real one.</description>
<maintainer email="nevil@example.org">Nevil contributors</maintainer><license>Apache-2.0</license>
<export><build_type>ament_python</build_type></export></package>
"""
MAIN = "import sys; print(*sys.argv[1:], sep='|')"
COMMAND = "import sys\n\n\ndef main():\n    print(*sys.argv[1:], sep='|')\n"

pytestmark = pytest.mark.skipif(
    not any(Path(prefix, 'share/rclpy').exists()
            for prefix in os.environ.get('AMENT_PREFIX_PATH', '').split(':')),
    reason='no ROS 2 in this environment')


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """Return a workspace with the real scripts and a package that prints its arguments."""
    root = tmp_path / 'work space'
    shutil.copytree(ROOT / 'scripts', root / 'scripts')
    package = root / 'src' / 'nevil_bringup'
    for name, text in {
        'setup.py': SETUP, 'package.xml': MANIFEST, 'resource/nevil_bringup': '',
        'setup.cfg': '[develop]\nscript_dir=$base/lib/nevil_bringup\n',
        'nevil_bringup/__init__.py': '', 'nevil_bringup/cli/__init__.py': '',
        'nevil_bringup/cli/main.py': COMMAND,
    }.items():
        file = package / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding='utf-8')
    return root


def environment(**changes: str) -> dict[str, str]:
    """Return the environment of somebody who has sourced the ROS 2 used here."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith('NEVIL_')}
    return ours | {'ROS_DISTRO': 'jazzy'} | changes


def nevil(
    workspace: Path, *arguments: str, script: Path | None = None, cwd: Path = Path('/'),
    env: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run the script of a workspace and return how it went."""
    return subprocess.run(
        [script or workspace / 'scripts' / 'nevil', *arguments], cwd=cwd, text=True,
        env=env or environment(), capture_output=True, timeout=100, check=False,
        stdin=subprocess.DEVNULL)


def test_builds_once_and_hands_every_argument_over(workspace: Path, tmp_path: Path) -> None:
    """The second call costs next to nothing, from wherever and however the script is called."""
    link = tmp_path / 'bin' / 'nevil'
    link.parent.mkdir()
    link.symlink_to(os.path.relpath(workspace / 'scripts' / 'nevil', link.parent))
    first = nevil(workspace, 'say', 'two words', '', script=link)
    assert (first.returncode, first.stdout) == (0, 'say|two words|\n'), first.stderr
    assert 'building the workspace' in first.stderr
    second = nevil(workspace, 'status', cwd=tmp_path, env=environment(HOME=''))
    assert (second.returncode, second.stdout, second.stderr) == (0, 'status\n', '')


def test_builds_again_only_what_is_not_linked(workspace: Path) -> None:
    """A developer's edit of a module is live at once; one of a manifest or data is not."""
    nevil(workspace, 'env')
    package = workspace / 'src' / 'nevil_bringup'
    (package / 'nevil_bringup' / 'cli' / 'main.py').write_text(
        'def main():\n    print("edited")\n', encoding='utf-8')
    edited = nevil(workspace, 'status')
    assert (edited.stdout, edited.stderr) == ('edited\n', '')
    (package / 'package.xml').write_text(MANIFEST.replace('0.1.0', '0.1.1'), encoding='utf-8')
    assert 'building the workspace' in nevil(workspace, 'status').stderr
    assert nevil(workspace, 'status').stderr == ''


def test_messages_that_are_as_they_were_are_not_built_again(workspace: Path) -> None:
    """Building them takes a minute, even where nothing has changed."""
    messages = workspace / 'src' / 'nevil_msgs'
    shutil.copytree(workspace / 'src' / 'nevil_bringup', messages)
    for name in ('setup.py', 'setup.cfg', 'package.xml'):
        text = (messages / name).read_text('utf-8')
        (messages / name).write_text(
            text.replace('nevil_bringup', 'nevil_msgs').replace('"nevil_msgs.cli"', ''), 'utf-8')
    (messages / 'nevil_bringup').rename(messages / 'nevil_msgs')
    (messages / 'resource' / 'nevil_bringup').rename(messages / 'resource' / 'nevil_msgs')
    assert 'nevil_msgs ...' in nevil(workspace, 'status').stderr
    manifest = workspace / 'src' / 'nevil_bringup' / 'package.xml'
    manifest.write_text(MANIFEST.replace('0.1.0', '0.1.1'), encoding='utf-8')
    again = nevil(workspace, 'status').stderr
    assert 'nevil_bringup ...' in again and 'nevil_msgs' not in again
    (messages / 'msg').mkdir()
    (messages / 'msg' / 'Said.msg').write_text('string text\n', encoding='utf-8')
    assert 'nevil_msgs ...' in nevil(workspace, 'status').stderr


def test_faults_go_to_the_fault_matrix(workspace: Path) -> None:
    """`nevil test --faults` builds like any test, and its exit status is the scoreboard's."""
    matrix = workspace / 'src' / 'nevil_bringup' / 'test' / 'faults' / 'matrix.py'
    matrix.parent.mkdir(parents=True)
    matrix.write_text(f'{MAIN}; sys.exit(7)', encoding='utf-8')
    (workspace / '.nevil').mkdir()  # the test tools are there already
    shutil.copy(workspace / 'scripts' / 'test-requirements.txt',
                workspace / '.nevil' / 'test-tools.txt')
    played = nevil(workspace, 'test', '--faults', '--quick', '1')
    assert (played.returncode, played.stdout) == (7, '--quick|1\n'), played.stderr


def test_quick_tests_are_there_and_decide_the_exit_status(workspace: Path) -> None:
    """Who runs `nevil test --quick` before a commit must not run less than it says."""
    script = (ROOT / 'scripts/setup.sh').read_text('utf-8')
    chosen = re.findall(r"'(nevil_\w+/test[\w/.]*)'", script)
    assert len(chosen) > 10
    for number, place in enumerate(chosen):
        assert (ROOT / 'src' / place).exists(), place
        test = workspace / 'src' / place
        if test.suffix != '.py':
            test = test / f'test_{number}.py'
        test.parent.mkdir(parents=True, exist_ok=True)
        test.write_text('def test_it():\n    pass\n', encoding='utf-8')
    for name in ('imports', 'documentation'):
        (workspace / 'tests').mkdir(exist_ok=True)
        (workspace / 'tests' / f'test_{name}.py').write_text('def test_it():\n    pass\n', 'utf-8')
    (workspace / '.nevil').mkdir()
    shutil.copy(workspace / 'scripts' / 'test-requirements.txt',
                workspace / '.nevil' / 'test-tools.txt')
    played = nevil(workspace, 'test', '--quick')
    assert played.stdout.endswith(f'{len(chosen) + 2} passed, 0 failed, 0 skipped\n'), played
    assert played.returncode == 0
    test.write_text('def test_it():\n    assert False\n', encoding='utf-8')
    played = nevil(workspace, 'test', '--quick')
    assert played.stdout.endswith(f'{len(chosen) + 1} passed, 1 failed, 0 skipped\n'), played
    assert played.returncode == 1


def test_failed_build_shows_the_error_and_is_tried_again(workspace: Path) -> None:
    """Who breaks the build sees why, without reading a log of a thousand lines."""
    setup = workspace / 'src' / 'nevil_bringup' / 'setup.py'
    setup.write_text(SETUP + '\nraise RuntimeError("broken on purpose")\n', encoding='utf-8')
    for _ in range(2):
        failed = nevil(workspace, 'status')
        assert failed.returncode == 1
        assert 'the build failed' in failed.stderr and 'broken on purpose' in failed.stderr
        assert failed.stdout == ''
    setup.write_text(SETUP, encoding='utf-8')
    assert nevil(workspace, 'status').stdout == 'status\n'


def test_two_at_once_build_once(workspace: Path) -> None:
    """Two terminals, or a service and a person, must not build over each other."""
    script = workspace / 'scripts' / 'nevil'
    both = [
        subprocess.Popen(
            [script, 'status'], env=environment(), text=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(2)]
    ends = [process.communicate(timeout=100) for process in both]
    assert [process.returncode for process in both] == [0, 0], ends
    assert [out for out, _ in ends] == ['status\n'] * 2
    assert sum('building the workspace' in err for _, err in ends) == 1


def test_interrupted_setup_goes_on_with_the_next_call(workspace: Path) -> None:
    """Ctrl-C at any time leaves nothing that has to be cleaned up by hand."""
    process = subprocess.Popen(
        [workspace / 'scripts' / 'nevil', 'status'], env=environment(), text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        start_new_session=True)
    log = workspace / '.nevil' / 'build.log'
    deadline = time.monotonic() + 60
    while not (log.exists() and 'Starting' in log.read_text(encoding='utf-8')):
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130 and 'interrupted' in errors
    assert nevil(workspace, 'status').stdout == 'status\n'


@pytest.fixture
def bare_machine(tmp_path: Path) -> Path:
    """Return a PATH of a machine with a shell and core tools only."""
    folder = tmp_path / 'bin'
    folder.mkdir()
    for tool in ('bash', 'basename', 'dirname', 'env', 'find', 'flock', 'mkdir', 'readlink',
                 'realpath', 'rm', 'uname'):
        found = shutil.which(tool)
        assert found
        (folder / tool).symlink_to(found)
    return folder


def fake_python(folder: Path, answer: str) -> None:
    """Put a python3 in a folder that answers the question about its version."""
    file = folder / 'python3'
    file.write_text(f'#!/usr/bin/env bash\necho "{answer}"\n', encoding='utf-8')
    file.chmod(0o755)


def test_missing_tools_are_named_with_the_command(workspace: Path, bare_machine: Path) -> None:
    """Everything that is missing at once, so that one command is enough."""
    fake_python(bare_machine, 'yes yes 3.11.2 /usr/bin/python3')
    apt = bare_machine / 'apt-get'
    apt.symlink_to('/bin/true')
    done = nevil(workspace, 'start', env={'PATH': str(bare_machine), 'NEVIL_ROS': 'embedded'})
    assert done.returncode == 1
    assert 'g++ cmake make' in done.stderr
    assert 'apt-get install -y' in done.stderr.splitlines()[-1]
    assert not (workspace / '.nevil' / 'venv').exists()


@pytest.mark.parametrize('answer', ['no yes 3.9.18 /usr/bin/python3.9', 'no no 3.15.0 /x/python3'])
def test_unsupported_python_is_refused_by_version(
    workspace: Path, bare_machine: Path, answer: str,
) -> None:
    """The wheels exist for 3.10 to 3.14; pip's own message would name a hundred packages."""
    fake_python(bare_machine, answer)
    done = nevil(workspace, 'start', env={'PATH': str(bare_machine), 'NEVIL_ROS': 'embedded'})
    assert done.returncode == 1
    assert 'needs Python 3.10 to 3.14' in done.stderr and answer.split()[2] in done.stderr


def test_other_machines_are_told_the_way_to_ros(workspace: Path, bare_machine: Path) -> None:
    """The wheels have no aarch64: a Raspberry Pi uses apt or docker."""
    (bare_machine / 'uname').unlink()
    uname = bare_machine / 'uname'
    uname.write_text('#!/usr/bin/env bash\necho Linux aarch64\n', encoding='utf-8')
    uname.chmod(0o755)
    done = nevil(workspace, 'start', env={'PATH': str(bare_machine), 'NEVIL_ROS': 'embedded'})
    assert done.returncode == 1
    assert 'not for Linux aarch64' in done.stderr and 'docker run' in done.stderr


def test_path_that_cannot_be_built_in_is_refused(workspace: Path) -> None:
    """Before anything is made; the error of CMake would not tell."""
    odd = workspace.rename(workspace.with_name('wörk'))
    done = nevil(odd, 'start')
    assert done.returncode == 1 and not (odd / '.nevil').exists()
    assert done.stderr.startswith(f'nevil: Nevil cannot be built in {odd}\n       Move it to')


def test_wrong_ros_prefix_is_refused(workspace: Path) -> None:
    """A typing error in NEVIL_ROS must not silently take another ROS 2."""
    done = nevil(workspace, 'start', env=environment(NEVIL_ROS='/opt/ros/jazy'))
    assert done.returncode == 1
    assert '/opt/ros/jazy holds no ROS 2' in done.stderr and 'NEVIL_ROS' in done.stderr


@pytest.mark.parametrize(('distro', 'expected'), [
    ('', '/own:/embedded'), ('humble', '/embedded')])
def test_embedded_ros_keeps_what_was_built_with_it(
    tmp_path: Path, distro: str, expected: str,
) -> None:
    """A sourced workspace of the user stays in front; one of another ROS 2 goes with that."""
    script = (f'state={tmp_path}; source {ROOT}/scripts/embedded.sh; write_environment /embedded; '
              'source "$state/ros.sh"; echo "$AMENT_PREFIX_PATH|$CMAKE_PREFIX_PATH"')
    done = subprocess.run(
        ['bash', '-euc', script], text=True, capture_output=True, timeout=10, check=True,
        env={'PATH': os.environ['PATH'], 'AMENT_PREFIX_PATH': '/own', 'CMAKE_PREFIX_PATH': '/own',
             'ROS_DISTRO': distro})
    assert done.stdout == f'{expected}|{expected}\n'
