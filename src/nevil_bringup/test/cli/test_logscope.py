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

"""LogScope as a process: opened by ``nevil monitor`` and ``nevil start``, closed by ``stop``."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
import json
import os
from pathlib import Path
import re
import signal
import time
from typing import Any

from nevil_bringup.api.logscope import close_logscope
from nevil_bringup.api.logscope import obstacle
from nevil_bringup.supervisor.lock import logscope_status
from place import Place
import pytest
from quality.waiting import wait_for
from stand_in import document
from stand_in import node
from stand_in import StandIn

Serve = Callable[[dict[str, Any]], StandIn]
READY = {'event': 'settled', 'state': 'ready'}
# In place of the window: writes down how it was called, says that it is shown, waits.
WINDOW = """
import json, os, signal, sys
report, lock = map(int, os.environ['NEVIL_LOGSCOPE_FDS'].split(','))
told = dict(argv=sys.argv[1:], session=os.getsid(0), pid=os.getpid(), cwd=os.getcwd(),
            domain=os.environ.get('ROS_DOMAIN_ID'))
with open(os.environ['TOLD'], 'w') as file:
    json.dump(told, file)
how = os.environ['WINDOW']
if how == 'dies':
    sys.exit('qt.qpa.xcb: could not connect to display :9')
if how == 'stubborn':
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
os.write(report, b'ready\\n')
os.close(report)
while True:
    signal.pause()
