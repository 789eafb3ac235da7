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

"""
The linters, as tests of the package whose ``test`` folder imports them.

The same rules as ament_copyright, ament_flake8, ament_pep257, ament_mypy and ament_xmllint, but
with tools that exist without ROS 2 too.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
import os
from pathlib import Path
import subprocess
import sys

import pytest

from quality.sources import PACKAGES
from quality.sources import python_files
from quality.sources import ROOT

__all__ = [
    'package', 'test_copyright', 'test_flake8', 'test_mypy', 'test_one_import_a_line',
    'test_package_xml', 'test_pep257',
]

HEADER = (Path(__file__).read_text(encoding='utf-8').partition('\n\n')[0] + '\n')
CONFIGURATION = Path(__file__).parent
# The convention 'ament' of ament_pep257: everything but these.
NOT_AMENT = 'D100,D101,D102,D103,D104,D105,D106,D107,D203,D212,D404'

pytestmark = pytest.mark.linter


@pytest.fixture
def package(request: pytest.FixtureRequest) -> Path:
    """Return the folder of the package that is tested."""
    return request.config.rootpath


def complaints(*command: str | Path, cwd: Path = ROOT, **environment: str) -> str:
    """Run a linter of this Python and return what it printed, '' when it found nothing."""
    done = subprocess.run(
        [sys.executable, '-m', *command], cwd=cwd, capture_output=True, text=True,
        env=os.environ | environment, timeout=300)
    return done.stdout + done.stderr if done.returncode else ''


def crowded_imports(files: Iterable[Path]) -> list[str]:
    """Return where several names are imported by one statement."""
    return [
        f'{file.relative_to(ROOT)}:{node.lineno}' for file in files
        for node in ast.walk(ast.parse(file.read_text(encoding='utf-8')))
        if isinstance(node, ast.Import | ast.ImportFrom) and len(node.names) > 1]


@pytest.mark.linter
def test_copyright(package: Path) -> None:
    """Every file says whose it is and under which licence, as ROS 2 packages do."""
    lacking = [
        str(path.relative_to(package)) for path in python_files(package)
        if 'templates' not in path.parts
        and not path.read_text(encoding='utf-8').startswith(HEADER)]
    assert not lacking, f'without the header that quality/linters.py begins with: {lacking}'


@pytest.mark.linter
def test_flake8(package: Path) -> None:
    """99 columns, single quotes, google import order."""
    pytest.importorskip('flake8')
    rules = f'--config={CONFIGURATION / "flake8.ini"}'
    found = complaints('flake8', rules, *python_files(package))
    assert not found, found


@pytest.mark.linter
def test_one_import_a_line(package: Path) -> None:
    """Two changes to what a module imports can then be merged."""
    found = crowded_imports(python_files(package))
    assert not found, found


@pytest.mark.linter
def test_pep257(package: Path) -> None:
    """Docstrings are imperative, with the summary of a longer one on its second line."""
    pytest.importorskip('pydocstyle')
    found = complaints('pydocstyle', f'--ignore={NOT_AMENT}', *python_files(package))
    assert not found, found


@pytest.mark.linter
@pytest.mark.timeout(300)
def test_mypy(package: Path) -> None:
    """The package's modules and tests are fully annotated and agree with each other (strict)."""
    pytest.importorskip('mypy')
    # Settings of pytest have one name in all folders, which mypy does not take; those hold little.
    modules = [
        path for path in python_files(package)
        if 'templates' not in path.parts and path.name != 'conftest.py'
        and path.parent != package and 'launch' != path.parent.name]
    tests = sorted({path.parent for path in modules if path.is_relative_to(package / 'test')})
    found = complaints(
        'mypy', f'--config-file={CONFIGURATION / "mypy.ini"}', *modules,
        MYPYPATH=os.pathsep.join(map(str, [*PACKAGES, ROOT / 'tests', *tests])))
    assert not found, found


@pytest.mark.linter
def test_package_xml(package: Path) -> None:
    """The manifest obeys the structure of REP-149 that tools rely on."""
    from catkin_pkg.package import parse_package
    warnings: list[str] = []
    manifest = parse_package(str(package / 'package.xml'), warnings=warnings)
    assert not warnings, warnings
    assert manifest.package_format == 3
    assert manifest.licenses == ['Apache-2.0']
    second_line = (package / 'package.xml').read_text(encoding='utf-8').splitlines()[1]
    assert second_line.startswith('<?xml-model ') and 'package_format3.xsd' in second_line
