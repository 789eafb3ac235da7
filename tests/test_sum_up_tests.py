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

"""The sums that scripts/nevil test ends with."""

from __future__ import annotations

from pathlib import Path

import pytest
from sum_up_tests import main

PASSED = '<testcase name="a"/>'
FAILED = '<testcase name="b"><failure message="x"/></testcase>'
BROKEN = '<testcase name="c"><error message="x"/></testcase>'
SKIPPED = '<testcase name="d"><skipped message="needs_launch: none here"/></testcase>'


def write(folder: Path, name: str, *cases: str) -> None:
    """Write a JUnit file."""
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f'<testsuites><testsuite>{"".join(cases)}</testsuite></testsuites>', 'utf-8')


def test_sums_over_all_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An error in a fixture is as bad as a failure, and skips say what was missing."""
    write(tmp_path, 'a/pytest.xml', PASSED, FAILED, BROKEN)
    write(tmp_path, 'b/test_results/b/b.xunit.xml', PASSED, SKIPPED)
    assert main(str(tmp_path)) == 1
    assert capsys.readouterr().out.splitlines() == [
        '1 tests did not run: they need launch', '2 passed, 2 failed, 1 skipped']


def test_ctests_own_file_is_not_counted_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str],
) -> None:
    """Ctest reports the pytest run that it started as one more test."""
    write(tmp_path, 'b/Testing/20260101/Test.xml', PASSED)
    write(tmp_path, 'b/test_results/b/b.xunit.xml', PASSED)
    assert main(str(tmp_path)) == 0
    assert capsys.readouterr().out == '1 passed, 0 failed, 0 skipped\n'


def test_nothing_run_is_a_failure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A green result must mean that something was tested."""
    write(tmp_path, 'a/pytest.xml', SKIPPED)
    assert main(str(tmp_path)) == 1
    assert capsys.readouterr().out.endswith('0 passed, 0 failed, 1 skipped\n')


def test_unreadable_file_is_a_failure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A test run that died while it wrote its result has not passed."""
    write(tmp_path, 'a/pytest.xml', PASSED)
    (tmp_path / 'b').mkdir()
    (tmp_path / 'b' / 'pytest.xml').write_text('<testsuites>', encoding='utf-8')
    assert main(str(tmp_path)) == 1
    assert '1 passed, 1 failed, 0 skipped' in capsys.readouterr().out
