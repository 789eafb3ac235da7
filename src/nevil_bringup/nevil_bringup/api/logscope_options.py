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

"""What LogScope is started with: from the options, else from the project's files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nevil_bringup.paths import ProjectPaths
from nevil_nodes.declarations import Plan

__all__ = ['THEMES', 'arguments_of', 'wanted']

THEMES = ('dark', 'light')


def wanted(plan: Plan | None, option: bool | None) -> bool:
    """Return whether it opens with the system: ``--logscope``, else ``logscope_enabled``."""
    return bool(_settings(plan).get('logscope_enabled')) if option is None else option


def arguments_of(
    paths: ProjectPaths, plan: Plan | None, *, theme: str | None = None,
    max_entries: int | None = None, log_dir: Path | None = None, files: Sequence[str] = (),
    at: str | None = None, node: str | None = None,
) -> list[str]:
    """
    Return the arguments of ``python -m nevil_logscope``.

    The default theme is not given: so the one that was chosen in the window stays.

    :param plan: None where the project's files have errors
    :param files: to show instead of a folder
    :param at: open at this time, and at the entry of ``node``
    """
    settings = _settings(plan)
    configured = settings.get('logscope_theme', THEMES[0])
    theme = theme or (configured if configured != THEMES[0] else None)
    entries = max_entries or settings.get('max_entries')
    arguments = [] if files else ['--log-dir', str(log_dir or paths.logs)]
    arguments += ['--theme', theme] if theme else []
    arguments += ['--max-entries', str(entries)] if entries else []
    arguments += [f'--at={at}'] if at else []
    arguments += [f'--node={node}'] if node else []
    return [*arguments, '--title', paths.project.name, *(['--', *files] if files else [])]


def _settings(plan: Plan | None) -> dict[str, Any]:
    return dict(plan.system['system']['monitoring']) if plan is not None else {}
