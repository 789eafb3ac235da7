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

"""What the end of a process means: what the launch file says, what the policy beside it says."""

from __future__ import annotations

from typing import Literal

from nevil_nodes.declarations.plan import RestartPlan

__all__ = ['Rules']

_FOR_EVER = 2**31


class Rules:
    """The restart rule of each process."""

    def __init__(self, default: Literal['never', 'on_failure', 'always'] = 'on_failure') -> None:
        """
        Take the rule of processes of which nothing else is said.

        :param default: of ``--restart``
        """
        self._default = default

    def says(self, name: str) -> bool:
        """Return whether the policy beside says when a process is started again."""
        return False

    def restart(
        self, name: str, *, waits: bool, respawn: bool, delay_s: float, max_retries: int,
    ) -> RestartPlan:
        """
        Return the rule of a process.

        :param waits: its action has ``on_exit``, or a handler waits for its end
        :param respawn: and its delay and retries: what its action was told
        """
        if respawn:
            return RestartPlan(
                policy='always', delay_s=delay_s, prevent_exit_status=(),
                max_restarts=max_retries if max_retries >= 0 else _FOR_EVER)
        return RestartPlan(policy='never' if waits else self._default)
