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

"""``nevil service``: writes, starts and removes its own unit, and touches nobody else's."""

from __future__ import annotations

from collections.abc import Callable
import json
import os
from pathlib import Path

from place import Place
import pytest

# Notes what it is asked, and answers as systemd does.
_SYSTEMCTL = """\
#!/bin/sh
echo "$*" >>"$LOG"
case "$*" in
    *' show '*) printf '%s\\n' "ActiveState=$ACTIVE" SubState=running UnitFileState=enabled \\
                    MainPID=42 'StatusText=3 of 3 nodes ready' ;;
    *' start '*|*' restart '*) [ -z "$REFUSED" ] || { echo 'Job failed.' >&2; exit 1; } ;;
esac
"""

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def unit(place: Place) -> Path:
    """Return where the unit will be, with a systemd of the user that notes what it is asked."""
    programs = place.root / 'bin'
    programs.mkdir()
    (programs / 'systemctl').write_text(_SYSTEMCTL)
    (programs / 'systemctl').chmod(0o755)
    (place.root / 'run' / 'systemd').mkdir(parents=True)
    place.environ.update(
        PATH=f'{programs}:{os.environ["PATH"]}', LOG=str(place.root / 'asked'), ACTIVE='active',
        XDG_RUNTIME_DIR=str(place.root / 'run'), XDG_CONFIG_HOME=str(place.root / 'config'))
    return place.root / 'config' / 'systemd' / 'user' / 'nevil-robbie.service'


def asked(place: Place) -> list[str]:
    """Return what systemctl was asked since the last time."""
    log = place.root / 'asked'
    lines = log.read_text().splitlines() if log.exists() else []
    log.unlink(missing_ok=True)
    return lines


def test_install_start_and_uninstall(place: Place, unit: Path) -> None:
    """What a user does, and that nothing stays behind."""
    code, out, err = place.nevil('service', 'install', '--user', '--now', '--enable')
    assert (code, err) == (0, '') and f'{unit} written\n' in out
    assert asked(place) == ['--user daemon-reload', '--user enable nevil-robbie.service',
                            '--user restart nevil-robbie.service']
    assert f'service run --project {place.project}\n' in unit.read_text()
    assert unit.stat().st_mode & 0o777 == 0o644
    code, out, err = place.nevil('service', 'uninstall', '--user')
    assert (code, out, err) == (0, f'{unit} removed\n', '')
    assert asked(place) == ['--user disable --now nevil-robbie.service', '--user daemon-reload']
    assert not unit.exists() and not list(unit.parent.iterdir())
    code, out, err = place.nevil('service', 'uninstall', '--user')
    assert (code, out, err) == (0, f'no service of {place.project} is installed (user)\n', '')


def test_a_second_install_changes_nothing(place: Place, unit: Path) -> None:
    """And does not restart a robot that runs."""
    place.nevil('service', 'install', '--user')
    text, when = unit.read_text(), unit.stat().st_mtime_ns
    asked(place)
    code, out, _ = place.nevil('service', 'install', '--user', '--now')
    assert code == 0 and f'{unit} is up to date\n' in out
    assert (unit.read_text(), unit.stat().st_mtime_ns) == (text, when)
    assert asked(place) == ['--user daemon-reload', '--user start nevil-robbie.service']


def test_printing_writes_nothing(place: Place, unit: Path) -> None:
    """For who wants to see it first, or puts it elsewhere."""
    code, out, err = place.nevil('service', 'install', '--user', '--print')
    assert (code, err) == (0, '') and '\nType=notify\n' in out
    assert not unit.exists() and not asked(place)
    place.nevil('service', 'install', '--user')
    assert unit.read_text() == out


