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

"""Memory limits of control groups, read from folders as the kernel lays them out."""

from __future__ import annotations

import os
from pathlib import Path

from nevil_health.monitor.cgroups import Cgroups
import pytest


def groups(folder: Path, own: str, other: str, files: dict[str, str]) -> Cgroups:
    """Return the groups of a machine where we are in ``own`` and process 7 is in ``other``."""
    for pid, lines in (('self', own), ('7', other)):
        (folder / 'proc' / pid).mkdir(parents=True)
        (folder / 'proc' / pid / 'cgroup').write_text(lines)
    for name, text in files.items():
        path = folder / 'cgroup' / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Cgroups(folder / 'cgroup', folder / 'proc')


@pytest.mark.parametrize(('own', 'other', 'files', 'limit_mb'), [
    ('0::/robot\n', '0::/robot/camera\n', {'robot/camera/memory.max': '104857600\n'}, 100.0),
    ('0::/robot\n', '0::/robot/camera\n', {'robot/camera/memory.max': 'max\n'}, None),
    ('0::/robot\n', '0::/robot\n', {'robot/memory.max': '104857600\n'}, None),
    ('0::/robot\n', '0::/../elsewhere\n', {}, None),
    ('3:memory:/\n0::/\n', '3:memory:/camera\n0::/\n',
     {'memory/camera/memory.limit_in_bytes': '52428800\n'}, 50.0),
    ('3:memory:/\n', '2:cpu,memory:/camera\n',
     {'memory/camera/memory.limit_in_bytes': '9223372036854771712\n'}, None),
    ('0::/\n', '', {}, None)])
def test_the_limit_is_that_of_a_group_of_its_own(
        tmp_path: Path, own: str, other: str, files: dict[str, str],
        limit_mb: float | None) -> None:
    """The limit of the group in which all run says nothing of one of them."""
    assert groups(tmp_path, own, other, files).memory_limit_mb(7) == limit_mb


def test_a_process_that_has_gone_has_no_limit(tmp_path: Path) -> None:
    """It may end between two looks."""
    assert groups(tmp_path, '0::/', '0::/', {}).memory_limit_mb(8) is None


def test_this_process_has_no_group_other_than_its_own() -> None:
    """The real files of this machine are understood."""
    assert Cgroups().memory_limit_mb(os.getpid()) is None
