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

"""Parts of scripts/setup.sh, each alone."""

from __future__ import annotations

import os
from pathlib import Path
import shutil
import subprocess
from typing import Any

import pytest
from quality.sources import ROOT


@pytest.mark.parametrize(('words', 'first'), [
    ('', 'usage: nevil COMMAND'), ('--help', 'usage: nevil COMMAND'),
    ('help status', 'usage: nevil status'), ('--version', 'nevil ')])
def test_what_tells_of_nevil_builds_nothing(tmp_path: Path, words: str, first: str) -> None:
    """The first words that somebody types in a fresh clone."""
    shutil.copytree(ROOT / 'scripts', tmp_path / 'scripts')
    (tmp_path / 'src').symlink_to(ROOT / 'src')
    ours = {name: value for name, value in os.environ.items()
            if not name.startswith('NEVIL_') and name != 'PYTHONPATH'}
    done = subprocess.run([tmp_path / 'scripts' / 'nevil', *words.split()], env=ours, text=True,
                          capture_output=True, timeout=60, check=True)
    assert done.stdout.startswith(first) and not done.stderr
    assert not (tmp_path / '.nevil').exists()


def functions(workspace: Path, commands: str, **options: Any) -> str:
    """Return what commands print that use the functions of setup.sh."""
    words = f'ros=embedded workspace={workspace} state={workspace}/.nevil\n'
    printed: str = subprocess.run(
        ['bash', '-c', f'{words}source "{ROOT}/scripts/setup.sh"\n{commands}'], text=True,
        capture_output=True, timeout=60, check=True, **options).stdout
    return printed


def test_sudo_is_named_where_it_is(tmp_path: Path) -> None:
    """A container has none, and root needs none."""
    sudo = tmp_path / 'sudo'
    sudo.touch(mode=0o755)
    tmp_path.chmod(0o755)
    user: dict[str, Any] = {'user': 65534} if os.geteuid() == 0 else {}
    without: dict[str, Any] = {'env': {'PATH': '/nowhere'}, 'executable': shutil.which('bash')}
    with_it = {**without, 'env': {'PATH': str(tmp_path)}}
    if all(os.stat(folder).st_mode & 0o001 for folder in tmp_path.parents):
        assert functions(tmp_path, 'as_root', **with_it, **user) == 'sudo '
    assert functions(tmp_path, 'as_root', **without, **user) == ''
    if user:
        assert functions(tmp_path, 'as_root', **with_it) == ''


def test_pyqt_is_installed_once(tmp_path: Path) -> None:
    """Also where the libraries of the system are missing that it needs."""
    (tmp_path / 'scripts').mkdir()
    (tmp_path / 'scripts' / 'window-requirements.txt').write_text('PyQt5\n')
    (tmp_path / 'scripts' / 'embedded.sh').write_text(
        'run_pip() { :; }; how_to_install() { :; }\n')
    (tmp_path / '.nevil' / 'venv').mkdir(parents=True)
    (tmp_path / '.nevil' / 'interpreter.sh').write_text('NEVIL_INTERPRETER=x\n')
    calls = """
        window_lacks_libraries() { [[ $lacking ]]; }
        for lacking in yes yes ''; do
            (make_window; echo ready) 2>&1 | grep -o 'installing PyQt5\\|needs libraries\\|ready'
        done"""
    assert functions(tmp_path, calls).splitlines() == [
        'installing PyQt5', 'needs libraries', 'needs libraries', 'ready']
