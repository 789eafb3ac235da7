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


"""What the ROS 2 environment already has: an interface package of that name, its messages."""

from __future__ import annotations

from collections.abc import Sequence
import json
import os
from pathlib import Path
import sys
import sysconfig
from typing import Any

from nevil_bringup.build.errors import BuildError
from nevil_msggen.package import TABLE_NAME

__all__ = ['changed_types', 'fingerprint', 'installed_digest', 'kept_messages']

_GENERATORS = 'share/rosidl_default_generators/package.xml'


def fingerprint(bases: Sequence[str]) -> str:
    """
    Return what changes when messages must be compiled again: Python, and the rosidl in use.

    :param bases: ``AMENT_PREFIX_PATH``, split
    """
    rosidl = 'none'
    for prefix in bases:
        try:
            rosidl = f'{prefix} {os.stat(os.path.join(prefix, _GENERATORS)).st_mtime_ns}'
            break
        except OSError:
            continue
    return f'{sys.executable} {sysconfig.get_config_var("EXT_SUFFIX")} {rosidl}'


def installed_digest(package: str, bases: Sequence[str]) -> str | None:
    """Return the digest of an installed package that Nevil made, None where there is none."""
    for prefix in bases:
        table = _table(os.path.join(prefix, 'share', package))
        if table is not None:
            return str(table.get('digest'))
    return None


def changed_types(
    package: str, before: Sequence[str], now: Sequence[str],
) -> frozenset[str] | None:
    """
    Return the ROS names of the types that are others in another environment.

    :param before: ``AMENT_PREFIX_PATH`` of the one, split
    :param now: of the other
    :returns: None where what was before is not known any more: each may be another
    """
    if list(before) == list(now):
        return frozenset()
    old, new = (next((table['types'] for prefix in prefixes if (
        table := _table(os.path.join(prefix, 'share', package))) is not None), None)
        for prefixes in (before, now))
    if old is None:
        return None
    return frozenset(f'{package}/msg/{name}' for name in {*old, *(new or {})}
                     if old.get(name) != (new or {}).get(name))


def kept_messages(package: str, bases: Sequence[str]) -> dict[str, str]:
    """
    Return the messages of an installed package that no `.messages` file made.

    A package that is built again hides the installed one, so it must hold these too.

    :raises BuildError: the package is not one of Nevil's
    """
    for prefix in bases:
        share = Path(prefix, 'share', package)
        if not share.is_dir():
            continue
        table = _table(str(share))
        if table is None:
            name = package[:-len('_msgs')]
            raise BuildError(
                f"{share}: a package '{package}' is installed that Nevil did not make, and the "
                f'messages of this project would hide it; give the project another name in its '
                f'root .nodes (`name: {name}_robot`)')
        return {
            f'msg/{path.name}': path.read_text(encoding='utf-8')
            for path in sorted(share.glob('msg/*.msg')) if path.stem not in table['types']}
    return {}


def _table(share: str) -> dict[str, Any] | None:
    try:
        with open(os.path.join(share, TABLE_NAME), encoding='utf-8') as stream:
            table = json.load(stream)
    except (OSError, ValueError):
        return None
    return table if isinstance(table, dict) and isinstance(table.get('types'), dict) else None
