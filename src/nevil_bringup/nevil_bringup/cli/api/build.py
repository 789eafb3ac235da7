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

"""Bring the project's message package up to date."""

from __future__ import annotations

from collections.abc import Callable

from nevil_bringup.paths import ProjectPaths
from nevil_nodes.declarations import Plan

__all__ = ['build_if_stale', 'build_now']

Say = Callable[[str], None]


def build_if_stale(paths: ProjectPaths, plan: Plan, say: Say) -> bool:
    """
    Build the messages if their content has changed since the last time.

    :returns: whether something was built
    :raises CliError: they cannot be built
    """
    return False


def build_now(paths: ProjectPaths, plan: Plan, say: Say) -> None:
    """
    Build the messages.

    :raises CliError: they cannot be built
    """
