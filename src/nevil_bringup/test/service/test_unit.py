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

"""The unit says to systemd what is meant, whatever is in a path or a variable."""

from __future__ import annotations

from pathlib import Path
import re
import shutil
import subprocess

from hypothesis import given
from hypothesis import strategies as st
from nevil_bringup.service.environment import command_of
from nevil_bringup.service.environment import taken_along
from nevil_bringup.service.unit import Account
from nevil_bringup.service.unit import of_project
from nevil_bringup.service.unit import ServiceUnit
import pytest

_WORDS = st.text(st.characters(exclude_categories=('Cs', 'Cc'), exclude_characters='\x7f'),
                 max_size=20)


def unit(*, account: Account | None = None, command: tuple[str, ...] = ('/bin/true',),
         environment: dict[str, str] | None = None, directory: str = '/srv/robot') -> ServiceUnit:
    """Return a unit of which some is given."""
    return ServiceUnit(
        name='nevil-robot.service', project='robot', directory=Path(directory), command=command,
        environment=environment or {}, account=account, start_s=100.2, stop_s=50.0)


def values(text: str, key: str) -> list[str]:
    """Return what a unit file gives for a key."""
    return re.findall(f'^{key}=(.*)$', text, re.MULTILINE)


def read_back(text: str, *, dollars: bool) -> list[str]:
    """Split a list as systemd does (systemd.syntax(7)), for what we write."""
    words = []
    for quoted, plain in re.findall(r'"((?:[^"\\]|\\.)*)"|(\S+)', text):
        word = re.sub(r'\\(.)', lambda m: '\n' if m[1] == 'n' else m[1], quoted) or plain
        word = word.replace('%%', '%')
        words.append(word.replace('$$', '$') if dollars else word)
    return words


@given(st.lists(_WORDS.filter(bool), min_size=1), st.dictionaries(
    st.from_regex('[A-Z_]{1,9}', fullmatch=True), _WORDS))
def test_nothing_is_expanded_or_split(words: list[str], environment: dict[str, str]) -> None:
    """A folder called `50% of $HOME "x"` is a folder of that name."""
    text = unit(command=('/bin/true', *words), environment=environment).text()
    assert read_back(values(text, 'ExecStart')[0], dollars=True) == ['/bin/true', *words]
    given = [read_back(value, dollars=False)[0] for value in values(text, 'Environment')]
    assert given == [f'{name}={value}' for name, value in sorted(environment.items())]


def test_the_timeouts_are_those_of_the_graph() -> None:
    """Systemd should never be the first to lose patience, and see a loop that hangs."""
    text = unit().text()
    assert values(text, 'TimeoutStartSec') == ['161'] and values(text, 'TimeoutStopSec') == ['50']
    assert values(text, 'WatchdogSec') == ['30']
    for line in ('Type=notify', 'NotifyAccess=main', 'KillMode=mixed', 'Restart=on-failure',
                 'OOMPolicy=continue', 'WorkingDirectory=/srv/robot'):
        assert f'\n{line}\n' in text


def test_user_and_system_differ_where_they_must() -> None:
    """A user's systemd knows neither User= nor multi-user.target, and grants no priority."""
    system = unit(account=Account(name='pi', uid=1000)).text()
    assert values(system, 'User') == ['pi'] and values(system, 'WantedBy') == ['multi-user.target']
    assert 'user-runtime-dir@1000.service' in values(system, 'After')[0]
    own = unit().text()
    assert values(own, 'WantedBy') == ['default.target']
    assert not values(own, 'User') and not values(own, 'LimitNICE') and not values(own, 'After')


@pytest.mark.parametrize('directory', ['/srv/robot', '/srv/my robot 50%/x'])
def test_a_unit_tells_whose_it_is(directory: str) -> None:
    """So that nothing of somebody else is overwritten or removed."""
    assert of_project(unit(directory=directory).text()) == Path(directory)
    assert of_project('[Unit]\nDescription=mine\n') is None and of_project('') is None


def test_the_environment_is_that_of_ros_and_nevil() -> None:
    """A key for a service in the cloud belongs into .env, not into a file that all can read."""
    environ = {
        'PATH': '/usr/bin', 'ROS_DOMAIN_ID': '7', 'RMW_IMPLEMENTATION': 'rmw_x', 'HOME': '/root',
        'OPENAI_API_KEY': 'secret', 'NEVIL_PROJECT': '/other', 'NEVIL_RUN_ID': 'x',
        'NEVIL_DEV': '1', 'NEVIL_STATE_DIR': 'here', 'PYTHONPATH': '/p'}
    assert taken_along(environ) == {
        'PATH': '/usr/bin', 'ROS_DOMAIN_ID': '7', 'RMW_IMPLEMENTATION': 'rmw_x', 'NEVIL_DEV': '1',
        'NEVIL_STATE_DIR': str(Path.cwd() / 'here'), 'PYTHONPATH': '/p'}


def test_in_a_checkout_the_script_is_executed(tmp_path: Path) -> None:
    """It builds what an update has made stale; elsewhere Python is, by its absolute path."""
    environ = {'NEVIL_ENVIRONMENT': f'{tmp_path}:/opt/ros/jazzy'}
    assert command_of(environ)[-2:] == ('-m', 'nevil_bringup')
    assert Path(command_of({})[0]).is_absolute()
    script = tmp_path / 'scripts' / 'nevil'
    script.parent.mkdir()
    script.touch(0o755)
    assert command_of(environ) == (str(script),)


@pytest.mark.skipif(shutil.which('systemd-analyze') is None, reason='systemd-analyze is not here')
@pytest.mark.parametrize('account', [None, Account(name='root', uid=0)], ids=['user', 'system'])
def test_systemd_finds_nothing_wrong(tmp_path: Path, account: Account | None) -> None:
    """A misspelt key is a warning in the journal, and else without effect."""
    project = tmp_path / 'my robot 50% "x"'
    project.mkdir()
    text = unit(account=account, directory=str(project), environment={'A': 'b "c" $d %e \\f'},
                command=('/bin/true', '--project', str(project))).text()
    path = tmp_path / 'nevil-robot.service'
    path.write_text(text)
    (tmp_path / 'run').mkdir(mode=0o700)
    done = subprocess.run(
        ['systemd-analyze', *([] if account else ['--user']), 'verify', str(path)],
        env={'PATH': '/usr/bin:/bin', 'XDG_RUNTIME_DIR': str(tmp_path / 'run'),
             'HOME': str(tmp_path)}, capture_output=True, text=True, timeout=60, check=False)
    said = [line for line in done.stderr.splitlines() if 'nevil-robot' in line]
    assert (done.returncode, said) == (0, [])
