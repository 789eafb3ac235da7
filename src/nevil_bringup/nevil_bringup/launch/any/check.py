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

"""Whether launch is one that Nevil knows; nothing of launch is imported."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError
from importlib.metadata import version

__all__ = ['check_launch', 'NotThisLaunch']

# What was tried (ADR 8). Another version may keep elsewhere what Nevil needs of it.
_FIRST, _BEFORE = (3, 4), (3, 5)


class NotThisLaunch(Exception):
    """Nevil does not know this version of launch well enough to own its processes."""


def check_launch(installed: str | None = None) -> None:
    """
    Check that launch is one that Nevil knows.

    :param installed: its version; None looks
    :raises NotThisLaunch: it is not
    """
    if installed is None:
        try:
            installed = version('launch')
        except PackageNotFoundError:
            raise NotThisLaunch('the launch package of ROS 2 is not installed') from None
    numbers = tuple(int(part) for part in installed.split('.')[:2] if part.isdigit())
    if not _FIRST <= numbers < _BEFORE:
        raise NotThisLaunch(
            f'launch {installed} is installed, and nevil launch knows 3.4 (ROS 2 Jazzy); '
            "'ros2 launch' starts the file without Nevil")
