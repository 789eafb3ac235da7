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


"""Building a project's messages: when, how, and what is said when it cannot be done."""

from __future__ import annotations

from dataclasses import replace
import os
from pathlib import Path
import subprocess

from nevil_bringup.build import build
from nevil_bringup.build import BuildError
from nevil_bringup.build import is_stale
from nevil_bringup.build import overlay_env
from nevil_bringup.build.installed import fingerprint
from nevil_bringup.build.installed import kept_messages
from nevil_bringup.build.output import first_error
from nevil_bringup.build.workspace import Current
from nevil_bringup.build.workspace import prefixes
from nevil_bringup.build.workspace import workspace_of
from nevil_msggen.package import digest
from nevil_msggen.package import table_text
from nevil_msggen.types import TypeTable
import pytest
from quality.processes import alive
from quality.waiting import wait_for
from talking import plan_of
from talking import types_of

ECHO = """#!/bin/sh
echo "[ 10%] Building"
echo "gmake: *** [all] Error 1"
echo "/x/voice.c:3:1: error: expected ;"
exit 2
"""


def pretend_built(project: Path, types: TypeTable, environ: dict[str, str]) -> None:
    """Leave what a finished build leaves."""
    workspace = workspace_of(project)
    install = workspace.install(digest(types, 'talking_msgs'))
    (install / 'lib/python').mkdir(parents=True)
    workspace.use(Current(
        digest=digest(types, 'talking_msgs'), install=str(install),
        environment=fingerprint(prefixes(environ, workspace)),
        python=str(install / 'lib/python')))


def install_package(prefix: Path, types: TypeTable, package: str) -> None:
    """Leave what an interface package that Nevil made installs."""
    share = prefix / 'share' / package
    (share / 'msg').mkdir(parents=True)
    (share / 'nevil_messages.json').write_text(table_text(types, package))


def test_nothing_to_generate_is_nothing_to_build(project: Path) -> None:
    """A project of existing ROS types alone needs no compiler."""
    assert is_stale(plan_of(project), TypeTable(), {}) is None
    assert build(plan_of(project), TypeTable(), {}) is False
    assert overlay_env(project, {}) == {}
    assert not workspace_of(project).root.exists()


def test_stale_says_why(project: Path, tmp_path: Path) -> None:
    """Never built, changed messages, another ROS 2; otherwise it is up to date."""
    plan, types, environ = plan_of(project), types_of(), {'AMENT_PREFIX_PATH': str(tmp_path)}
    assert is_stale(plan, types, environ) == 'talking_msgs has not been built yet'
    pretend_built(project, types, environ)
    assert is_stale(plan, types, environ) is None
    changed = 'the messages have changed since talking_msgs was built'
    assert is_stale(plan, types_of('{text: int}'), environ) == changed
    other = tmp_path / 'other/share/rosidl_default_generators'
    other.mkdir(parents=True)
    (other / 'package.xml').touch()
    environ['AMENT_PREFIX_PATH'] = str(tmp_path / 'other')
    assert is_stale(plan, types, environ) == (
        'talking_msgs was built with another ROS 2 or Python')


def test_a_package_of_the_workspace_is_used_as_it_is(project: Path, tmp_path: Path) -> None:
    """The reference robot's messages come with nevil_msgs; an old build must not hide them."""
    plan, types = plan_of(project), types_of()
    install_package(tmp_path / 'base', types, 'talking_msgs')
    environ = {'AMENT_PREFIX_PATH': str(tmp_path / 'base')}
    assert is_stale(plan, types, environ) is None
    assert is_stale(plan, types_of('{text: int}'), environ) == (
        'the messages have changed since talking_msgs was built')
    pretend_built(project, types_of('{text: int}'), environ)
    assert is_stale(plan, types, environ) == 'an older build hides the installed talking_msgs'
    assert build(plan, types, environ) is False
    assert is_stale(plan, types, environ) is None
    assert overlay_env(project, environ) == {}