@pytest.mark.parametrize('action', ['install', 'uninstall'])
def test_a_unit_of_somebody_else_is_left_alone(place: Place, unit: Path, action: str) -> None:
    """With the way out."""
    unit.parent.mkdir(parents=True)
    unit.write_text('[Service]\nExecStart=/bin/true\n')
    code, out, err = place.nevil('service', action, '--user', '--name', 'nevil-robbie')
    assert (code, out) == (1, '')
    assert err.startswith(f'nevil: {unit} was not written by nevil service install and is not ')
    assert '--name NAME' in err
    assert unit.read_text() == '[Service]\nExecStart=/bin/true\n' and not asked(place)
    if action == 'install':
        assert place.nevil('service', 'install', '--user', '--name', 'mine')[0] == 0
        assert 'nevil-robbie' not in place.nevil('service', 'status', '--user')[1]
        assert unit.with_name('mine.service').exists()


def test_the_unit_of_another_project_is_left_alone(place: Place, unit: Path) -> None:
    """Two robots may have the same name."""
    place.nevil('service', 'install', '--user')
    text = unit.read_text()
    other = place.root / 'other' / 'robbie'
    (other / 'nodes').mkdir(parents=True)
    (other / '.nodes').write_text('version: "3.0"\nsystem: {}\n')
    code, _, err = place.nevil('service', 'install', '--user', '--project', str(other))
    assert code == 1 and f'is the service of {place.project}' in err
    assert unit.read_text() == text


def test_status(place: Place, unit: Path) -> None:
    """With the exit codes of LSB, as nevil status has them."""
    code, out, _ = place.nevil('service', 'status', '--user')
    assert code == 4 and out == "not installed (user); 'nevil service install' installs it\n"
    place.nevil('service', 'install', '--user')
    code, out, _ = place.nevil('service', 'status', '--user')
    assert (code, out) == (
        0, 'nevil-robbie.service: active (running), enabled, pid 42: 3 of 3 nodes ready\n')
    place.environ['ACTIVE'] = 'failed'
    code, out, _ = place.nevil('service', 'status', '--user', '--json')
    known = json.loads(out)
    assert code == 3 and known['state'] == 'failed' and known['path'] == str(unit)


def test_what_systemd_refuses_is_told(place: Place, unit: Path) -> None:
    """In its own words."""
    place.environ['REFUSED'] = '1'
    code, _, err = place.nevil('service', 'install', '--user', '--now')
    assert (code, err) == (
        1, 'nevil: systemctl --user restart nevil-robbie.service: Job failed.\n')


def test_without_systemd_the_unit_is_written_and_the_rest_told(place: Place, unit: Path) -> None:
    """In a container, over ssh without a session: what is left to do can be copied."""
    del place.environ['XDG_RUNTIME_DIR']
    code, out, err = place.nevil('service', 'install', '--user')
    assert (code, err) == (0, '') and unit.exists()
    assert 'systemctl --user enable --now nevil-robbie.service' in out
    code, _, err = place.nevil('service', 'install', '--user', '--enable')
    assert code == 1 and 'XDG_RUNTIME_DIR is not set' in err
    assert place.nevil('service', 'status', '--user')[0] == 4
    assert place.nevil('service', 'uninstall', '--user')[0] == 0 and not unit.exists()
    assert not asked(place)


@pytest.mark.parametrize(('arguments', 'error'), [
    (['install', '--console'], 'service install: --console goes with service run'),
    (['status', '--now'], 'service status: --now goes with service install'),
    (['install', '--name', 'a/b'], "--name: 'a/b' is not a name of letters"),
])
def test_wrong_usage_is_told(place: Place, arguments: list[str], error: str) -> None:
    """Before anything is done."""
    code, out, err = place.nevil('service', *arguments)
    assert code in (1, 2) and out == '' and error in err


def test_a_project_with_errors_is_no_service(place: Place, unit: Path) -> None:
    """It would fail at the next boot, with nobody there."""
    (place.project / '.nodes').write_text('version: "3.0"\nsystem: {log_level: LOUD}\n')
    code, _, err = place.nevil('service', 'install', '--user')
    assert code == 1 and 'LOUD' in err and not unit.exists()
