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

"""What must hold before anything starts: a valid project, an up-to-date message package."""

from __future__ import annotations

import os
import sys

from nevil_bringup.errors import UserError
from nevil_bringup.paths import ProjectPaths
from nevil_nodes.declarations import load_project
from nevil_nodes.declarations import LoadResult
from nevil_nodes.declarations.report import problems_text

__all__ = ['check', 'load']


def load(paths: ProjectPaths) -> LoadResult:
    """Read the project's files; the plan is None where there are errors."""
    return load_project(paths.project, environ=os.environ, logs=paths.logs)


def check(paths: ProjectPaths) -> LoadResult:
    """
    Return the project as loaded; it is valid.

    :raises UserError: it has errors, which are printed
    """
    result = load(paths)
    if result.plan is None:
        print(problems_text(result), file=sys.stderr)
        raise UserError(f'{paths.project.name} cannot be started: its files have errors')
    return result
