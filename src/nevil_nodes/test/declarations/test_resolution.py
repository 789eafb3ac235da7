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

"""Which value wins, and where it is said to come from."""

from __future__ import annotations

import pytest
from written_project import Project

OWN = """
runtime:
  max_restarts: 1
  status: live
"""
ALL = """
nodes:
  global_overrides:
    all:
      runtime: {max_restarts: 2}
"""
NAMED = ALL + """    camera:
      runtime:
        max_restarts: 3
"""


@pytest.mark.parametrize(('own', 'root', 'environ', 'value', 'origin'), [
    ('', '', {}, 5, 'default'),
    (OWN, '', {}, 1, 'nodes/camera/.nodes:2'),
    (OWN, ALL, {}, 2, '.nodes:6'),
    (OWN, NAMED, {}, 3, '.nodes:9'),
    (OWN, NAMED.replace('3', '${RESTARTS:-4}'), {}, 4, '.nodes:9 (environment)'),
    (OWN, NAMED.replace('3', '${RESTARTS:-4}'), {'RESTARTS': '7'}, 7, '.nodes:9 (environment)'),
])
def test_later_layers_win(
        project: Project, own: str, root: str, environ: dict[str, str], value: int,
        origin: str) -> None:
    """The documented order decides, and the user is told the very line."""
    project.root(root)
    project.node('camera', own)
    result = project.load(environ)
    lost = [each for each in result.problems if 'global_overrides.all' not in each.text]
    assert not lost or not own and len(lost) == 1, result.problems
    assert result.plan is not None
    assert result.plan.node('camera').restart.max_restarts == value
    assert str(result.origins['camera']['runtime.max_restarts']) == origin


def test_overrides_merge_deeply(project: Project) -> None:
    """An override of one key leaves its neighbours as they are; a list is replaced whole."""
    project.root("""
        nodes:
          global_overrides:
            all: {environment: {B: "2"}, dependencies: {provides: [x]}}
        """)
    project.node('camera', """
        environment: {A: "1", B: "1"}
        dependencies: {provides: [a, b]}
        """)
    plan = project.load().plan
    assert plan is not None
    assert plan.node('camera').nodes['environment'] == {'A': '1', 'B': '2'}
    assert plan.node('camera').nodes['dependencies']['provides'] == ['x']


@pytest.mark.parametrize(('lists', 'environ', 'status'), [
    ('muted_nodes: [camera]', {}, 'muted'),
    ('disabled_nodes: [camera]', {}, 'disabled'),
    ('{disabled_nodes: [camera], muted_nodes: [camera]}', {}, 'disabled'),
    ('dev_only_nodes: [camera]', {}, 'disabled'),
    ('dev_only_nodes: [camera]', {'NEVIL_DEV': '1'}, 'live'),
    ('{dev_only_nodes: [camera], muted_nodes: [camera]}', {'NEVIL_DEV': '1'}, 'muted'),
    ('dev_only_nodes: [camera]', {'NEVIL_DEV': '0'}, 'disabled'),
])
def test_status_overrides_have_the_last_word(
        project: Project, lists: str, environ: dict[str, str], status: str) -> None:
    """A node is switched off in one place, whatever its own file says."""
    inner = lists if lists.startswith('{') else f'{{{lists}}}'
    project.root(f'nodes: {{status_overrides: {inner}}}\n')
    project.node('camera', 'runtime: {status: live}\n')
    result = project.load(environ)
    assert result.plan is not None
    assert result.plan.node('camera').status == status
    if status != 'live':
        assert str(result.origins['camera']['runtime.status']) == '.nodes:2'
    assert (status == 'disabled') == (result.plan.processes == ())


def test_debug_mode_starts_development_nodes(project: Project) -> None:
    """The file can say that this is a development machine, without a variable."""
    project.root("""
        nodes: {status_overrides: {dev_only_nodes: [camera]}}
        development: {debug_mode: true}
        """)
    project.node('camera')
    plan = project.load().plan
    assert plan is not None
    assert plan.node('camera').status == 'live'


def test_muting_does_not_enable_a_disabled_node(project: Project) -> None:
    """Disabled is the stronger word wherever it stands."""
    project.root('nodes: {status_overrides: {muted_nodes: [camera]}}\n')
    project.node('camera', 'runtime: {status: disabled}\n')
    plan = project.load().plan
    assert plan is not None
    assert plan.node('camera').status == 'disabled'


