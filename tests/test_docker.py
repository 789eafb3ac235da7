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

"""What can be known of docker/ without an engine: files, scripts, and that they fit each other."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatch
import os
from pathlib import Path
import re
import shutil
import subprocess
from typing import Any

from nevil_bringup.supervisor.durations import stop_s
from nevil_nodes.declarations import load_project
import pytest
from quality.sources import PACKAGES
from quality.sources import ROOT
import yaml

DOCKER = ROOT / 'docker'
DOCKERFILE, EMBEDDED = ((DOCKER / name).read_text(encoding='utf-8').replace('\\\n', ' ')
                        for name in ('Dockerfile', 'Dockerfile.embedded'))
SCRIPTS = sorted(path.name for path in DOCKER.glob('nevil*'))
COMPOSE: dict[str, Any] = yaml.safe_load((DOCKER / 'compose.yaml').read_text(encoding='utf-8'))
STAGES = set(re.findall(r'^FROM \S+ AS (\S+)$', DOCKERFILE, re.MULTILINE))
ONLY_ROOT = pytest.mark.skipif(os.getuid() != 0 or shutil.which('unshare') is None,
                               reason='only root can put other folders in the place of /opt')


def copied() -> Iterator[Path]:
    """Yield what the images take from the checkout."""
    for line in re.findall(r'^COPY (.*)$', DOCKERFILE + EMBEDDED, re.MULTILINE):
        words = [word for word in line.split() if not word.startswith('--')]
        if '--from=' not in line:
            yield from (ROOT / word for word in words[:-1])


def sent(path: Path) -> bool:
    """Return whether .dockerignore lets a file through: the last pattern that fits decides."""
    parts = path.relative_to(ROOT).parts
    outer = ['/'.join(parts[:count]) for count in range(1, len(parts) + 1)]
    let_through = True
    for line in (ROOT / '.dockerignore').read_text(encoding='utf-8').splitlines():
        pattern = line.lstrip('!').rstrip('/')
        anywhere = pattern.removeprefix('**/')
        names = [name.rpartition('/')[2] for name in outer] if anywhere != pattern else [
            name for name in outer if name.count('/') == pattern.count('/')]
        if line and not line.startswith('#') and any(fnmatch(name, anywhere) for name in names):
            let_through = line.startswith('!')
    return let_through


def test_all_that_is_copied_is_there() -> None:
    """A file that was moved breaks the build on somebody else's machine."""
    sources = list(copied())
    assert len(sources) > 8
    assert not [str(path) for path in sources if not path.exists()]
    assert not [str(path) for path in sources if not sent(path) and path.is_file()]
    assert {path.name for path in sources} >= set(SCRIPTS)


@pytest.mark.parametrize('text', [DOCKERFILE, EMBEDDED], ids=['installed', 'embedded'])
def test_it_builds_with_any_engine(text: str) -> None:
    """Podman and Buildah make OCI images, which know no SHELL: /bin/sh runs each command."""
    assert not re.findall(r'^SHELL|\bsource ', text, re.MULTILINE)


def test_no_source_is_left_behind() -> None:
    """A pattern for log files must not catch the package `logs`."""
    done = subprocess.run(['git', 'ls-files', 'src'], cwd=ROOT, capture_output=True, text=True,
                          timeout=60, check=False)
    if done.returncode:
        pytest.skip('this is no git checkout')
    files = [name for name in done.stdout.split() if name.split('/')[2] != 'test']
    assert len(files) > 100
    assert not [name for name in files if not sent(ROOT / name)]
    assert not sent(ROOT / 'src' / 'nevil_bringup' / 'test' / 'conftest.py')
    assert not sent(ROOT / '.git' / 'config') and not sent(ROOT / '.nevil' / 'ready')


def test_every_package_is_installed_with_its_dependencies() -> None:
    """One whose package.xml is not copied would be built without what it needs."""
    manifests = {path.parent.name for path in copied() if path.name == 'package.xml'}
    assert manifests == {package.name for package in PACKAGES}


def test_compose_and_dockerfile_fit() -> None:
    """Targets exist, volumes are declared, and what the image expects is mounted there."""
    services = COMPOSE['services']
    assert {service['build']['target'] for service in services.values()} <= STAGES
    for name, service in services.items():
        assert (DOCKER / service['build']['context'] / service['build']['dockerfile']).is_file()
        mounts = dict(volume.rsplit(':', 1) for volume in service['volumes']
                      if not volume.endswith(':ro'))
        assert set(mounts.values()) == {'/robot', '/var/lib/nevil', '/run/nevil'}, name
        assert {'state', 'run'} <= set(mounts) and {'robot', 'state', 'run'} <= set(
            COMPOSE['volumes'])
    for variable, folder in (('RUNTIME', '/run/nevil'), ('STATE', '/var/lib/nevil')):
        assert f'NEVIL_{variable}_DIR={folder}' in DOCKERFILE


def test_docker_stop_waits_as_long_as_the_robot_may_take() -> None:
    """Docker kills after ten seconds, and compose would too."""
    robot = ROOT / 'src' / 'nevil_bringup' / 'robots' / 'nevil'
    plan = load_project(robot, environ={}).plan
    assert plan is not None
    grace = COMPOSE['services']['robot']['stop_grace_period']
    assert int(grace.removesuffix('s')) >= stop_s(plan)