def test_the_answer_takes_no_process(
        project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every start asks."""
    plan, types, environ = plan_of(project), types_of(), {'AMENT_PREFIX_PATH': '/nowhere'}
    pretend_built(project, types, environ)
    monkeypatch.setattr(subprocess, 'Popen', None)
    assert is_stale(plan, types, environ) is None


def test_the_overlay_stands_first_and_only_once(project: Path) -> None:
    """The environment of a run may be made of that of another run."""
    environ = {'AMENT_PREFIX_PATH': '/opt/ros/jazzy', 'PYTHONPATH': '/x'}
    pretend_built(project, types_of(), environ)
    once = overlay_env(project, environ)
    current = workspace_of(project).current()
    assert current is not None
    assert once == {
        'AMENT_PREFIX_PATH': f'{current.install}:/opt/ros/jazzy',
        'LD_LIBRARY_PATH': f'{current.install}/lib', 'PYTHONPATH': f'{current.python}:/x'}
    assert overlay_env(project, {**environ, **once}) == once
    assert prefixes(once, workspace_of(project)) == ['/opt/ros/jazzy']


def test_missing_tools_are_named_with_the_command(project: Path, tmp_path: Path) -> None:
    """All at once, so that one apt call is enough."""
    bare = tmp_path / 'bin'
    bare.mkdir()
    with pytest.raises(BuildError) as caught:
        build(plan_of(project), types_of(), {'PATH': str(bare)})
    assert str(caught.value).startswith(
        'to build the messages, these are missing: cmake, make, gcc, g++')
    assert '`apt install cmake make gcc g++' in str(caught.value)


def test_a_path_that_cannot_be_built_in_is_named_with_the_way_out(
        project: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A home called after an umlaut: CMake's own words would be about a list index."""
    monkeypatch.setenv('NEVIL_STATE_DIR', str(tmp_path / 'stäte:'))
    with pytest.raises(BuildError, match="path with 'ä:' in it; set NEVIL_STATE_DIR"):
        build(plan_of(project), types_of(), os.environ)


def test_any_project_folder_can_be_built_in(tmp_path: Path) -> None:
    """Its name is part of the workspace's path, made harmless."""
    root = workspace_of(tmp_path / "täl ker's").root
    assert root.parent.name.startswith('t_l_ker_s-')


def test_a_missing_ros_is_named_with_the_way_out(project: Path) -> None:
    """AMENT_PREFIX_PATH leads nowhere when nothing was sourced."""
    with pytest.raises(BuildError, match='setup.sh'):
        build(plan_of(project), types_of(), {**os.environ, 'AMENT_PREFIX_PATH': '/nowhere'})


def test_a_foreign_package_of_that_name_is_never_hidden(project: Path, tmp_path: Path) -> None:
    """A user's own talking_msgs may hold more than we know."""
    (tmp_path / 'base/share/talking_msgs').mkdir(parents=True)
    path = os.pathsep.join([str(tmp_path / 'base'), os.environ['AMENT_PREFIX_PATH']])
    with pytest.raises(BuildError, match='name: talking_robot'):
        build(plan_of(project), types_of(), {**os.environ, 'AMENT_PREFIX_PATH': path})


def test_a_package_that_is_built_again_keeps_messages_written_by_hand(
        project: Path, tmp_path: Path) -> None:
    """nevil_msgs holds Heartbeat too; types that are declared no more are not kept."""
    install_package(tmp_path, types_of(), 'nevil_msgs')
    folder = tmp_path / 'share/nevil_msgs/msg'
    (folder / 'Heartbeat.msg').write_text('uint32 pid\n')
    (folder / 'Voice.msg').write_text('string text\n')
    assert kept_messages('nevil_msgs', ['/nowhere', str(tmp_path)]) == {
        'msg/Heartbeat.msg': 'uint32 pid\n'}


def pretend_colcon(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a script stand for colcon that fails to build a package."""
    colcon = folder / 'colcon'
    colcon.write_text(ECHO)
    colcon.chmod(0o755)
    monkeypatch.setattr('nevil_bringup.build.builder.find_colcon', lambda environ: str(colcon))


def test_a_failed_build_says_the_first_error_and_changes_nothing(
        project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was built before stays in use, and the whole output is in the log."""
    pretend_colcon(tmp_path, monkeypatch)
    pretend_built(project, types_of('{text: int}'), dict(os.environ))
    before = workspace_of(project).current()
    shown: list[str] = []
    with pytest.raises(BuildError) as caught:
        build(replace(plan_of(project), messages_cpp=True), types_of(), os.environ,
              progress=shown.append)
    log = workspace_of(project).log
    assert str(caught.value) == (
        'talking_msgs could not be built: /x/voice.c:3:1: error: expected ;; the whole output is '
        f'in {log}')
    assert caught.value.log == log
    assert '[ 10%] Building' in log.read_text()
    assert shown == ['building talking_msgs', 'building talking_msgs: 10 %']
    assert workspace_of(project).current() == before


def test_where_rosidl_is_called_otherwise_colcon_builds(
        project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another version of it costs time and nothing else; both outputs are in the log."""
    pretend_colcon(tmp_path, monkeypatch)
    (tmp_path / 'stub').mkdir()
    (tmp_path / 'stub' / 'rosidl_generator_c.py').write_text('raise ImportError("too new")')
    environ = {**os.environ, 'PYTHONPATH': f'{tmp_path}/stub:{os.environ.get("PYTHONPATH", "")}'}
    shown: list[str] = []
    with pytest.raises(BuildError, match='error: expected ;'):
        build(plan_of(project), types_of(), environ, progress=shown.append)
    assert 'not built directly, building with colcon' in shown
    log = workspace_of(project).log.read_text()
    assert 'ImportError: too new' in log
    assert '[ 10%] Building' in log


def test_an_interrupted_build_leaves_no_process(
        project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Ctrl-C ends the compilers too; the next build simply begins again.

    While colcon runs it has the lock as well, should we be killed.
    """
    colcon, note = tmp_path / 'colcon', tmp_path / 'pids'
    colcon.write_text(f'#!/bin/sh\nsleep 300 &\necho $$ $! > {note}\necho "[ 10%] x"\nwait\n')
    colcon.chmod(0o755)
    monkeypatch.setattr('nevil_bringup.build.builder.find_colcon', lambda environ: str(colcon))

    def interrupt(text: str) -> None:
        if text.endswith('%'):
            files = Path('/proc', note.read_text().split()[0], 'fd').iterdir()
            assert str(workspace_of(project).root / 'lock') in map(os.readlink, files)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(replace(plan_of(project), messages_cpp=True), types_of(), os.environ,
              progress=interrupt)
    pids = [int(pid) for pid in note.read_text().split()]
    wait_for(lambda: not any(alive(pid) for pid in pids))
    assert is_stale(plan_of(project), types_of(), os.environ) is not None


def test_a_build_never_installs_where_another_one_is(project: Path) -> None:
    """A robot may run with it, also when the same messages are built again."""
    workspace = workspace_of(project)
    for name in ('install-abc', 'install-abc-2', 'install-abc-3'):
        assert workspace.install('abc').name == name
        workspace.install('abc').mkdir(parents=True)


@pytest.mark.parametrize('output, error', [
    ('a\nCMake Error at CMakeLists.txt:4 (find_package):\n  By not providing\n  "x.cmake"\n\nb',
     'CMake Error at CMakeLists.txt:4 (find_package): By not providing "x.cmake"'),
    ('x.c:1:2: fatal error: y.h: No such file', 'x.c:1:2: fatal error: y.h: No such file'),
    ("ModuleNotFoundError: No module named 'em'", "ModuleNotFoundError: No module named 'em'"),
    ('x: No space left on device', 'x: No space left on device'),
    ('make: *** [all] Error 2\nFailed   <<< x [1s, exited with code 2]', ''),
])
def test_the_first_error_is_found(output: str, error: str) -> None:
    """One line tells the user what to do; make's own lines do not."""
    assert first_error(output.splitlines()) == error
