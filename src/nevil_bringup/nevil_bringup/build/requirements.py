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


"""The programs that a build needs, and how to get those that are missing."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence
import os
from pathlib import Path
import re
import shutil
import sys

from nevil_bringup.build.errors import BuildError

__all__ = ['find_colcon', 'require_path', 'require_tools']

_ODD = re.compile(r'[^A-Za-z0-9 _.+/-]')
# Any of the programs will do; the package is Debian's and Ubuntu's.
_TOOLS = (
    (('cmake',), 'cmake'), (('make', 'gmake'), 'make'), (('cc', 'gcc', 'clang'), 'gcc'),
    (('c++', 'g++', 'clang++'), 'g++'),
)


def require_tools(environ: Mapping[str, str], bases: Sequence[str]) -> None:
    """
    Make sure that messages can be compiled.

    :param bases: ``AMENT_PREFIX_PATH``, split
    :raises BuildError: something is missing; all of it is named, with the command that installs it
    """
    search = environ.get('PATH', os.defpath)
    missing = [package for programs, package in _TOOLS
               if not any(shutil.which(program, path=search) for program in programs)]
    if not find_colcon(environ):
        missing.append('python3-colcon-common-extensions')
    if missing:
        raise BuildError(
            f'to build the messages, these are missing: {", ".join(missing)}; install them with '
            f'`apt install {" ".join(missing)}`')
    if not any(Path(prefix, 'share/rosidl_default_generators').is_dir() for prefix in bases):
        distro = environ.get('ROS_DISTRO', 'jazzy')
        raise BuildError(
            'to build the messages, ROS 2 with rosidl_default_generators is needed, and '
            'AMENT_PREFIX_PATH leads to none; source it (`. /opt/ros/' f'{distro}/setup.sh`), or '
            f'install it with `apt install ros-{distro}-rosidl-default-generators`')


def require_path(folder: Path) -> None:
    """
    Make sure that CMake, rosidl, make and the shell all take a folder's path.

    :raises BuildError: they do not
    """
    odd = ''.join(dict.fromkeys(_ODD.findall(str(folder))))
    if odd:
        raise BuildError(
            f'{folder}: messages cannot be built below a path with {odd!r} in it; set '
            'NEVIL_STATE_DIR to a folder of ASCII letters, digits, spaces, +, -, . and _')


def find_colcon(environ: Mapping[str, str]) -> str:
    """Return the colcon beside this Python, or of the PATH; empty where there is none."""
    beside = shutil.which('colcon', path=str(Path(sys.executable).parent))
    return beside or shutil.which('colcon', path=environ.get('PATH', os.defpath)) or ''
