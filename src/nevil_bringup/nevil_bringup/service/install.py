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

"""Where a unit file is, and writing and removing it: only ever one that we have written."""

from __future__ import annotations

import os
from pathlib import Path
import re
import tempfile

from nevil_bringup.errors import UserError
from nevil_bringup.service.unit import of_project
from nevil_bringup.service.unit import ServiceUnit

__all__ = ['check_ours', 'find_unit', 'remove', 'unit_name', 'unit_path', 'write']

_SYSTEM = Path('/etc/systemd/system')


def unit_name(project: str, wanted: str | None) -> str:
    """
    Return the file name of a project's unit.

    :param wanted: the user's choice, with or without ``.service``
    :raises UserError: systemd would not take it
    """
    name = (wanted or ('nevil' if project == 'nevil' else f'nevil-{project}'))
    name = name if name.endswith('.service') else f'{name}.service'
    if not re.fullmatch(r'[A-Za-z0-9:_.-]{1,200}\.service', name):
        raise UserError(f'--name: {wanted!r} is not a name of letters, digits, :, -, _ and .')
    return name


def find_unit(directory: Path, *, user: bool) -> str | None:
    """Return the name of the unit that was written for a project, None where there is none."""
    for path in sorted(unit_path('', user=user).glob('*.service')):
        try:
            with path.open(encoding='utf-8', errors='replace') as file:
                if of_project(file.readline()) == directory:
                    return path.name
        except OSError:
            pass  # a link to nowhere, or not for us to read
    return None


def unit_path(name: str, *, user: bool) -> Path:
    """Return where the unit is for systemd."""
    if not user:
        return _SYSTEM / name
    base = os.environ.get('XDG_CONFIG_HOME')
    return (Path(base) if base else Path.home() / '.config') / 'systemd' / 'user' / name


def write(path: Path, unit: ServiceUnit) -> bool:
    """
    Write the unit file; return whether anything has changed.

    :raises UserError: there is one that is not ours, or it cannot be written
    """
    text = unit.text()
    before = check_ours(path, unit.directory, 'overwritten')
    if before == text:
        return False
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
                'w', dir=path.parent, prefix='.nevil-', delete=False, encoding='utf-8') as file:
            file.write(text)
            os.fchmod(file.fileno(), 0o644)
        os.replace(file.name, path)
    except OSError as error:
        raise UserError(_not_writable(path, error)) from None
    return True


def remove(path: Path) -> None:
    """
    Remove the unit file.

    :raises UserError: it cannot be removed
    """
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise UserError(_not_writable(path, error)) from None


def check_ours(path: Path, directory: Path, done: str) -> str | None:
    """
    Return the file's text, None where there is none.

    :raises UserError: it was not written for this project
    """
    try:
        text = path.read_text(encoding='utf-8', errors='replace')
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UserError(f'{path}: {error.strerror}') from None
    project = of_project(text)
    if project is None:
        raise UserError(f'{path} was not written by nevil service install and is not {done}; '
                        'choose another name with --name NAME, or move that file away')
    if project != directory:
        raise UserError(f'{path} is the service of {project} and is not {done}; '
                        'choose another name with --name NAME')
    return text


def _not_writable(path: Path, error: OSError) -> str:
    return (f'{path}: {error.strerror}; run it as root, or take --user '
            '(--print shows the unit and writes nothing)')
