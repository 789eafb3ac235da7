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

"""
Where the robot of a launch file lives, and its supervisor on the way.

Nothing of launch is imported here, so that the supervisor starts while launch is loaded.
"""

from __future__ import annotations

from collections.abc import Sequence
import hashlib
import os
import time
from typing import TYPE_CHECKING

from nevil_bringup.api.supervisor_process import begin_supervisor
from nevil_bringup.api.supervisor_process import early_output
from nevil_bringup.api.supervisor_process import give_plan
from nevil_bringup.paths import project_paths
from nevil_bringup.paths import ProjectPaths
from nevil_bringup.paths import state_root

if TYPE_CHECKING:
    from nevil_bringup.launch.any.output import Output
    from nevil_bringup.launch.supervisor_link import SupervisorLink
    from nevil_nodes.declarations.plan import Plan
    from nevil_nodes.declarations.policy import Policy

__all__ = ['House', 'place_of']

_POLL_S = 0.01
_SUFFIXES = ('.py', '.xml', '.yaml', '.yml', '.launch', '_launch')


def place_of(file: str, arguments: Sequence[str]) -> ProjectPaths:
    """
    Return where logs and state of the robot of a launch file are.

    The same file with the same arguments is the same robot; with others (a namespace, say) it is
    another one, which may run at the same time.
    """
    stem = os.path.basename(file)
    for suffix in _SUFFIXES:
        stem = stem.removesuffix(suffix)
    words = '\0'.join([os.path.abspath(file), *sorted(arguments)])
    name = f'{stem or "launch"}-{hashlib.sha256(os.fsencode(words)).hexdigest()[:6]}'
    return project_paths(state_root() / 'launch' / name)


class House:
    """
    A supervisor that starts, and the socket that receives the output of its processes.

    :ivar plan: what it begins with
    :ivar output: hears what is printed
    :ivar link: speaks with the supervisor
    """

    plan: Plan
    output: Output
    link: SupervisorLink

    def __init__(self, paths: ProjectPaths) -> None:
        """
        Start the supervisor; it ends when this process does.

        :raises OSError: no process or no file can be made
        """
        paths.project.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.paths = project_paths(paths.project)  # now that its logs can be in it
        self._supervisor = begin_supervisor(self.paths)

    def abandon(self) -> None:
        """End a supervisor that has not begun, and will not."""
        give_plan(self._supervisor, None)
        self._supervisor.wait()

    def begin(self, policy: Policy | None = None) -> None:
        """
        Give the supervisor what it begins with.

        :raises OSError: a socket cannot be made
        """
        # While the supervisor is loaded:
        from nevil_bringup.launch.any.output import Output
        from nevil_bringup.launch.supervisor_link import SupervisorLink
        from nevil_nodes.declarations.plan import LogPlan
        from nevil_nodes.declarations.plan import Plan
        paths = self.paths
        self.plan = Plan(
            project=paths.project.name, directory=str(paths.project), messages_package='',
            nodes=(), processes=(), logs=LogPlan(directory=str(paths.logs)), parallel=True,
            foreign=True)
        if policy is not None:
            self.plan = policy.whole(self.plan)
        self.output = Output(paths.copies)
        give_plan(self._supervisor, self.plan)
        self.link = SupervisorLink(paths, self._supervisor)

    def wait(self) -> None:
        """
        Wait until the supervisor takes processes, so that no timer of launch runs before.

        :raises OSError: it does not come up
        """
        from nevil_bringup.api.beginning import Beginning
        from nevil_bringup.api.beginning import TimedOut
        from nevil_bringup.control.client import ControlClient
        from nevil_bringup.control.client import ControlError
        from nevil_health.control.operations import Register
        from nevil_nodes.declarations.serial import to_json
        problem = ''
        beginning = Beginning(self.link.pid, 'it takes no processes')
        while self.link.running:
            try:
                beginning.check()
                with ControlClient(self.paths.socket) as client:
                    client.request(Register(plan=to_json(self.plan)))
                    return
            except TimedOut as error:
                problem = f'{error} ({problem})'
                break
            except ControlError as error:
                problem = str(error)
            time.sleep(_POLL_S)
        self.link.stop()
        raise OSError('\n  '.join([f'the supervisor does not start: {problem}',
                                   *early_output(self.paths)]))