def test_it_does_not_run_as_root() -> None:
    """The last word of each stage that is run."""
    for stage in ('robot', 'logscope'):
        users = re.findall(r'^USER (\S+)$', _with_bases(stage), re.MULTILINE)
        assert users[-1] == '$UID'


def _with_bases(stage: str) -> str:
    """Return the lines of a stage after those it stands on."""
    found = re.search(rf'^FROM (\S+) AS {stage}$(.*?)(?=^FROM|\Z)', DOCKERFILE,
                      re.MULTILINE | re.DOTALL)
    assert found is not None
    return (_with_bases(found[1]) if found[1] in STAGES else '') + found[2]


@pytest.mark.parametrize('script', SCRIPTS)
def test_scripts(script: str) -> None:
    """They are executable, and shellcheck finds nothing."""
    assert os.access(DOCKER / script, os.X_OK)
    _checked_by('shellcheck', str(DOCKER / script))


@pytest.mark.parametrize('file', ['Dockerfile', 'Dockerfile.embedded'])
def test_dockerfile(file: str) -> None:
    """Hadolint finds nothing."""
    _checked_by('hadolint', str(DOCKER / file))


@pytest.mark.parametrize('more', [[], ['-f', 'compose.devices.yaml', '--profile', 'logscope']],
                         ids=['robot', 'all'])
def test_compose_files(more: list[str]) -> None:
    """Docker's own reader takes them."""
    _checked_by('docker-compose', '-f', 'compose.yaml', *more, 'config', '--quiet')


def _checked_by(program: str, *arguments: str) -> None:
    if shutil.which(program) is None:
        pytest.skip(f'{program} is not installed')
    done = subprocess.run([program, *arguments], cwd=DOCKER, capture_output=True, text=True,
                          timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(('status', 'wanted', 'told'), [
    (0, '', 0), (1, '', 1), (3, '', 1), (4, '', 1), (2, '', 1), (0, 'running', 0),
    (1, 'running', 0), (3, 'running', 1), (4, 'running', 1)])
def test_health_is_told_as_docker_knows_it(
        tmp_path: Path, status: int, wanted: str, told: int) -> None:
    """0 or 1: 2 is reserved, and others are not defined."""
    program = tmp_path / 'nevil'
    program.write_text(f'#!/bin/sh\necho "$*"\nexit {status}\n')
    program.chmod(0o755)
    done = subprocess.run(
        [DOCKER / 'nevil-healthcheck'], capture_output=True, text=True, timeout=60, check=False,
        env={'PATH': f'{tmp_path}:/usr/bin:/bin', 'NEVIL_HEALTHCHECK': wanted})
    assert (done.returncode, done.stdout) == (told, 'status\n')


@pytest.fixture
def opt(tmp_path: Path) -> Path:
    """Return what stands for /opt in a container: setup files that tell that they were read."""
    for name in ('ros/jazzy/setup.bash', 'nevil/local_setup.bash', 'mine/local_setup.bash'):
        path = tmp_path / 'opt' / name
        path.parent.mkdir(parents=True)
        path.write_text(f'export SEEN="${{SEEN-}} {name}"; [ -n "$UNSET" ] || true\n')
    program = tmp_path / 'opt' / 'nevil' / 'bin' / 'nevil'
    program.parent.mkdir()
    program.write_text('#!/bin/sh\necho "$SEEN: $*"\n')
    program.chmod(0o755)
    return tmp_path / 'opt'


def inside(opt: Path, *command: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run a command where /opt is another, and the scripts are on the PATH."""
    return subprocess.run(
        ['unshare', '--mount', 'sh', '-c', f'mount --bind {opt} /opt && exec "$@"', 'sh',
         *command],
        env={'PATH': f'{DOCKER}:/usr/bin:/bin', 'ROS_DISTRO': 'jazzy', **environ},
        capture_output=True, text=True, timeout=60, check=False)


@ONLY_ROOT
def test_the_entrypoint_sources_and_becomes_the_command(opt: Path) -> None:
    """ROS 2 first, then Nevil, then the user's own; words with spaces stay whole."""
    done = inside(opt, 'nevil-env', 'sh', '-c', 'echo "$SEEN"; echo "$1"; exit 7', 'sh', 'a  b')
    assert (done.returncode, done.stdout, done.stderr) == (
        7, ' ros/jazzy/setup.bash nevil/local_setup.bash\na  b\n', '')
    done = inside(opt, 'nevil-env', 'sh', '-c', 'echo "$SEEN"', NEVIL_OVERLAYS='/opt/mine')
    assert done.stdout.endswith('nevil/local_setup.bash mine/local_setup.bash\n')


@ONLY_ROOT
def test_what_is_missing_is_named(opt: Path) -> None:
    """Not a container that ends without a word."""
    done = inside(opt, 'nevil-env', 'true', NEVIL_OVERLAYS='/opt/mine:/opt/none')
    assert done.returncode == 1 and 'NEVIL_OVERLAYS: /opt/none has no local_setup' in done.stderr
    shutil.rmtree(opt / 'ros')
    done = inside(opt, 'nevil-env', 'true')
    assert done.returncode == 1 and '/opt/ros/jazzy/setup.bash is missing' in done.stderr


@ONLY_ROOT
def test_docker_exec_finds_nevil_in_its_environment(opt: Path) -> None:
    """It goes past the entrypoint, and would miss ROS 2."""
    done = inside(opt, 'nevil', 'status', '--json')
    assert done.stdout == ' ros/jazzy/setup.bash nevil/local_setup.bash: status --json\n'
