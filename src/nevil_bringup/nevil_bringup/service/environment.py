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

"""What a service takes along from where it was installed: command, variables, account."""

from __future__ import annotations

from collections.abc import Mapping
import os
from pathlib import Path
import pwd
import re

from nevil_bringup.service.unit import Account
from nevil_nodes.own_program import own_program

__all__ = ['account_for', 'command_of', 'taken_along']

_KEPT = re.compile(
    'PATH|PYTHONPATH|LD_LIBRARY_PATH|PKG_CONFIG_PATH|CMAKE_PREFIX_PATH|COLCON_PREFIX_PATH|'
    'XDG_STATE_HOME|CYCLONEDDS_URI|ZENOH_.*|_ROS_WHEELS_.*|'
    '(AMENT|FASTDDS|FASTRTPS|NEVIL|RCUTILS|RMW|ROS)_.*')
# Of one run, of one shell, or the command line's own.
_LEFT = re.compile('NEVIL_(PROJECT|DEBUG|RUN_ID|UNIT|GENERATION|PLAN)')
_PLACES = ('NEVIL_RUNTIME_DIR', 'NEVIL_STATE_DIR')


def taken_along(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that find ROS 2 and the workspace, and those that set Nevil and DDS."""
    found = {name: value for name, value in environ.items()
             if _KEPT.fullmatch(name) and not _LEFT.fullmatch(name)}
    return {**found, **{name: os.path.abspath(found[name]) for name in _PLACES if name in found}}


def command_of(environ: Mapping[str, str]) -> tuple[str, ...]:
    """
    Return the beginning of Nevil's command line, by absolute path.

    In a checkout it is ``scripts/nevil``, which builds what an update has made stale.
    """
    workspace = environ.get('NEVIL_ENVIRONMENT', '').partition(':')[0]
    script = Path(workspace, 'scripts', 'nevil')
    if workspace and os.access(script, os.X_OK):
        return (str(script),)
    return tuple(own_program('nevil_bringup'))


def account_for(directory: Path, environ: Mapping[str, str]) -> Account:
    """Return who should run it: who called sudo, else, for root, whom the project belongs to."""
    uid = os.getuid()
    if uid == 0:
        given = environ.get('SUDO_UID', '')
        uid = int(given) if given.isdecimal() else directory.stat().st_uid
    try:
        return Account(name=pwd.getpwuid(uid).pw_name, uid=uid)
    except KeyError:
        return Account(name=str(uid), uid=uid)
