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

"""``python -m nevil_logscope`` as users start it: processes, signals, what is missing."""

from __future__ import annotations

from collections.abc import Callable
import os
from pathlib import Path
import select
import signal
import subprocess
import sys
import time
from typing import Any

from nevil_logscope.binding import NAME
import pytest

_LINE = '[2026-11-22 17:54:03.000000+00:00] [ERROR] [camera] [-] no picture\n'
Start = Callable[..., 'subprocess.Popen[str]']


@pytest.fixture
def start(tmp_path: Path) -> Any:
    """Return what starts LogScope without ROS 2, and ends what is left."""
    begun: list[subprocess.Popen[str]] = []
    (tmp_path / 'rclpy').mkdir()
    (tmp_path / 'rclpy' / '__init__.py').write_text('raise ImportError("none here")')

    def run(*arguments: str, **variables: str) -> subprocess.Popen[str]:
        environ = {**os.environ, 'QT_QPA_PLATFORM': 'offscreen', 'QT_API': NAME.lower(),
                   'XDG_CONFIG_HOME': str(tmp_path / 'config'), 'HOME': str(tmp_path),
                   'PYTHONPATH': os.pathsep.join([str(tmp_path), *sys.path]), **variables}
        reader, writer = os.pipe()
        lock = os.open(os.devnull, os.O_RDONLY)
        environ['NEVIL_LOGSCOPE_FDS'] = f'{writer},{lock}'
        process = subprocess.Popen(
            [sys.executable, '-m', 'nevil_logscope', *arguments], env=environ, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            pass_fds=(writer, lock), cwd=tmp_path)
        os.close(writer)
        os.close(lock)
        process.opened = lambda: select.select(  # type: ignore[attr-defined]
            [reader], [], [], 30)[0] and os.read(reader, 9)
        begun.append(process)
        return process
    yield run
    for process in begun:
        if process.poll() is None:
            process.kill()
        process.communicate()


def settings_of(tmp_path: Path) -> str:
    """Return what was remembered."""
    return (tmp_path / 'config' / 'nevil' / 'logscope.ini').read_text()


@pytest.mark.parametrize('number', [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_signals_end_it_cleanly_and_save(start: Start, tmp_path: Path, number: int) -> None:
    """``nevil stop`` sends SIGTERM, a terminal the others."""
    (tmp_path / 'logs').mkdir()
    (tmp_path / 'logs' / 'camera.log').write_text(_LINE)
    process: Any = start('--log-dir', str(tmp_path / 'logs'), '--theme', 'light')
    assert process.opened() == b'ready\n'
    process.send_signal(number)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 0, err
    assert 'Traceback' not in err
    assert 'light' in settings_of(tmp_path)


def test_without_pyqt_it_is_one_line_and_status_1(start: Start, tmp_path: Path) -> None:
    """Who reads it knows what to install."""
    for name in ('PyQt5', 'PyQt6'):
        (tmp_path / name).mkdir()
        (tmp_path / name / '__init__.py').write_text(f'raise ImportError("no {name}")')
    process = start()
    _, err = process.communicate(timeout=20)
    assert process.returncode == 1
    assert err.count('\n') == 1 and 'needs PyQt5 or PyQt6: apt install' in err


@pytest.mark.parametrize('display, words', [
    ('', 'there is no display: DISPLAY and WAYLAND_DISPLAY are not set'),
    (':4321', 'the display cannot be opened (DISPLAY=:4321)')])
def test_without_a_display_it_is_one_line_and_status_1(
        start: Start, display: str, words: str) -> None:
    """Qt itself would end the process with a core dump."""
    process = start(QT_QPA_PLATFORM='', DISPLAY=display, WAYLAND_DISPLAY='')
    _, err = process.communicate(timeout=30)
    assert process.returncode == 1, err
    assert words in err and err.count('\n') == 1


@pytest.mark.parametrize('arguments', [['--theme', 'pink'], ['--max-entries', '0'], ['--what']])
def test_wrong_usage_is_status_2(start: Start, arguments: list[str]) -> None:
    """Another status than that of a missing display."""
    process = start(*arguments)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 2 and 'usage:' in err


def test_a_closed_pipe_and_missing_files_are_no_reason_to_end(
        start: Start, tmp_path: Path) -> None:
    """Standard input ends at once, a file is not there: the window stays."""
    process: Any = start('-', str(tmp_path / 'missing.log'))
    assert process.opened() == b'ready\n'
    process.stdin.write(_LINE)
    process.stdin.close()
    process.stdin = None
    time.sleep(0.3)  # it must live on; there is nothing to wait for
    assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 0 and 'Traceback' not in err
