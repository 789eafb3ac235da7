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

"""Nodes that join a running system over the control socket."""

from __future__ import annotations

from pathlib import Path
import sys

from nevil_bringup.control.client import ControlClient
from nevil_bringup.control.client import Refused
from nevil_bringup.paths import project_paths
from nevil_health.control.operations import Register
from nevil_nodes.declarations import NodePlan
from nevil_nodes.declarations import Plan
from nevil_nodes.declarations import ProcessPlan
from nevil_nodes.declarations import to_json
from nevil_nodes.declarations.plan import LogPlan
import pytest
from robot import Robot


def further(name: str, *requires: str) -> str:
    """Return the plan of one node that sleeps."""
    return to_json(Plan(
        project='robot', directory='/', messages_package='', logs=LogPlan(directory='/'),
        nodes=(NodePlan(name=name, process=name, kind='executable', requires=requires),),
        processes=(ProcessPlan(
            name=name, nodes=(name,), fork=False,
            argv=(sys.executable, '-c', 'import time; print("here"); time.sleep(600)')),)))


def client_of(robot: Robot, monkeypatch: pytest.MonkeyPatch) -> ControlClient:
    """Return a connection to the robot's supervisor."""
    for name in ('NEVIL_RUNTIME_DIR', 'NEVIL_STATE_DIR'):
        monkeypatch.setenv(name, robot.environ[name])
    return ControlClient(project_paths(robot.project).socket)


def test_node_that_joins_is_one_of_them(robot: Robot, monkeypatch: pytest.MonkeyPatch) -> None:
    """It waits, starts, is shown, logged, restarted and ended as the others."""
    robot.node('base')
    robot.start()
    with client_of(robot, monkeypatch) as client:
        client.request(Register(plan=further('arm', 'base')))
    arm = robot.wait_state('arm', 'ready')
    assert robot.status()['state'] in ('ready', 'degraded')
    assert robot.nevil('node', 'restart', 'arm').returncode == 0
    robot.wait_restarted('arm', arm['generation'])
    assert 'here' in Path(robot.project, 'logs', 'arm.log').read_text()
    assert robot.nevil('why', 'arm').returncode == 0
    robot.nevil('stop')
    log = robot.log()
    assert log.index('arm: ready -> stopping') < log.index('base: ready -> stopping')


def test_node_that_does_not_fit_is_refused(robot: Robot, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the reason, and nothing has changed."""
    robot.node('base')
    robot.start()
    with client_of(robot, monkeypatch) as client:
        for plan, text in ((further('base'), "there is a node 'base' already"),
                           (further('arm', 'bass'), "arm: there is no node 'bass'"),
                           ('{}', 'not a plan')):
            with pytest.raises(Refused, match=text):
                client.request(Register(plan=plan))
    assert [node['name'] for node in robot.status()['nodes']] == ['base']
