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
Tests of windows, on machines that have Qt and on those that have not.

Without PyQt, or without the libraries of the system that its offscreen platform loads, Qt ends the
whole process. So a process of its own finds out, and the tests are skipped with what it said.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
import os
from pathlib import Path
import subprocess
import sys

import pytest

__all__ = ['plugins', 'pytest_pycollect_makemodule']

QT_FOLDERS = ('plugin', 'view')
_PROBE = """
from nevil_logscope.binding import NAME, QtWidgets
QtWidgets.QApplication([])
print(NAME)
"""
_found: dict[str, str] = {}


def plugins() -> list[str]:
    """Return the plugins that tests of windows need, [] where there are no windows."""
    if _missing():
        return []
    os.environ.setdefault('PYTEST_QT_API', _found['binding'].lower())
    return ['pytestqt.plugin']


def pytest_pycollect_makemodule(
        module_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Skip the tests of the folders named above one by one, without importing them."""
    if module_path.parent.name in QT_FOLDERS and _missing():
        return _WithoutQt.from_parent(parent, path=module_path)
    return None


class _WithoutQt(pytest.File):
    def collect(self) -> Iterable[pytest.Item]:
        tree = ast.parse(self.path.read_text(encoding='utf-8'))
        for statement in tree.body:
            if isinstance(statement, ast.FunctionDef) and statement.name.startswith('test'):
                yield _Skipped.from_parent(self, name=statement.name)


class _Skipped(pytest.Item):
    def runtest(self) -> None:
        pytest.skip(f'needs_qt: {_missing()}')


def _missing() -> str:
    """Return what Qt said when it could not show a window, '' where it can."""
    if not _found:
        os.environ.setdefault('QT_QPA_PLATFORM', 'offscreen')
        package = Path(__file__).parents[2] / 'src'
        path = os.pathsep.join([
            *(str(package / name) for name in ('nevil_logscope', 'nevil_nodes', 'nevil_msgs')),
            os.environ.get('PYTHONPATH', '')])
        done = subprocess.run(
            [sys.executable, '-c', _PROBE], capture_output=True, text=True, timeout=60,
            check=False, env=os.environ | {'PYTHONPATH': path})
        said = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        _found['binding'] = done.stdout.strip()
        _found['missing'] = said[-1] if done.returncode and said else (
            f'status {done.returncode}' if done.returncode else '')
    return _found['missing']
