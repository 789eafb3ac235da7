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

"""Builds the node in C, once a session, and makes it an executable of a package."""

from __future__ import annotations

import os
from pathlib import Path
import subprocess

__all__ = ['build_plain_node', 'PACKAGE']

PACKAGE = 'plain_package'
_SOURCE = Path(__file__).with_name('plain_node.c')
_LIBRARIES = (
    'rcl', 'rcutils', 'rosidl_runtime_c', 'rcl_interfaces__rosidl_typesupport_c',
    'rcl_interfaces__rosidl_generator_c', 'std_msgs__rosidl_typesupport_c',
    'std_msgs__rosidl_generator_c')


def build_plain_node(folder: Path) -> Path:
    """Return a prefix (of AMENT_PREFIX_PATH) with ``lib/plain_package/plain`` in it."""
    program = folder / 'lib' / PACKAGE / 'plain'
    program.parent.mkdir(parents=True)
    prefixes = [Path(part) for part in os.environ['AMENT_PREFIX_PATH'].split(':')]
    includes = [f'-I{place}' for prefix in prefixes
                for place in (prefix / 'include', *sorted((prefix / 'include').glob('*/')))]
    places = [place for prefix in prefixes
              for place in (f'-L{prefix}/lib', f'-Wl,-rpath,{prefix}/lib')]
    subprocess.run(
        ['gcc', '-O1', '-Wall', '-rdynamic', *includes, str(_SOURCE), '-o', str(program), *places,
         '-Wl,--allow-shlib-undefined', *(f'-l{name}' for name in _LIBRARIES), '-lpthread'],
        check=True, timeout=120)
    return folder
