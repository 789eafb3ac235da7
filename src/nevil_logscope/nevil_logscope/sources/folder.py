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

"""Every log file of a folder and of the folders in it; files that appear later included."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import tzinfo
import os

from nevil_logscope.sources.files import Files
from nevil_logscope.sources.files import reason
from nevil_logscope.store import Batch
from nevil_logscope.store import Names
from nevil_nodes.logs.bag import is_bag
from nevil_nodes.logs.generations import base_name

__all__ = ['FolderSource']

_MOST_FILES = 2000
_MOST_NAMED = 3
# Stands beside the files of a bag, and describes them.
_OF_BAGS = 'metadata.yaml'


class FolderSource(Files):
    """
    The ``*.log`` files of a folder and all below it, with their rotated predecessors.

    :param names: of the store
    :param only: names of files; None is all
    """

    def __init__(
        self, folder: str | os.PathLike[str], names: Names, *, name: str = 'files',
        only: frozenset[str] | None = None, history_bytes: int | None = None,
        zone: tzinfo | None = None,
    ) -> None:
        super().__init__(names, name, history_bytes=history_bytes, zone=zone)
        self._folder = os.fspath(folder)
        self._only = only
        self._folder_problem = ''
        self._folder_problems: dict[str, str] = {}
        # Files that are no logs by their names, and logs beyond what is read.
        self._others: list[str] = []
        self._too_many = 0

    @property
    def ok(self) -> bool:
        """Return whether there is something to read."""
        return not self._folder_problem and any(file.found for file in self.files.values())

    @property
    def status(self) -> str:
        """Return what is read, and what is not."""
        if self._folder_problem:
            return self._folder_problem
        many = len(self.files)
        parts = [f'{many} file{"" if many == 1 else "s"}' if many
                 else f'no log files in {self._folder} yet', *self.notes]
        if self._too_many:
            parts.append(f'{self._too_many} more logs left out')
        if self._others:
            named = ', '.join(self._others[:_MOST_NAMED])
            more = len(self._others) - _MOST_NAMED
            parts.append(f'not logs by name: {named}{f" and {more} more" if more > 0 else ""}')
        return '; '.join(parts)

    def paths(self) -> Iterable[str]:
        """Return the current files' names, which stand for their predecessors too."""
        try:
            os.stat(self._folder)
            found, others = self._walk()
            self._folder_problem = ''
        except OSError as error:
            self._folder_problem = f'{self._folder}: {reason(error)}'
            return []
        self._too_many = max(0, len(found) - _MOST_FILES)
        self._others = sorted(others)
        return sorted(found)[:_MOST_FILES]

    def poll(self, budget_s: float) -> list[Batch]:
        """Return what is new."""
        batches = super().poll(budget_s)
        if self._folder_problem:
            self.loading = False
        return batches

    def _walk(self) -> tuple[set[str], list[str]]:
        found: set[str] = set()
        others: list[str] = []
        self._folder_problems.clear()

        def failed(error: OSError) -> None:
            if error.filename == self._folder:
                raise error
            self._folder_problems[str(error.filename)] = reason(error)
        for folder, folders, names in os.walk(self._folder, onerror=failed):
            folders.sort()
            for name in names:
                base = base_name(name)
                path = os.path.join(folder, base or name)
                if self._only is not None:
                    if base in self._only:
                        found.add(path)
                elif base is not None or is_bag(name):
                    found.add(path)
                elif name != _OF_BAGS or not any(map(is_bag, names)):
                    others.append(os.path.relpath(path, self._folder))
        return found, others

    def _all_problems(self) -> dict[str, str]:
        return super()._all_problems() | self._folder_problems
