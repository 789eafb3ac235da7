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

"""Open what LogScope shows: files that are named, else logs, /rosout and the robot's health."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
import os
import sys
from typing import Any

from nevil_logscope.sources import FileSource
from nevil_logscope.sources import FolderSource
from nevil_logscope.sources import LaunchLogsSource
from nevil_logscope.sources import Source
from nevil_logscope.sources import StreamSource
from nevil_logscope.sources.case import CaseSource
from nevil_logscope.sources.remote import RemoteSource
from nevil_logscope.store import Batch
from nevil_logscope.store import Store
from nevil_nodes.logs.case import CASE_SUFFIX
from nevil_nodes.logs.remote import RemoteAddress
from nevil_nodes.logs.remote.address import SCHEME

__all__ = ['open_sources']

# Of each file there already, about as much as the store may hold is read.
_ENTRY_BYTES = 256
# A small store would else show only the end of each file, and few of its earlier entries.
_LEAST_BYTES = 4_000_000
_HERE = 'logs'
Health = Callable[[], Mapping[str, tuple[str, str]]]


def open_sources(
    store: Store, log_dir: str | None, files: Sequence[str] = (),
) -> tuple[list[Source], Health]:
    """
    Return the sources, and a function that gives level and cause of nodes by name.

    :param log_dir: folder of logs; None is ``logs`` here, where it is, and the newest launch's
    :param files: to show instead of everything else; ``-`` is standard input, ``ssh://`` another
        machine's
    """
    history_bytes = max(_LEAST_BYTES, store.max_entries * _ENTRY_BYTES)
    if files:
        return _of_files(store, files, history_bytes), dict
    sources: list[Source] = []
    if log_dir is not None or os.path.isdir(_HERE):
        sources.append(FolderSource(log_dir or _HERE, store.names, history_bytes=history_bytes))
    if log_dir is None:
        sources.append(LaunchLogsSource(store.names, history_bytes=history_bytes))
    return _with_ros(store, sources)


def _of_files(store: Store, files: Sequence[str], history_bytes: int) -> list[Source]:
    """Return the sources of what was named: files, folders, other machines, standard input."""
    sources: list[Source] = []
    if '-' in files:
        sources.append(StreamSource(sys.stdin.fileno(), store.names))
    folders = [name for name in files if name != '-' and os.path.isdir(name)]
    for folder in dict.fromkeys(folders):
        sources.append(FolderSource(
            folder, store.names, name=os.path.basename(os.path.abspath(folder)),
            history_bytes=history_bytes))
    remote = [name for name in files if name.startswith(SCHEME)]
    sources += [_remote(name, store, history_bytes) for name in remote]
    cases = [name for name in files
             if name.endswith(CASE_SUFFIX) and name not in folders + remote]
    sources += [CaseSource(name, store.names) for name in cases]
    named = [name for name in files if name != '-' and name not in folders + remote + cases]
    if named:
        sources.append(FileSource(named, store.names, history_bytes=history_bytes))
    return sources


def _remote(name: str, store: Store, history_bytes: int) -> Source:
    try:
        address = RemoteAddress.of(name)
    except ValueError as error:
        return _Absent('ssh', str(error))
    return RemoteSource(address, store.names, history_bytes=history_bytes)


def _with_ros(store: Store, sources: list[Source]) -> tuple[list[Source], Health]:
    """Add what comes through ROS 2; where that is not to be had, say so."""
    try:
        from nevil_logscope.sources.ros_node import RosNode
        from nevil_logscope.sources.rosout import RosoutSource
        ros = RosNode()
        sources.append(RosoutSource(store.names, ros))
    except Exception as error:  # noqa: B902 - whatever ROS 2 raises, the logs are shown
        why = 'no ROS 2' if isinstance(error, ImportError) else f'no ROS 2: {error}'
        return [*sources, _Absent('/rosout', why)], dict
    try:
        from nevil_logscope.sources.health import HealthSource
        robot = _Robot(HealthSource(ros), ros)
    except Exception as error:  # noqa: B902 - as above; our messages may not be built
        return [*sources, _Absent('robot', f'health is not available: {error}')], dict
    return [*sources, robot], robot.health


class _Absent:
    """A source that is not to be had, and why."""

    ok, loading, received, dropped = False, False, 0, 0

    def __init__(self, name: str, status: str) -> None:
        self.name, self.status = name, ' '.join(status.split())

    def poll(self, budget_s: float) -> list[Batch]:
        """Return nothing."""
        return []

    def close(self) -> None:
        """Do nothing."""


class _Robot:
    """
    The health of the robot, as the state of a source.

    :param ros: the node of all sources, closed with this one, the last
    """

    name, loading, received, dropped = 'robot', False, 0, 0

    def __init__(self, source: Any, ros: Any) -> None:
        self._source, self._ros = source, ros

    @property
    def ok(self) -> bool:
        """Return whether the robot runs."""
        return bool(self._source.ok)

    @property
    def status(self) -> str:
        """Return whether it runs, and how many of its nodes are healthy."""
        if not self._source.ok:
            return 'not running'
        levels = [light.level for light in self._source.lights.values()]
        return f'running, {levels.count("healthy")} of {len(levels)} nodes healthy'

    def health(self) -> Mapping[str, tuple[str, str]]:
        """Return level and cause by node; nothing while the robot does not run."""
        if not self._source.ok:
            return {}
        return {name: (light.level, light.cause or light.state)
                for name, light in self._source.lights.items()}

    def poll(self, budget_s: float) -> list[Batch]:
        """Listen."""
        batches: list[Batch] = self._source.poll(budget_s)
        return batches

    def close(self) -> None:
        """End ROS 2 too."""
        self._source.close()
        self._ros.close()
