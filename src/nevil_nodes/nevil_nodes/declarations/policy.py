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

"""The policy beside a launch file: a root ``.nodes`` for the processes that it names."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from nevil_msggen.problem import did_you_mean
from nevil_msggen.problem import Problem
from nevil_nodes.declarations.health import alert_plan
from nevil_nodes.declarations.health import limit_plan
from nevil_nodes.declarations.health import recovery_plan
from nevil_nodes.declarations.health import restart_plan
from nevil_nodes.declarations.node_draft import Node
from nevil_nodes.declarations.node_file import inherited_settings
from nevil_nodes.declarations.plan import NodePlan
from nevil_nodes.declarations.plan import Plan
from nevil_nodes.declarations.plan import RestartPlan
from nevil_nodes.declarations.probes import probe_plans
from nevil_nodes.declarations.probes import probe_problems
from nevil_nodes.declarations.probes import start_limit_s
from nevil_nodes.declarations.root import read_root
from nevil_nodes.declarations.root import Root

__all__ = ['Policy', 'read_policy']

_RULES = {'policy': 'restart_policy', 'max_restarts': 'max_restarts', 'delay_s': 'restart_delay',
          'stable_after_s': 'stable_after', 'on_failed': 'on_failed',
          'prevent_exit_status': 'restart_prevent_exit_status'}


class Policy:
    """What a policy file says of the processes of a launch file."""

    def __init__(self, root: Root, folder: Path, file: str) -> None:
        """
        Take a file that was read.

        :param file: its name, for problems
        """
        self.environment: Mapping[str, str] = root.shared
        self._root = root
        self._folder = folder
        self._file = file
        self._patterns = [name for name in root.settings.get('nodes', 'global_overrides') or ()
                          if name != 'all']

    def node(self, name: str, ros_name: str) -> Node:
        """Return a process with what ``all`` and every name or glob that it matches say of it."""
        settings = inherited_settings(self._root)
        for pattern in ('all', *self._patterns):
            over = self._root.overrides(pattern)
            if over is not None and (pattern == 'all' or _is(pattern, name, ros_name)):
                settings.merge(over)
        runtime: dict[str, Any] = settings.data['runtime']
        runtime['restart_policy'] = runtime['restart_policy'].replace('-', '_')
        settings.data['creation']['executable'] = name  # none of Nevil's classes
        return Node(name=name, folder=self._folder, file=self._file, settings=settings)

    def apply(self, plan: NodePlan) -> NodePlan:
        """Return the plan of a process with what is said of it; the rest stays."""
        node = self.node(plan.name, plan.ros_name)
        settings = node.settings
        # None is implied: what a program that knows nothing of Nevil answers, its author says.
        probes = {role: probe for role, probe in probe_plans(node).items() if not probe.implied}
        said = restart_plan(settings.data['runtime'])
        restart: RestartPlan = replace(plan.restart, **{
            attribute: getattr(said, attribute) for attribute, key in _RULES.items()
            if self.says(node, 'runtime', key)})
        timeout_s = plan.shutdown_timeout_s
        kill_timeout_s = plan.kill_timeout_s
        if self.says(node, 'runtime', 'shutdown_timeout'):
            timeout_s, kill_timeout_s = float(settings.get('runtime', 'shutdown_timeout')), None
        return replace(
            plan, restart=restart, probes=probes, limits=limit_plan(node, self._root),
            criticality=settings.get('runtime', 'criticality'),
            requires=tuple(settings.get('dependencies', 'requires') or ()),
            heartbeat_timeout_s=float(settings.get('monitoring', 'heartbeat_timeout')),
            startup_timeout_s=start_limit_s(node, probes), shutdown_timeout_s=timeout_s,
            kill_timeout_s=kill_timeout_s)

    def whole(self, plan: Plan) -> Plan:
        """Return the plan of the robot with what is said of all of it."""
        data = self._root.settings.data
        return replace(
            plan, alerts=alert_plan(data['monitoring']),
            recovery=recovery_plan(data['monitoring']),
            health_check_interval_s=float(data['system']['health_check_interval']),
            heartbeat_timeout_s=float(data['monitoring']['heartbeat_timeout']))

    def says(self, node: Node, *path: str) -> bool:
        """Return whether a value of a process is in the file."""
        return bool(node.settings.origin(*path).file)

    def unmatched(self, names: Iterable[tuple[str, str]]) -> list[Problem]:
        """
        Return a warning for each name in the file that is no process's.

        :param names: name and full ROS name of each process
        """
        known = list(names)
        return [Problem(
            file=self._file, key=f'nodes.global_overrides.{pattern}',
            line=self._root.layer.document.line('nodes', 'global_overrides', pattern),
            text=f"there is no process '{pattern}'", severity='warning',
            fix=did_you_mean(pattern, sorted(name for name, _ in known)) or 'remove the name')
            for pattern in self._patterns
            if not any(_is(pattern, name, ros_name) for name, ros_name in known)]

    def check(self) -> list[Problem]:
        """Return what is wrong in the probes of the file."""
        return [problem for pattern in self._patterns
                for problem in probe_problems(
                    self.node(pattern, ''), self._folder, self._root.scope.get('PATH'))]


def read_policy(file: Path, environ: Mapping[str, str]) -> tuple[Policy, list[Problem]]:
    """
    Read a policy file.

    :returns: it, and everything that is wrong in it
    """
    root = read_root(file.parent, environ, file.name)
    policy = Policy(root, file.parent, file.name)
    return policy, sorted([*root.problems, *policy.check()], key=Problem.sort_key)


def _is(pattern: str, name: str, ros_name: str) -> bool:
    return fnmatchcase(name, pattern) or bool(ros_name and fnmatchcase(ros_name, pattern))
