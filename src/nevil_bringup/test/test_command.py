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

from pathlib import Path
import shutil
import subprocess

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
    assert done.stdout == 'python -m nevil_bringup version\n'
