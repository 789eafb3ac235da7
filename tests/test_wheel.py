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

"""The wheel: what it holds, and what its command does with that."""

from __future__ import annotations

import os
from pathlib import Path
import shutil
import subprocess
import sys
import zipfile

import pytest
from quality.sources import ROOT

pytestmark = pytest.mark.timeout(300)

PIP = [sys.executable, '-m', 'pip', '--disable-pip-version-check', '--quiet']


@pytest.fixture(scope='module')
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a wheel of this checkout."""
    folder = tmp_path_factory.mktemp('wheel')
    built = ROOT / 'wheel' / 'build'
    done = subprocess.run(
        [*PIP, 'wheel', '--no-deps', '--no-index', '--no-build-isolation', '--wheel-dir', folder,
         ROOT / 'wheel'], capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stderr
    assert not built.exists() and not list((ROOT / 'wheel').rglob('*.egg-info'))
    [file] = folder.glob('nevil-*.whl')
    return file


def test_it_holds_the_workspace(wheel: Path) -> None:
    """All that is built and run, and no test."""
    listed = subprocess.run(['git', 'ls-files', '-z', 'src', 'scripts'], cwd=ROOT, text=True,
                            capture_output=True, timeout=60, check=False)
    if listed.returncode:
        pytest.skip('this is no git checkout')
    wanted = {name for name in listed.stdout.split('\0')
              if name and 'test' not in Path(name).parts and not name.endswith('screenshots.py')
              and (ROOT / name).is_file()}
    held = {name.partition('/workspace/')[2] for name in zipfile.ZipFile(wheel).namelist()
            if '/workspace/' in name}
    assert len(wanted) > 200
    assert not wanted - held
    assert not [name for name in held if 'test' in Path(name).parts or '.pyc' in name]


def test_its_command_is_that_of_the_workspace(wheel: Path, tmp_path: Path) -> None:
    """In an empty virtual environment; what has been built stays when another wheel comes."""
    subprocess.run([sys.executable, '-m', 'venv', '--without-pip', tmp_path / 'venv'], check=True,
                   timeout=100)
    subprocess.run([*PIP, '--python', tmp_path / 'venv', 'install', '--no-index', wheel],
                   check=True, timeout=100)
    environ = {'PATH': f'{tmp_path}/venv/bin:/usr/bin:/bin', 'HOME': str(tmp_path),
               'XDG_DATA_HOME': str(tmp_path / 'data')}

    def version() -> str:
        return subprocess.run(['nevil', 'version'], env=environ, cwd=tmp_path, text=True,
                              stdout=subprocess.PIPE, check=True, timeout=100).stdout

    told = version()
    [folder] = (tmp_path / 'data' / 'nevil').iterdir()
    assert folder.name in told
    assert os.access(folder / 'scripts' / 'nevil', os.X_OK)
    (folder / '.nevil').mkdir(exist_ok=True)
    (folder / '.nevil' / 'kept').touch()
    shutil.rmtree(folder / 'src' / 'nevil_logscope')
    assert version() == told
    assert not (folder / 'src' / 'nevil_logscope').exists(), 'it is put in place once'
    (folder / 'identity.txt').write_text('of another wheel\n')
    assert version() == told
    assert (folder / 'src' / 'nevil_logscope').is_dir()
    assert (folder / '.nevil' / 'kept').is_file()
