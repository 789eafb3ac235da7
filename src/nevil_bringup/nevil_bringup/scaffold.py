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

"""Write a new project: what `nevil init` does."""

from __future__ import annotations

from collections.abc import Mapping
import os
from pathlib import Path
import re
import shlex
import shutil
import tempfile

from nevil_nodes.declarations.naming import name_problem
from nevil_nodes.declarations.naming import valid_name
from nevil_nodes.declarations.python_class import find_module

__all__ = ['NODES', 'ScaffoldError', 'create', 'reference_robot']

NODES = ('speech_recognition', 'ai_cognition', 'speech_synthesis')
_TEMPLATES = Path(__file__).resolve().parent / 'templates'
# Where a template goes in the project.
_FILES = {
    'root.nodes': '.nodes', 'env.example': '.env.example', 'gitignore': '.gitignore',
    'README.md': 'README.md', 'test_project.py': 'tests/test_project.py', 'nevil.sh': 'nevil',
}


class ScaffoldError(Exception):
    """A project cannot be created; the text says why and what to do."""


def create(
        name: str, parent: Path, *, launcher: Path,
        nodes: Mapping[str, Mapping[str, str]] | None = None) -> list[Path]:
    """
    Create the project ``parent/name``, whole or not at all.

    Its nodes are copies of the reference robot's, which belong to the user from now on, or the
    given ones.

    :param launcher: program that the project's ``nevil`` script runs
    :param nodes: the files of each node, by name
    :returns: the files written
    :raises ScaffoldError: the name cannot be used, the folder exists, or it cannot be written
    """
    _check_name(name)
    target = parent / name
    if os.path.lexists(target):
        raise ScaffoldError(f'{target} already exists; choose another name, or remove it')
    if not parent.is_dir():
        raise ScaffoldError(f'{parent} is not a folder; create it first')
    temporary = None
    try:
        temporary = Path(tempfile.mkdtemp(prefix=f'.{name[:32]}.', dir=parent))
        _write(temporary, name, launcher, nodes)
        _open_to_others(temporary)
        os.rename(temporary, target)
        temporary = None
    except OSError as error:
        raise ScaffoldError(f'{target} cannot be created: {error.strerror or error}') from error
    finally:
        if temporary is not None:
            shutil.rmtree(temporary, ignore_errors=True)
    return sorted(path for path in target.rglob('*') if path.is_file())


def reference_robot() -> Path:
    """
    Return the folder of the robot that ships with Nevil.

    :raises ScaffoldError: it is not installed
    """
    prefixes = os.environ.get('AMENT_PREFIX_PATH', '').split(os.pathsep)
    shares = [Path(__file__).resolve().parents[1],
              *(Path(prefix, 'share', 'nevil_bringup') for prefix in prefixes if prefix)]
    for share in shares:
        robot = share / 'robots' / 'nevil'
        if (robot / '.nodes').is_file():
            return robot
    raise ScaffoldError('the reference robot is not installed; build nevil_bringup first')


def _check_name(name: str) -> None:
    if not name:
        raise ScaffoldError('the project needs a name: nevil init NAME')
    if '/' in name or '\\' in name or name.startswith(('.', '-', '~')):
        raise ScaffoldError(
            f"'{name}' is a path or an option, not a name; go to the folder that is to hold the"
            ' project and give its name only')
    wrong = name_problem(name)
    if wrong:
        better = valid_name(name)
        better = f'{better}_robot' if name_problem(better) else better
        raise ScaffoldError(f"{wrong}; choose another, for example '{better}'")


def _write(
        project: Path, name: str, launcher: Path,
        nodes: Mapping[str, Mapping[str, str]] | None) -> None:
    words = {'@NAME@': name, '@LAUNCHER@': shlex.quote(str(launcher.absolute()))}
    for folder in ('nodes', 'logs', 'tests'):
        (project / folder).mkdir()
    for template, place in _FILES.items():
        text = (_TEMPLATES / template).read_text(encoding='utf-8')
        for word, value in words.items():
            text = text.replace(word, value)
        (project / place).write_text(text, encoding='utf-8')
    (project / 'nevil').chmod(0o755)
    for node, files in (nodes or {}).items():
        (project / 'nodes' / node).mkdir()
        for file, text in files.items():
            (project / 'nodes' / node / file).write_text(text, encoding='utf-8')
    if nodes is not None:
        root = project / '.nodes'
        order = ''.join(f'    - {node}\n' for node in nodes)
        if order:
            root.write_text(root.read_text(encoding='utf-8').replace(
                '  parallel_launch: true\n',
                f'  parallel_launch: true\n  startup_order:\n{order}'), encoding='utf-8')
        (project / 'tests' / 'test_project.py').unlink()  # it is about the reference robot
        (project / 'tests').rmdir()
        return
    robot = reference_robot()
    for node in NODES:
        _write_node(project / 'nodes' / node, robot / 'nodes' / node, node)


def _write_node(folder: Path, reference: Path, node: str) -> None:
    source = find_module(f'nevil_nodes.robot.{node}', [])
    if source is None:
        raise ScaffoldError(
            f'the source of {node} is not installed; build nevil_nodes first')
    folder.mkdir()
    settings = (reference / '.nodes').read_text(encoding='utf-8')
    # Without it, the class is that of the folder's own <node>_node.py.
    settings = re.sub(r'^creation:\n(?: .*\n)+\n?', '', settings, flags=re.MULTILINE)
    (folder / '.nodes').write_text(settings, encoding='utf-8')
    for original, copy in ((reference / '.messages', '.messages'), (source, f'{node}_node.py')):
        (folder / copy).write_bytes(original.read_bytes())


def _open_to_others(project: Path) -> None:
    """Give the folder the permissions of any new one; that of ``mkdtemp`` is private."""
    mask = os.umask(0o077)
    os.umask(mask)
    project.chmod(0o777 & ~mask)
