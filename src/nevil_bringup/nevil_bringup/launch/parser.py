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

"""``ros2 launch robot/.nodes``: the root file of a project is a launch file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from launch import frontend
from launch import LaunchDescription

__all__ = ['Parser']


class Parser(frontend.Parser):  # type: ignore[misc]
    """Takes the root ``.nodes`` of a project, or a link to it (``robot.nodes``)."""

    @classmethod
    def load(cls, file: Any) -> tuple[Path, Parser]:
        """
        Return the project of a file, and the parser of it.

        :raises RuntimeError: the file is no root file of a project
        """
        given = Path(getattr(file, 'name', file))
        root = given.resolve()
        if root.name != '.nodes':
            raise RuntimeError(f'{given} is not the root .nodes of a project, nor a link to one')
        return root.parent, cls()

    def parse_description(self, entity: Any) -> LaunchDescription:
        """Return the description of the project."""
        # Here: launch loads every parser for every launch file, of whoever.
        from nevil_bringup.launch.description import describe
        return describe(entity)

    @classmethod
    def get_file_extensions(cls) -> set[str]:
        """Return the ends of the names of such files."""
        return {'nodes'}
