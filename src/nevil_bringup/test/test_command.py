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

"""The command on the PATH of a sourced workspace."""

from __future__ import annotations

import os
from pathlib import Path
import shutil
import subprocess
import sys

from nevil_nodes.own_program import own_program
import pytest

COMMAND = Path(__file__).resolve().parents[1] / 'bin' / 'nevil'


def install(prefix: Path) -> Path:
    """Install it below a prefix and return its path."""
    (prefix / 'bin').mkdir(parents=True)
    return Path(shutil.copy(COMMAND, prefix / 'bin' / 'nevil'))


def write(script: Path, text: str) -> None:
    """Write a program."""
    script.parent.mkdir(parents=True, exist_ok=True)
    script.write_text(f'#!/bin/sh\necho {text} "$@"\n')
    script.chmod(0o755)


@pytest.mark.parametrize(('prefix', 'expected'), [
    ('.nevil/install', 'script'), ('install', 'python')])
def test_a_checkouts_command_goes_through_its_script(
    tmp_path: Path, prefix: str, expected: str,
) -> None:
    """Sourcing the workspace alone does not bring an embedded ROS 2."""
    root = tmp_path / 'work space'
    command = install(root / prefix)
    write(root / 'scripts' / 'nevil', 'script')
    write(tmp_path / 'bin' / 'python3', 'python')
    done = subprocess.run(
        ['nevil', 'say', 'a  b'], env={'PATH': f'{command.parent}:{tmp_path}/bin:/usr/bin:/bin'},
        text=True, stdout=subprocess.PIPE, timeout=10, check=True)
    assert done.stdout.startswith(expected) and done.stdout.endswith('say a  b\n')


def test_without_the_checkout_python_is_called(tmp_path: Path) -> None:
    """An installed workspace may be all that is left."""
    command = install(tmp_path / '.nevil' / 'install')
    write(tmp_path / 'bin' / 'python3', 'python')
    done = subprocess.run(
        [command, 'version'], env={'PATH': f'{tmp_path}/bin:/usr/bin:/bin'}, text=True,
        stdout=subprocess.PIPE, timeout=10, check=True)
    assert done.stdout.startswith('python -c ') and done.stdout.endswith(' version\n')


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """Return a folder with modules that are called like some of Python's and of Nevil's."""
    for name in ('argparse', 'asyncio', 'json', 'nevil_bringup', 'nevil_nodes', 'select', 'socket',
                 'token', 'typing'):
        (tmp_path / f'{name}.py').write_text(f'raise SystemExit("foreign {name}")\n')
    return tmp_path


def test_the_command_takes_no_module_from_the_current_folder(foreign: Path) -> None:
    """A robot's folder may hold a json.py, and a downloads folder anything."""
    script = install(foreign / 'elsewhere')
    path = f'{Path(sys.executable).parent}:{os.environ["PATH"]}'
    done = subprocess.run([str(script), '--version'], cwd=foreign, text=True, timeout=60,
                          env={**os.environ, 'PATH': path}, capture_output=True)
    assert (done.returncode, done.stderr) == (0, '')
    assert done.stdout.startswith('nevil ')


@pytest.mark.skipif(sys.version_info < (3, 11), reason='Python 3.10 has no option for it')
@pytest.mark.parametrize('module', [
    'nevil_bringup', 'nevil_bringup.supervisor', 'nevil_logscope'])
def test_the_parts_of_nevil_take_no_module_from_the_current_folder(
        foreign: Path, module: str) -> None:
    """They are started where the user is, or in the project."""
    done = subprocess.run(own_program(module, '--help'), cwd=foreign, text=True, timeout=60,
                          capture_output=True)
    assert (done.returncode, done.stderr) == (0, '')
