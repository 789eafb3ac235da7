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

"""Check what belongs to no package: the scripts and these tests themselves."""

from __future__ import annotations

import ast
import os
from pathlib import Path
import shutil
import subprocess

import pytest
from quality.linters import complaints
from quality.linters import CONFIGURATION
from quality.linters import crowded_imports
from quality.linters import HEADER
from quality.linters import NOT_AMENT
from quality.sources import PACKAGES
from quality.sources import python_files
from quality.sources import ROOT

pytestmark = pytest.mark.linter

FILES = [*python_files(ROOT / 'scripts'), *python_files(ROOT / 'tests'),
         *python_files(ROOT / 'benchmarks'), *python_files(ROOT / 'wheel')]
SHELL = ['nevil', 'setup.sh', 'embedded.sh']


def test_copyright() -> None:
    """Every file says whose it is and under which licence."""
    assert not [str(path) for path in FILES
                if not path.read_text(encoding='utf-8').startswith(HEADER)]


def test_flake8() -> None:
    """99 columns, single quotes, google import order."""
    pytest.importorskip('flake8')
    found = complaints('flake8', f'--config={CONFIGURATION / "flake8.ini"}', *FILES)
    assert not found, found


def test_one_import_a_line() -> None:
    """Two changes to what a module imports can then be merged."""
    assert not crowded_imports(FILES)


def test_pep257() -> None:
    """Docstrings are imperative, with the summary of a longer one on its second line."""
    pytest.importorskip('pydocstyle')
    found = complaints('pydocstyle', f'--ignore={NOT_AMENT}', *FILES)
    assert not found, found


@pytest.mark.timeout(300)
def test_mypy() -> None:
    """What checks the others is annotated as they are."""
    pytest.importorskip('mypy')
    found = complaints(
        'mypy', f'--config-file={CONFIGURATION / "mypy.ini"}', *FILES,
        MYPYPATH=os.pathsep.join(map(str, [
            *PACKAGES, ROOT / 'tests', ROOT / 'scripts', ROOT / 'benchmarks',
            ROOT / 'src/nevil_health/test/monitor'])))
    assert not found, found


@pytest.mark.parametrize('script', SHELL)
def test_shellcheck(script: str) -> None:
    """The scripts are the first thing a newcomer runs, on a machine we do not know."""
    shellcheck = shutil.which('shellcheck')
    if shellcheck is None:
        pytest.skip('shellcheck is not installed')
    done = subprocess.run([shellcheck, script], cwd=ROOT / 'scripts', capture_output=True,
                          text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout


def test_no_module_is_long() -> None:
    """A module above 300 lines is two concepts."""
    sources = [path for path in python_files(ROOT / 'src') if 'test' not in path.parts] + FILES
    long = {str(path.relative_to(ROOT)): count for path in sources if (count := lines(path)) > 300}
    assert not long


def test_no_function_is_long() -> None:
    """What does not fit on a screen is two steps; tests too."""
    long = {f'{path.relative_to(ROOT)}: {function.name}': length
            for path in [*python_files(ROOT / 'src'), *FILES]
            for function in ast.walk(ast.parse(path.read_text(encoding='utf-8')))
            if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef))
            and (length := (function.end_lineno or 0) - function.lineno + 1) > 40}
    assert not long


def lines(path: Path) -> int:
    """Return the number of lines of a file."""
    return path.read_text(encoding='utf-8').count('\n')