def test_the_root_gives_a_node_its_shutdown_timeout(project: Project) -> None:
    """A system-wide value is the default of the node's own key of the same meaning."""
    project.root('system: {shutdown_timeout: 4}\n')
    project.node('camera', '')
    project.node('lidar', 'runtime: {shutdown_timeout: 2}\n')
    result = project.load()
    assert result.plan is not None
    assert result.plan.node('camera').shutdown_timeout_s == 4.0
    assert result.plan.node('lidar').shutdown_timeout_s == 2.0
    assert str(result.origins['camera']['runtime.shutdown_timeout']) == '.nodes:2'


@pytest.mark.parametrize('given', ['on-failure', 'on_failure', 'unless-stopped', 'unless_stopped'])
def test_restart_policies_may_be_hyphenated(project: Project, given: str) -> None:
    """Files in the wild write both."""
    project.node('camera', f'runtime: {{restart_policy: {given}}}\n')
    plan = project.load().plan
    assert plan is not None
    assert plan.node('camera').restart.policy == given.replace('-', '_')


def test_everything_has_a_default(project: Project) -> None:
    """A node is a folder with a class; the rest is as the format's table says."""
    project.node('camera')
    result = project.load()
    assert result.problems == ()
    plan = result.plan
    assert plan is not None
    node = plan.node('camera')
    assert (node.status, node.auto_start, node.requires, node.class_name) == (
        'live', True, (), 'CameraNode')
    assert (node.restart.policy, node.restart.max_restarts, node.restart.delay_s) == (
        'on_failure', 5, 2.0)
    assert (node.startup_timeout_s, node.shutdown_timeout_s) == (30.0, 10.0)
    assert (plan.parallel, plan.startup_delay_s, plan.wait_for_healthy, plan.ready_timeout_s) == (
        False, 2.0, True, 30.0)
    assert (plan.logs.level, plan.logs.max_bytes, plan.logs.retention_days) == (
        'INFO', 20 * 1024 * 1024, 30)
    assert plan.project == 'my_robot'
    assert plan.messages_package == 'my_robot_msgs'


@pytest.mark.parametrize(('launch', 'parallel', 'problem'), [
    ('{parallel_launch: true}', True, ''),
    ('{startup: {parallel_launch: true}}', True, ''),
    ('{parallel_launch: true, startup: {parallel_launch: true}}', True, ''),
    ('{parallel_launch: false, startup: {parallel_launch: true}}', False,
     'warning: .nodes:2: launch.startup.parallel_launch: has no effect: launch.parallel_launch is'
     ' given (.nodes:2) with another value; keep one of them'),
    ('{startup: {respect_individual_dependencies: false}}', False,
     'warning: .nodes:2: launch.startup.respect_individual_dependencies: false has no effect:'
     ' what a node requires is always respected; remove it'),
])
def test_launch_keys_have_two_spellings(
        project: Project, launch: str, parallel: bool, problem: str) -> None:
    """Files write these keys in either place; where both differ the user is told."""
    project.root(f'launch: {launch}\n')
    project.node('camera')
    result = project.load()
    assert [f'{item.severity}: {item}' for item in result.problems] == [problem] * bool(problem)
    assert result.plan is not None
    assert result.plan.parallel is parallel


def test_the_order_of_startup_global_order_is_taken(project: Project) -> None:
    """`global_order` is another name of `startup_order`; its default [] says nothing."""
    project.root('launch: {startup: {global_order: [b, a]}}\n')
    project.node('a')
    project.node('b')
    plan = project.load().plan
    assert plan is not None
    assert [node.name for node in plan.nodes] == ['b', 'a']


def test_a_nodes_own_value_that_loses_to_all_is_told(project: Project) -> None:
    """Else `restart_policy: always` in a node's file is on_failure, and nobody knows why."""
    project.root("""
        nodes:
          global_overrides:
            all:
              runtime: {restart_policy: on_failure, max_restarts: 3}
        """)
    project.node('camera', '\nruntime: {restart_policy: always, max_restarts: 3}\n')
    place = 'nodes.global_overrides'
    assert project.problems() == [
        f'warning: nodes/camera/.nodes:1: runtime.restart_policy: has no effect: {place}.all'
        f" (.nodes:6) sets 'on_failure' instead; remove it there, or write yours under {place} of"
        ' this node']


def test_a_value_that_the_root_gives_this_node_is_meant(project: Project) -> None:
    """Who writes an override for one node knows what its file says."""
    project.root("""
        nodes:
          global_overrides:
            all: {runtime: {max_restarts: 3}}
            camera: {runtime: {max_restarts: 4}}
        """)
    project.node('camera', 'runtime: {max_restarts: 5}\n')
    assert project.problems() == []
