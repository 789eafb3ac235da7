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

"""Give each test a project of its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from written_project import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Return a project called my_robot."""
    folder = tmp_path / 'my_robot'
    folder.mkdir()
    return Project(folder)


@pytest.fixture
def lidar(project: Project, tmp_path: Path) -> Project:
    """Return a project in an environment with one executable, and containers' services."""
    program = tmp_path / 'prefix' / 'lib' / 'lidar' / 'scan'
    program.parent.mkdir(parents=True)
    program.write_text('#!/bin/sh\n')
    program.chmod(0o755)
    (tmp_path / 'prefix' / 'share' / 'composition_interfaces').mkdir(parents=True)
    project.environ.update(AMENT_PREFIX_PATH=str(tmp_path / 'prefix'), PATH='/usr/bin:/bin')
    return project
