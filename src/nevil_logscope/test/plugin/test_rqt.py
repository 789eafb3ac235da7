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

"""LogScope in the real rqt: found, shown, remembered, twice in one window, ended with Ctrl-C."""

from __future__ import annotations

from collections.abc import Iterator
import json
import os
from pathlib import Path
import select
import signal
import subprocess
import sys
from typing import Any

import pytest
from quality.sources import ROOT

pytestmark = [pytest.mark.needs_rqt, pytest.mark.timeout(180)]

NAME = 'nevil_logscope.plugin.LogScopePlugin'
PACKAGE = ROOT / 'src' / 'nevil_logscope'
ALONE = ('--force-discover', '--standalone', NAME)
HERE = Path(__file__).parent
TALKER = """
import sys, time, rclpy
rclpy.init()
node = rclpy.create_node('talker')
while node.count_subscribers('/rosout') < 1:
    time.sleep(0.05)
time.sleep(0.2)
for number in range(300):
    node.get_logger().info(f'message {number}')
sys.stdin.read()
"""


@pytest.fixture
def environ(tmp_path: Path, domain: int) -> dict[str, str]:
    """Return an environment in which rqt finds the plugin as installed, and nothing of others."""
    share = tmp_path / 'prefix' / 'share'
    index = share / 'ament_index' / 'resource_index' / 'packages'
    (share / 'nevil_logscope').mkdir(parents=True)
    index.mkdir(parents=True)
    (index / 'nevil_logscope').touch()
    for name in ('package.xml', 'plugin.xml'):
        (share / 'nevil_logscope' / name).write_bytes((PACKAGE / name).read_bytes())
    return {
        **os.environ, 'QT_QPA_PLATFORM': 'offscreen', 'XDG_CONFIG_HOME': str(tmp_path / 'config'),
        'HOME': str(tmp_path), 'ROS_DOMAIN_ID': str(domain), 'PYTHONUNBUFFERED': '1',
        'AMENT_PREFIX_PATH': f'{tmp_path / "prefix"}:{os.environ["AMENT_PREFIX_PATH"]}',
        'PYTHONPATH': f'{PACKAGE}:{os.environ.get("PYTHONPATH", "")}'}


def drive(environ: dict[str, str], do: str, *arguments: str) -> Any:
    """Run rqt until the expression is not None; return that."""
    done = subprocess.run(
        [sys.executable, str(HERE / 'rqt_driver.py'), do, *arguments], env=environ, timeout=90,
        capture_output=True, text=True, check=False)
    assert done.returncode == 0 and 'Traceback' not in done.stderr, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_rqt_finds_it(environ: dict[str, str]) -> None:
    """By plugin.xml, package.xml and the index of packages, as they are installed."""
    done = subprocess.run(
        [sys.executable, '-m', 'rqt_gui.main', '--force-discover', '--list-plugins'], env=environ,
        capture_output=True, text=True, timeout=90, check=False)
    assert NAME in done.stdout.splitlines(), done.stderr


def test_its_theme_is_its_own(environ: dict[str, str]) -> None:
    """Other plugins of the window look as they did; the binding is rqt's."""
    found = drive(environ, (
        '[scopes[0].windowTitle(), scopes[0].theme.name, window.styleSheet(), '
        'binding.NAME] if scopes else None'),
        *ALONE, '--args', '--theme', 'light')
    assert found == ['LogScope', 'light', '', 'python_qt_binding']


def test_wrong_arguments_are_told_and_end_nothing(environ: dict[str, str]) -> None:
    """A plugin that fails to load takes an rqt with other plugins down."""
    assert 'mauve' in drive(
        environ, 'scopes[0].status.message.text() if scopes else None',
        *ALONE, '--args', '--theme', 'mauve')


def test_rosout_comes_while_rqt_spins(environ: dict[str, str], talker: list[Any]) -> None:
    """Its executor is busy with other plugins; LogScope has a node of its own."""
    assert drive(environ, (
        "(lambda texts: sum('message' in one for one in texts) if len(texts) >= 300 else None)("
        '[scopes[0].store.entry(n).message for n in range(scopes[0].store.first_id, '
        'scopes[0].store.next_id)]) if scopes else None'), *ALONE) == 300


@pytest.fixture
def talker(environ: dict[str, str]) -> Iterator[list[Any]]:
    """Run a node that logs 300 messages once somebody listens."""
    process = subprocess.Popen(
        [sys.executable, '-c', TALKER], env=environ, stdin=subprocess.PIPE,
        stderr=subprocess.DEVNULL)
    yield [process]
    process.communicate(timeout=20)


def test_a_perspective_remembers_it(environ: dict[str, str]) -> None:
    """What was shown is shown again at the next start."""
    drive(environ, (
        'None if not scopes else scopes[0].restore('
        "Settings(theme='light', time_mode='relative')) or scopes[0].settings().time_mode"),
        *ALONE)
    assert drive(environ, (
        '[scopes[0].theme.name, scopes[0].settings().time_mode] if scopes and '
        "(state.update(n=state.get('n', 0) + 1) or state['n'] > 5) else None"),
        *ALONE) == ['light', 'relative']


def test_two_stand_in_one_window(environ: dict[str, str]) -> None:
    """Each with a number, and shortcuts that only work within it."""
    assert drive(environ, (
        '[one.windowTitle() for one in scopes] if len(scopes) == 2 else '
        "(pick('LogScope') and None)"), '--force-discover') == ['LogScope', 'LogScope (2)']


def test_ctrl_c_ends_it_cleanly(environ: dict[str, str]) -> None:
    """
    As rqt does without it: status 0, and no traceback of a source whose ROS has ended.

    Not in the first moment: there rqt itself may crash, with whichever plugin.
    """
    process = subprocess.Popen(
        [sys.executable, str(HERE / 'rqt_driver.py'),
         "print('shown', flush=True) if scopes and "
         "(state.update(n=state.get('n', 0) + 1) or state['n'] == 20) else None", *ALONE],
        env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        assert select.select([process.stdout], [], [], 60)[0]
        assert process.stdout.readline() == 'shown\n'
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 0 and 'Traceback' not in err, err
