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

"""The keystore of SROS 2: which enclaves a robot needs, and what is missing."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping
import os
from pathlib import Path
import re

from nevil_msggen.problem import Problem
from nevil_nodes.declarations.root import Root

__all__ = ['enclaves_of', 'HEALTH', 'keystore_folder', 'keystore_problems', 'missing_enclaves',
           'OPERATOR']

# Those of the health node, and of what the operator starts: LogScope, `nevil say`, ros2 commands.
HEALTH, OPERATOR = 'nevil_health', 'nevil_operator'
_KEY = ('security', 'keystore')
# What rmw reads of an enclave (rcl security.c, rmw_dds_common security.cpp).
_FILES = ('identity_ca.cert.pem', 'cert.pem', 'key.pem', 'permissions_ca.cert.pem',
          'governance.p7s', 'permissions.p7s')
# The name of its plugin for authentication is in each Fast DDS that was built with security.
_FAST_DDS = ('libfastrtps.so', 'libfastdds.so')
_SECURED = b'builtin.PKI-DH'


def keystore_folder(project: str, root: Root) -> str:
    """Return the keystore's absolute path; '' where the robot has none."""
    given = root.settings.get(*_KEY)
    return os.path.normpath(os.path.join(project, os.path.expanduser(given))) \
        if given else ''


def enclaves_of(processes: Iterable[str]) -> list[str]:
    """Return the enclaves that a robot with these processes needs."""
    return [*processes, HEALTH, OPERATOR]


def missing_enclaves(keystore: str, enclaves: Iterable[str]) -> list[str]:
    """Return the enclaves without which a process cannot join."""
    return [name for name in enclaves if not all(
        Path(keystore, 'enclaves', name, file).is_file() for file in _FILES)]


def keystore_problems(project: str, root: Root, processes: Iterable[str]) -> list[Problem]:
    """Refuse a robot whose processes could not join their domain."""
    keystore = keystore_folder(project, root)
    if not keystore:
        return []
    problems = []
    missing = missing_enclaves(keystore, enclaves_of(processes))
    if missing:
        problems.append(root.layer.problem(
            _KEY, f"{keystore} has no keys for {', '.join(missing)}",
            '`nevil secure` makes what is missing'))
    domain, made_for = root.scope.get('ROS_DOMAIN_ID', '').strip() or '0', _domain(keystore)
    if made_for not in ('', domain):
        problems.append(root.layer.problem(
            _KEY, f'{keystore} was made for domain {made_for}, and ROS_DOMAIN_ID is {domain}',
            'name another folder, and run `nevil secure`'))
    library = _unsecured(root.scope)
    if library:
        problems.append(root.layer.problem(
            _KEY, f'{library} was built without security: no node could start',
            'use the packages of ROS 2 (apt), whose Fast DDS has it, or another middleware'))
    return problems


def _domain(keystore: str) -> str:
    try:
        text = Path(keystore, 'enclaves', 'governance.xml').read_text(encoding='utf-8')
    except (OSError, UnicodeDecodeError):
        return ''
    found = re.search(r'<id>\s*(\d+)\s*</id>', text)
    return found[1] if found else ''


def _unsecured(scope: Mapping[str, str]) -> Path | None:
    """Return the Fast DDS that would be loaded, if it has no security."""
    if not (scope.get('RMW_IMPLEMENTATION') or 'rmw_fastrtps').startswith('rmw_fastrtps'):
        return None
    folders = [*scope.get('LD_LIBRARY_PATH', '').split(':'),
               *(f'{prefix}/lib' for prefix in scope.get('AMENT_PREFIX_PATH', '').split(':'))]
    for folder in filter(lambda each: each.startswith('/'), folders):
        for library in (Path(folder, name) for name in _FAST_DDS):
            try:
                return None if _SECURED in library.read_bytes() else library
            except OSError:
                continue  # not there, or none that can be read
    return None
