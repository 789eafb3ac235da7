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

"""The policy beside a launch file: what it says holds, what it does not say stays."""

from __future__ import annotations

from pathlib import Path

from nevil_nodes.declarations.plan import NodePlan
from nevil_nodes.declarations.plan import RestartPlan
from nevil_nodes.declarations.policy import Policy
from nevil_nodes.declarations.policy import read_policy

CAMERA = NodePlan(
    name='left.camera', ros_name='/left/camera', process='left.camera', kind='executable',
    restart=RestartPlan(policy='always', delay_s=0.1, max_restarts=7), shutdown_timeout_s=5.0,
    kill_timeout_s=3.0)


def read(folder: Path, text: str) -> tuple[Policy, list[str]]:
    """Return a policy and its problems."""
    file = folder / 'bringup.nevil.yaml'
    file.write_text('version: "3.0"\n' + text)
    policy, problems = read_policy(file, {'PATH': '/bin'})
    return policy, [f'{problem.severity}: {problem}' for problem in problems]


def test_what_is_not_said_stays(tmp_path: Path) -> None:
    """What the launch file says of a process is no default that a file without a word replaces."""
    policy, problems = read(tmp_path, 'nodes: {global_overrides: {arm: {runtime: {}}}}\n')
    assert not problems
    assert policy.apply(CAMERA) == CAMERA


def test_later_and_all_names_that_match_count(tmp_path: Path) -> None:
    """`all` first, then names and globs in the order of the file; of Nevil and of ROS."""
    policy, problems = read(tmp_path, """
nodes:
  global_overrides:
    all: {runtime: {max_restarts: 1, restart_delay: 9.0}}
    "/left/*": {runtime: {max_restarts: 2, shutdown_timeout: 4.0}}
    left.camera: {dependencies: {requires: [base]}, resources: {max_memory_mb: 100}}
    arm: {runtime: {max_restarts: 3}}
""")
    assert not problems
    plan = policy.apply(CAMERA)
    assert plan.restart == RestartPlan(policy='always', delay_s=9.0, max_restarts=2)
    assert plan.requires == ('base',)
    assert plan.limits.memory_mb == 100
    assert (plan.shutdown_timeout_s, plan.kill_timeout_s) == (4.0, None)


def test_problems_have_file_and_line(tmp_path: Path) -> None:
    """As in any other file of Nevil."""
    _, problems = read(tmp_path, """
nodes:
  global_overrides:
    camera: {runtime: {restart_policy: sometimes}}
    arm: {runtime: {restart_polcy: never}}
""")
    assert problems[0].startswith('error: bringup.nevil.yaml:5:')
    assert 'sometimes' in problems[0]
    assert problems[1].startswith('warning: bringup.nevil.yaml:6:')
    assert 'restart_policy' in problems[1]


def test_name_of_no_process_is_told_with_the_nearest(tmp_path: Path) -> None:
    """A rule that meets nobody is a spelling mistake more often than not."""
    policy, _ = read(tmp_path, 'nodes: {global_overrides: {left.camra: {}, "right.*": {}}}\n')
    found = [str(problem) for problem in policy.unmatched([('left.camera', '/left/camera')])]
    assert len(found) == 2
    assert "there is no process 'left.camra'" in found[0]
    assert 'left.camera' in found[0]


def test_no_probe_is_implied(tmp_path: Path) -> None:
    """What a program that knows nothing of Nevil answers, only its author knows."""
    policy, _ = read(tmp_path, """
nodes: {global_overrides: {left.camera: {liveness: {parameters: true, period: 1.0}}}}
""")
    assert list(policy.apply(CAMERA).probes) == ['liveness']
