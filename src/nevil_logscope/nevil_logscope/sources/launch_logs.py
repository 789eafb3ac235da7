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

"""What ros2 launch writes: the folder of its newest run."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import tzinfo
import os
from pathlib import Path

from nevil_logscope.sources.folder import FolderSource
from nevil_logscope.store import Batch
from nevil_logscope.store import Names

__all__ = ['LaunchLogsSource']

# It holds the output of all processes; their own files repeat it.
_ONLY = frozenset({'launch.log'})


def ros_log_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the folder in which ROS 2 keeps logs (ROS_LOG_DIR, else ROS_HOME/log)."""
    if environment.get('ROS_LOG_DIR'):
        return Path(environment['ROS_LOG_DIR'])
    home = environment.get('ROS_HOME')
    return (Path(home) if home else Path.home() / '.ros') / 'log'


class LaunchLogsSource:
    """
    The log of the newest launch, and of those that begin while we look.

    :param root: of the logs; None is where ROS 2 has them
    """

    name = 'launch'

    def __init__(
        self, names: Names, root: str | os.PathLike[str] | None = None, *,
        zone: tzinfo | None = None, history_bytes: int | None = None,
    ) -> None:
        self._root = ros_log_folder() if root is None else Path(root)
        self._names, self._zone, self._history_bytes = names, zone, history_bytes
        self._folders: dict[str, FolderSource] = {}

    @property
    def loading(self) -> bool:
        """Return whether what was there before is still read."""
        return any(folder.loading for folder in self._folders.values())

    @property
    def ok(self) -> bool:
        """Return whether there is a launch log."""
        return any(folder.ok for folder in self._folders.values())

    @property
    def status(self) -> str:
        """Return which launch is shown."""
        if not self._folders:
            return f'no launch has been logged in {self._root}'
        newest = list(self._folders)[-1]
        return f'{os.path.basename(newest)}: {self._folders[newest].status}'

    @property
    def received(self) -> int:
        """Return how many entries there were."""
        return sum(folder.received for folder in self._folders.values())

    @property
    def dropped(self) -> int:
        """Return 0: files are read when there is time."""
        return 0

    def poll(self, budget_s: float) -> list[Batch]:
        """Return what is new."""
        newest = os.path.realpath(self._root / 'latest')
        if newest not in self._folders and os.path.isdir(newest):
            self._folders[newest] = FolderSource(
                newest, self._names, name=self.name, only=_ONLY, zone=self._zone,
                history_bytes=self._history_bytes)
        return [batch for folder in self._folders.values() for batch in folder.poll(budget_s)]

    def close(self) -> None:
        """Close the files."""
        for folder in self._folders.values():
            folder.close()
        self._folders.clear()
