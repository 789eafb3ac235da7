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


"""Whether the messages that a run would use are those of the files; reads two small files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from nevil_bringup.build.installed import fingerprint
from nevil_bringup.build.installed import installed_digest
from nevil_bringup.build.workspace import prefixes
from nevil_bringup.build.workspace import workspace_of
from nevil_msggen.package import digest
from nevil_msggen.types import TypeTable
from nevil_nodes.declarations.plan import Plan

__all__ = ['is_stale']


def is_stale(plan: Plan, types: TypeTable, environ: Mapping[str, str]) -> str | None:
    """
    Return why the project's messages must be built, None when they need not.

    :param types: the message types of the project, as loaded with the plan
    :param environ: the environment with ROS 2 in it
    """
    if not types:
        return None
    package = plan.messages_package
    workspace = workspace_of(Path(plan.directory))
    wanted = digest(types, package)
    current = workspace.current()
    bases = prefixes(environ, workspace)
    installed = installed_digest(package, bases)
    if installed == wanted:
        return None if current is None else f'an older build hides the installed {package}'
    if current is None and installed is None:
        return f'{package} has not been built yet'
    if current is None or current.digest != wanted:
        return f'the messages have changed since {package} was built'
    if current.environment != fingerprint(bases):
        return f'{package} was built with another ROS 2 or Python'
    if plan.messages_cpp and not current.cpp:
        return f'{package} was built without C++ (messages.cpp)'
    return None
