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

"""LogScope that opens with the robot, which runs whatever becomes of LogScope."""

from __future__ import annotations

from collections.abc import Mapping
import sys

from nevil_bringup.api.logscope import close_logscope
from nevil_bringup.api.logscope import open_logscope
from nevil_bringup.api.logscope import Opening
from nevil_bringup.api.logscope import viewer_env
from nevil_bringup.api.logscope_options import arguments_of
from nevil_bringup.api.logscope_options import wanted
from nevil_bringup.errors import UserError
from nevil_bringup.paths import ProjectPaths
from nevil_nodes.declarations import Plan

__all__ = ['Beside']

# Nothing depends on LogScope: the command does not wait long to say that it is open.
_PATIENCE_S = 5.0


class Beside:
    """LogScope beside a system, if it is wanted."""

    def __init__(self, paths: ProjectPaths, plan: Plan | None, option: bool | None,
                 middleware: Mapping[str, str] | None = None) -> None:
        """
        Start it, or print why not.

        :param plan: None where the project's files have errors
        :param option: ``--logscope`` or ``--no-logscope``, None for what the project says
        :param middleware: variables of the system, where it ran already
        """
        self._paths = paths
        self._opening: Opening | None = None
        self._told = False
        if wanted(plan, option):
            try:
                self._opening = open_logscope(
                    paths, arguments_of(paths, plan),
                    viewer_env(middleware, plan))
            except (UserError, OSError) as error:
                _tell_failure(error)

    def tell(self, patience_s: float = _PATIENCE_S, *, quiet: bool = False) -> None:
        """Print once what became of it; nothing while that is unknown."""
        if self._opening is None or self._told:
            return
        try:
            self._told = self._opening.wait(patience_s)
        except UserError as error:
            self._told = True
            _tell_failure(error)
            return
        if not quiet and self._told:
            print(f'LogScope is open (pid {self._opening.pid})', flush=True)

    def close(self) -> None:
        """Close it, if it was started here."""
        if self._opening is not None and self._opening.process is not None:
            close_logscope(self._paths)


def _tell_failure(error: Exception) -> None:
    print(f'nevil: {error}\n  the robot runs without it', file=sys.stderr, flush=True)
