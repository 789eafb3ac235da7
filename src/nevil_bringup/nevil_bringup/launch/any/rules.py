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

from collections.abc import Sequence
from typing import Literal
from typing import TYPE_CHECKING

from nevil_nodes.declarations.plan import NodePlan
from nevil_nodes.declarations.plan import RestartPlan

if TYPE_CHECKING:  # most launch files have none beside them
    from nevil_nodes.declarations.policy import Policy

__all__ = ['Rules']

# launch writes "no limit" as -1, the policy core counts up to a number.
_FOR_EVER = 2**31


class Rules:
    """The rules of each process."""

    def __init__(self, default: Literal['never', 'on_failure', 'always'] = 'on_failure',
                 policy: Policy | None = None) -> None:
        """
        Take the rule of processes of which nothing else is said.

        :param default: of ``--restart``
        :param policy: the file beside
        """
        self._default = default
        self.policy = policy

    def says(self, node: NodePlan) -> bool:
        """Return whether the policy beside says when a process is started again."""
        return self.policy is not None and self.policy.says(
            self.policy.node(node.name, node.ros_name), 'runtime', 'restart_policy')

    def isolates(self, full_name: str) -> bool:
        """Return whether a component gets a container of its own."""
        if self.policy is None:
            return False
        node = self.policy.node(full_name.strip('/').replace('/', '.'), full_name)
        return bool(node.settings.get('runtime', 'isolate'))

    def apply(self, node: NodePlan) -> NodePlan:
        """Return the plan of a process with what the policy beside says of it."""
        return node if self.policy is None else self.policy.apply(node)

    def restart(
        self, *, waits: bool, respawn: bool, delay_s: float, max_retries: int,
    ) -> RestartPlan:
        """
        Return the rule of a process of which the policy beside says nothing.

        :param waits: its action has ``on_exit``, or a handler waits for its end
        :param respawn: with its delay and retries, as its action has them
        """
        if respawn:
            return RestartPlan(
                policy='always', delay_s=delay_s, prevent_exit_status=(),
                max_restarts=max_retries if max_retries >= 0 else _FOR_EVER)
        return RestartPlan(policy='never' if waits else self._default)

    def serves(self, node: NodePlan, argv: Sequence[str]) -> tuple[str, ...]:
        """
        Return what a process must run again for when that was started again.

        :param argv: its command line; a spawner of ros2_control works for a controller manager
        """
        if self.policy is not None:
            said = self.policy.node(node.name, node.ros_name)
            if self.policy.says(said, 'runtime', 'rerun'):
                again = said.settings.get('runtime', 'rerun') == 'on_restart'
                return node.requires if again else ()
        program = next((word for word in argv if word.endswith('controller_manager/spawner')), '')
        if not program:
            return ()
        words = list(argv[list(argv).index(program) + 1:])
        for flag in ('-c', '--controller-manager'):
            if flag in words[:-1]:
                return (words[words.index(flag) + 1].strip('/').replace('/', '.'),)
        return ('controller_manager',)