"""


@pytest.fixture
def window(place: Place) -> Iterator[Callable[..., dict[str, Any]]]:
    """Put a stand-in in place of the window; return what it was told, once it runs."""
    package = place.root / 'stand-in' / 'nevil_logscope'
    package.mkdir(parents=True)
    (package / '__init__.py').touch()
    (package / '__main__.py').write_text(WINDOW)
    for name in ('PyQt5', 'numpy'):  # are looked for, not used
        (package.parent / f'{name}.py').touch()
    told = place.root / 'told'
    place.environ.update(
        PYTHONPATH=f'{package.parent}:{os.environ.get("PYTHONPATH", "")}', DISPLAY=':9',
        WINDOW='well', TOLD=str(told))

    def read() -> dict[str, Any]:
        found: dict[str, Any] = json.loads(told.read_text())
        return found

    yield read
    close_logscope(place.paths)


Window = Callable[[], dict[str, Any]]


def test_monitor_opens_the_logs_of_the_project(place: Place, window: Window) -> None:
    """A session of its own, so it stays when the terminal is closed."""
    code, out, err = place.nevil('monitor')
    told = window()
    assert (code, out, err) == (0, f'LogScope is open (pid {told["pid"]})\n', '')
    assert told['argv'] == ['--log-dir', str(place.paths.logs), '--max-entries', '10000',
                            '--title', 'robbie']
    assert told['session'] == told['pid'] and place.paths.logs.is_dir()
    assert logscope_status(place.paths) == {'running': True, 'pid': told['pid']}


def test_it_is_opened_once(place: Place, window: Window) -> None:
    """A second window of the same logs only costs memory."""
    place.nevil('monitor')
    pid = window()['pid']
    assert place.nevil('monitor') == (0, f'LogScope is already open (pid {pid})\n', '')


def test_options_win_over_the_project(place: Place, window: Window) -> None:
    """What is in the root file is for every start, an option for this one."""
    (place.project / '.nodes').write_text(
        'version: "3.0"\nsystem: {monitoring: {logscope_theme: light, max_entries: 77}}\n')
    place.nevil('monitor')
    assert window()['argv'][2:6] == ['--theme', 'light', '--max-entries', '77']
    close_logscope(place.paths)
    place.nevil('monitor', '--theme', 'dark', '--max-entries', '5')
    assert window()['argv'][2:6] == ['--theme', 'dark', '--max-entries', '5']


def test_a_project_with_errors_can_be_looked_at(place: Place, window: Window) -> None:
    """Its logs are wanted even more."""
    (place.project / '.nodes').write_text('version: [\n')
    assert place.nevil('monitor')[0] == 0
    assert window()['argv'] == ['--log-dir', str(place.paths.logs), '--title', 'robbie']


@pytest.mark.parametrize(('args', 'expected'), [
    (['a.log', '-'], ['--max-entries', '10000', '--title', 'robbie', '--', 'a.log', '-']),
    (['--log-dir', 'there', '--theme', 'light'],
     ['--log-dir', '{root}/there', '--theme', 'light', '--max-entries', '10000',
      '--title', 'robbie']),
])
def test_other_logs_are_a_window_besides(
        place: Place, window: Window, args: list[str], expected: list[str]) -> None:
    """Of the same process, so that it reads this standard input and ends with Ctrl-C."""
    (place.root / 'there').mkdir()
    report, other = os.pipe()
    place.environ['NEVIL_LOGSCOPE_FDS'] = f'{other},{other}'
    process = place.begin('monitor', *args, pass_fds=[other])
    os.close(other)
    assert os.read(report, 6) == b'ready\n'
    os.close(report)
    told = window()
    assert told['argv'] == [word.format(root=place.root) for word in expected]
    assert told['pid'] == process.pid and not logscope_status(place.paths)['running']


def test_a_wrong_folder_is_named(place: Place, window: Window) -> None:
    """Rather than an empty window."""
    assert place.nevil('monitor', '--log-dir', 'nowhere') == (
        2, '', 'nevil: monitor: --log-dir: nowhere is not a folder\n')
    assert place.nevil('monitor', '--max-entries', '0')[::2] == (
        2, "nevil: monitor: argument -m/--max-entries: '0' is not a number of entries, 1 or more; "
        'nevil monitor --help shows its options\n')


def test_why_it_ended_is_told(place: Place, window: Window) -> None:
    """A display that cannot be reached, a library that is missing: its own words say it."""
    place.environ['WINDOW'] = 'dies'
    assert place.nevil('monitor') == (
        1, '', 'nevil: LogScope ended while it started (status 1)\n'
        '  qt.qpa.xcb: could not connect to display :9\n')
    assert logscope_status(place.paths) == {'running': False, 'pid': None}


def test_no_display_is_told_before_anything_starts(place: Place, window: Window) -> None:
    """Qt would abort, and leave a core dump."""
    for name in ('DISPLAY', 'WAYLAND_DISPLAY', 'QT_QPA_PLATFORM'):
        place.environ.pop(name, None)
    assert place.nevil('monitor') == (
        1, '', 'nevil: LogScope cannot be opened: there is no display: DISPLAY and '
        "WAYLAND_DISPLAY are not set (over ssh: ssh -X; 'nevil logs -f' needs none)\n")
    assert not Path(place.environ['TOLD']).exists()


@pytest.mark.parametrize(('installed', 'environment', 'expected'), [
    ('numpy PyQt5', '', 'the package nevil_logscope is not installed'),
    ('nevil_logscope numpy', '', 'it needs PyQt5: apt install python3-pyqt5'),
    ('nevil_logscope', '/opt/ros/jazzy',
     'it needs PyQt5 and numpy: apt install python3-pyqt5 python3-numpy'),
    ('nevil_logscope numpy', '/home/me/nevil:embedded',
     "it needs PyQt5: 'scripts/nevil monitor' installs what is missing (60 MB)"),
    ('nevil_logscope PyQt6 numpy', '', None),
])
def test_what_is_missing_is_named_with_the_way_to_it(
        installed: str, environment: str, expected: str | None) -> None:
    """The way depends on whose Python it is."""
    environ = {'DISPLAY': ':0', 'NEVIL_ENVIRONMENT': environment}
    assert obstacle(environ, lambda name: name in installed.split()) == expected


def test_it_hears_the_system_that_runs(place: Place, window: Window, serve: Serve) -> None:
    """Which may have been started in another terminal, in another domain."""
    serve(document('ready')).handlers['ping'] = lambda _: {
        'pid': 1, 'middleware': {'ROS_DOMAIN_ID': '77'}}
    place.environ['ROS_DOMAIN_ID'] = '5'
    assert place.nevil('monitor')[0] == 0
    assert window()['domain'] == '77'


@pytest.mark.parametrize(('how', 'least_s'), [('well', 0), ('stubborn', 5)])
def test_stop_closes_it(place: Place, window: Window, how: str, least_s: float) -> None:
    """SIGTERM, and SIGKILL when that does not help; a system that does not run is no obstacle."""
    place.environ['WINDOW'] = how
    place.nevil('monitor')
    pid, started = window()['pid'], time.monotonic()
    assert place.nevil('stop') == (
        0, f'robbie is not running\nLogScope closed (pid {pid})\n', '')
    assert least_s <= time.monotonic() - started < least_s + 5
    assert place.nevil('stop') == (0, 'robbie is not running\n', '')
    assert not logscope_status(place.paths)['running']


def test_status_shows_it_also_when_nothing_runs(place: Place, window: Window) -> None:
    """One look tells all that is there."""
    place.nevil('monitor')
    pid = window()['pid']
    assert f'\nLogScope: running (pid {pid})\n' in place.nevil('status')[1]
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not logscope_status(place.paths)['running'])
    assert "\nLogScope: not running; 'nevil monitor' opens it\n" in place.nevil('status')[1]


@pytest.mark.parametrize('how', ['well', 'dies', 'no display'])
def test_start_of_a_running_system_can_open_it(
        place: Place, window: Window, serve: Serve, how: str) -> None:
    """What becomes of the window changes nothing for the system, nor for the exit code."""
    serve(document('ready', node('camera'))).on_subscribe = [READY]
    place.environ['WINDOW'] = how
    if how == 'no display':
        del place.environ['DISPLAY']
        place.environ.pop('QT_QPA_PLATFORM', None)
    code, out, err = place.nevil('start', '--logscope')
    assert code == 0 and 'robbie is ready: 1 nodes' in out
    if how == 'well':
        assert out.endswith(f'LogScope is open (pid {window()["pid"]})\n') and not err
    else:
        assert 'LogScope' not in out and err.endswith('\n  the robot runs without it\n')
        assert len(re.findall('LogScope', err)) == 1
    assert place.nevil('start')[1].count('LogScope') == 0


def test_json_stays_json(place: Place, window: Window, serve: Serve) -> None:
    """Programs read the standard output."""
    serve(document('ready')).on_subscribe = [READY]
    code, out, _ = place.nevil('start', '--logscope', '--json')
    assert code == 0 and json.loads(out)['state'] == 'ready'
    assert logscope_status(place.paths)['pid'] == window()['pid']
