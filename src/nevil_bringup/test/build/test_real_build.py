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


"""Real builds, and the next ones."""

from __future__ import annotations

from dataclasses import replace
import json
import os
from pathlib import Path
import subprocess
import sys
import threading

from nevil_bringup.build import build
from nevil_bringup.build import is_stale
from nevil_bringup.build import overlay_env
from nevil_bringup.build.workspace import workspace_of
from nevil_msggen.package import digest
import pytest
from talking import plan_of
from talking import types_of


@pytest.mark.timeout(400)
def test_a_package_is_really_built_and_built_again(project: Path, tmp_path: Path) -> None:
    """
    Two builds at once: one compiles, the other waits and has nothing to do.

    Neither the user's defaults for colcon nor which of its extensions are installed matters. A
    build after that leaves alone the files of the one before: a robot may run with them. A type
    that has gone meanwhile takes none of the others with it.
    """
    voice = '{text: {type: string, default: hello}}'
    plan, types = plan_of(project), types_of(voice, 'Other')
    (tmp_path / 'defaults.yaml').write_text('build: {packages-select: [other]}\n')
    environ = {**os.environ, 'COLCON_DEFAULTS_FILE': str(tmp_path / 'defaults.yaml'),
               'COLCON_EXTENSION_BLOCKLIST': 'colcon_core.event_handler.desktop_notification'}
    results: list[bool] = []
    shown: list[str] = []
    threads = [
        threading.Thread(target=lambda: results.append(
            build(plan, types, environ, progress=shown.append)))
        for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(390)
    assert sorted(results) == [False, True]
    assert shown[-1] == 'built talking_msgs'
    assert is_stale(plan, types, os.environ) is None
    assert offered(project) == 'hello Other Voice'
    current = workspace_of(project).current()
    assert current is not None
    table = Path(current.install, 'share/talking_msgs/nevil_messages.json')
    assert json.loads(table.read_text())['digest'] == digest(types, 'talking_msgs')
    before = sorted((path, path.stat().st_mtime_ns) for path in Path(current.install).rglob('*'))
    assert build(plan, types_of(voice), environ)
    assert offered(project) == 'hello Voice'
    after = sorted((path, path.stat().st_mtime_ns) for path in Path(current.install).rglob('*'))
    assert before == after


@pytest.mark.timeout(400)
def test_with_cpp_colcon_builds_the_same_messages(project: Path) -> None:
    """
    What was built without C++ is stale then, and what was built with it has all that CMake makes.

    The type is the same for both: nodes of either hear each other.
    """
    plan, types = plan_of(project), types_of('{text: {type: string, default: hello}}')
    hashes = []
    for cpp in (False, True):
        plan = replace(plan, messages_cpp=cpp)
        assert build(plan, types, os.environ)
        assert is_stale(plan, types, os.environ) is None
        assert offered(project) == 'hello Voice'
        current = workspace_of(project).current()
        assert current is not None and current.cpp == cpp
        described = Path(current.install, 'share/talking_msgs/msg/Voice.json').read_text()
        hashes.append(json.loads(described)['type_hashes'])
        assert Path(current.install, 'share/talking_msgs/cmake').is_dir() == cpp
    assert hashes[0] == hashes[1]


def offered(project: Path) -> str:
    """Return the default of Voice's field and all types, as a node of this project sees them."""
    environ = {**os.environ, **overlay_env(project, os.environ), 'PYTHONDONTWRITEBYTECODE': '1'}
    code = 'import talking_msgs.msg as m; from rclpy.type_support import ' \
           'check_for_type_support as check; check(m.Voice); ' \
           'print(m.Voice().text, *sorted(name for name in dir(m) if name[0] in "OV"))'
    return subprocess.run([sys.executable, '-c', code], env=environ, stdout=subprocess.PIPE,
                          text=True, timeout=60, check=True).stdout.strip()
