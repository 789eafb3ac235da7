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

"""No test depends on which POSIX signals whoever started the tests ignores."""

from __future__ import annotations

from pathlib import Path
import subprocess
import sys

import pytest

_ROOT = Path(__file__).parents[1]
_CHILD = ('import signal; print(*(signal.getsignal(getattr(signal, name)) is signal.SIG_IGN'
          ' for name in ("SIGINT", "SIGQUIT", "SIGHUP", "SIGUSR1")))')
_TESTS = 'import subprocess, sys; {import_}; subprocess.run([sys.executable, "-c", sys.argv[1]])'


@pytest.mark.parametrize(('import_', 'ignored'), [
    ('pass', 'True True True True'),
    ('import quality.posix_signals', 'False False False False')])
def test_what_a_test_starts_ignores_no_signal(import_: str, ignored: str) -> None:
    """Under nohup and in the background of a script SIGINT and SIGHUP are ignored."""
    shell = 'trap "" INT QUIT HUP USR1; exec "$0" -c "$1" "$2"'
    result = subprocess.run(
        ['sh', '-c', shell, sys.executable, _TESTS.format(import_=import_), _CHILD],
        cwd=Path(__file__).parent, text=True, capture_output=True, check=True)
    assert result.stdout.strip() == ignored


def test_the_tests_themselves_go_on_at_a_logout() -> None:
    """That is what nohup is for."""
    tests = ('import quality.posix_signals, signal; signal.raise_signal(signal.SIGHUP);'
             'print("goes on")')
    result = subprocess.run(
        ['sh', '-c', 'trap "" HUP; exec "$0" -c "$1"', sys.executable, tests],
        cwd=Path(__file__).parent, text=True, capture_output=True, check=False)
    assert result.stdout == 'goes on\n'


@pytest.mark.parametrize('conftest', [
    'tests/conftest.py',
    *(str(path.relative_to(_ROOT)) for path in sorted(_ROOT.glob('src/*/test/conftest.py')))])
def test_the_tests_of_every_package_do_so(conftest: str) -> None:
    """A new package is not to find out at night."""
    assert 'import quality.posix_signals' in (_ROOT / conftest).read_text()
