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

"""A project as a whole: any content, the plan as JSON, and the reports."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import HealthCheck
from hypothesis import settings
from hypothesis import strategies as st
from nevil_nodes.declarations import from_json
from nevil_nodes.declarations import load_project
from nevil_nodes.declarations import process_document
from nevil_nodes.declarations import process_from_json
from nevil_nodes.declarations import report
from nevil_nodes.declarations import to_json
import pytest
from written_project import Project
import yaml

MESSAGES = """
node_name: {node}
publishes:
  - topic: {node}_out
    message_type: Number
    qos: {{durability: persistent, depth: 3}}
    schema: {{value: float}}
subscribes:
  - topic: image
    message_type: sensor_msgs/msg/Image
    callback: on_image
"""


def rich(project: Project) -> Project:
    """Write a project with something of everything."""
    project.root("""
        environment: {API_KEY: "sk-secret", MODE: test}
        launch: {parallel_launch: true}
        nodes: {status_overrides: {disabled_nodes: [spare], muted_nodes: [quiet]}}
        """)
    project.node('camera', """
        description: Sees
        runtime: {priority: low, restart_policy: always}
        dependencies: {requires: [quiet]}
        creation: {init_params: {rate: 10}}
        """, messages=MESSAGES.format(node='camera'))
    project.node('quiet', 'runtime: {isolated_process: false}\n')
    project.node('spare')
    project.node('later', 'creation: {auto_start: false}\n')
    return project


def test_topics_are_in_the_plan(project: Project) -> None:
    """With the project's own package, ROS 2's words for QoS, and the callback's name."""
    plan = rich(project).load().plan
    assert plan is not None
    node = plan.node('camera')
    assert [(topic.topic, topic.ros_type, topic.qos.durability, topic.qos.depth, topic.callback)
            for topic in (*node.publishes, *node.subscribes)] == [
        ('camera_out', 'my_robot_msgs/msg/Number', 'transient_local', 3, None),
        ('image', 'sensor_msgs/msg/Image', 'volatile', 10, 'on_image')]
    assert node.messages['node_name'] == 'camera'


def test_what_is_wrong_in_messages_refuses_the_project(project: Project) -> None:
    """`validate` looks at all files of a project."""
    project.node('camera', messages="""
        publishes:
          - {topic: a, message_type: Number, schema: {value: float}}
        """)
    project.node('lidar', messages="""
        publishes:
          - {topic: b, message_type: Number, schema: {value: string}}
        """)
    result = project.load()
    assert result.plan is None
    assert {problem.file for problem in result.problems} <= {
        'nodes/camera/.messages', 'nodes/lidar/.messages'}


def test_a_plan_survives_json(project: Project) -> None:
    """The supervisor writes it, a node's process reads it."""
    plan = rich(project).load().plan
    assert plan is not None
    assert from_json(to_json(plan)) == plan
    document = process_document(plan, 'camera')
    assert [node.name for node in document.nodes] == ['camera']
    assert process_from_json(to_json(document)) == document
    with pytest.raises(KeyError):
        process_document(plan, 'spare')


@pytest.mark.parametrize('text', ['', '[]', '{}', '{"nodes": []}', '{"nodes": [1]}', 'null'])
def test_other_json_is_no_plan(text: str) -> None:
    """A ValueError, whatever it is."""
    with pytest.raises(ValueError):
        from_json(text)
    with pytest.raises(ValueError):
        process_from_json(text)


SCALARS = st.none() | st.booleans() | st.integers(-5, 70000) | st.floats(0, 10) | st.text(
    alphabet='ab${}:-/._ \n', max_size=12) | st.sampled_from(['a', 'b', 'live', 'always'])
KEYS = st.sampled_from([
    'a', 'alerts', 'all', 'creation', 'dependencies', 'discovery', 'enabled', 'environment',
    'exec', 'executable', 'global_overrides', 'health_check', 'high_cpu_percent', 'launch',
    'max_cpu_percent', 'method', 'module_path', 'monitoring', 'muted_nodes', 'name', 'nodes',
    'nodes_directory', 'on_exceeded', 'optional', 'package', 'params', 'prometheus', 'provides',
    'publishes', 'recovery', 'requires', 'resources', 'runtime', 'security', 'startup',
    'startup_order', 'status', 'status_overrides', 'system', 'thresholds', 'version'])
TREES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=20)


@settings(max_examples=150, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(root=st.dictionaries(KEYS, TREES), one=TREES, two=TREES, messages=TREES)
def test_any_tree_is_loaded(
        project: Project, root: dict[str, Any], one: Any, two: Any, messages: Any) -> None:
    """Problems, never an exception; a plan exactly when none is an error; always the same."""
    project.write('.nodes', yaml.safe_dump(root))
    project.node('a', yaml.safe_dump(one), messages=yaml.safe_dump(messages))
    project.node('b', yaml.safe_dump(two))
    result = project.load()
    assert (result.plan is None) == any(
        problem.severity == 'error' for problem in result.problems)
    assert list(result.problems) == sorted(result.problems, key=lambda problem: problem.sort_key())
    assert project.load().problems == result.problems
    report.problems_text(result)
    report.resolved_text(result)
    json.dumps(report.resolved_json(result))
    if result.plan is not None:
        report.plan_text(result.plan)
        assert from_json(to_json(result.plan)) == result.plan


@settings(max_examples=100, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(root=st.binary(), node=st.binary())
def test_any_bytes_are_loaded(project: Project, root: bytes, node: bytes) -> None:
    """A binary file by mistake is a problem like any other."""
    project.node('a')
    (project.folder / '.nodes').write_bytes(root)
    (project.folder / 'nodes/a/.nodes').write_bytes(node)
    project.load()


def test_the_reference_robot_has_no_problem() -> None:
    """It is what a newcomer starts first."""
    import nevil_nodes
    source = Path(nevil_nodes.__file__).resolve().parents[2] / 'nevil_bringup/robots/nevil'
    if not source.is_dir():
        pytest.skip('not in a checkout')
    result = load_project(source, environ={})
    assert result.problems == ()
    assert result.plan is not None
    assert result.plan.project == 'nevil'
    assert [node.name for node in result.plan.nodes] == [
        'speech_synthesis', 'ai_cognition', 'speech_recognition']


def test_problems_are_reported_with_a_summary(project: Project) -> None:
    """For people and for programs; --strict counts warnings."""
    project.node('camera', 'unknown: 1\n')
    result = project.load()
    assert report.problems_text(result) == (
        'warning: nodes/camera/.nodes:1: unknown: is not a known key and has no effect; known'
        ' keys: node_name, version, description, author, created, tags, creation, components,'
        ' runtime, environment, resources, dependencies, health_check, startup, readiness,'
        ' liveness, monitoring, security\n'
        "'my_robot' is valid: 1 node in 1 process, 0 errors, 1 warning")
    assert report.problems_text(result, strict=True).splitlines()[-1] == (
        'refused: 0 errors, 1 warning (warnings count with --strict)')
    assert report.problems_json(result)['valid'] is True
    assert report.problems_json(result, strict=True)['valid'] is False
    assert report.problems_json(result)['problems'][0]['line'] == 1
    project.node('camera', 'runtime: 1\n')
    assert report.problems_text(project.load()).splitlines()[-1] == (
        'refused: 1 error, 0 warnings')


def test_the_resolved_view_names_every_origin(project: Project) -> None:
    """And hides the values of secrets."""
    rich(project)
    result = project.load()
    lines = report.resolved_text(result, ['camera']).splitlines()
    assert lines[0] == '[camera]'
    assert any(line.startswith('runtime.priority: low ') and
               line.endswith('# nodes/camera/.nodes:2') for line in lines)
    assert any(line.startswith('runtime.status: live ') and line.endswith('# default')
               for line in lines)
    system = report.resolved_text(result)
    assert 'environment.API_KEY: ***' in system
    assert 'sk-secret' not in system
    assert 'sk-secret' not in json.dumps(report.resolved_json(result))
    with pytest.raises(KeyError, match="there is no node 'camra'; did you mean 'camera'"):
        report.resolved_text(result, ['camra'])


def test_the_plan_is_shown_as_it_will_run(project: Project) -> None:
    """Order, exact command lines and environment, without secrets."""
    rich(project)
    plan = project.load().plan
    assert plan is not None
    text = report.plan_text(plan)
    python = plan.processes[0].argv[0]
    command = f'{python} -m nevil_nodes.run --project {project.folder.resolve()}'
    assert text == f"""\
'my_robot' starts in parallel, each as soon as what it requires is ready:

1. composed (nodes quiet; quiet is muted)
   {command} --node quiet
   API_KEY='***'
   MODE=test

2. camera (after composed; nice 10)
   {command} --node camera
   API_KEY='***'
   MODE=test

3. later (later waits for `nevil node start later`)
   {command} --node later
   API_KEY='***'
   MODE=test

never started: spare"""
    data = report.plan_json(plan)
    assert [process['name'] for process in data['processes']] == ['composed', 'camera', 'later']
    assert data['processes'][1]['requires'] == ['composed']
    assert data['processes'][1]['env']['API_KEY'] == '***'
    assert data['disabled'] == ['spare']


def test_a_project_of_v3_whose_files_differ_starts_with_warnings(project: Project) -> None:
    """Own defaults, a type without a schema and two spellings are in the wild."""
    said = '{topic: said, message_type: %s, schema: {mood: {type: str, default: %s}}}'
    project.node('camera', messages=f'publishes: [{said % ("SaidText", "calm")}]\n')
    project.node('lidar', messages=f"""
        publishes: [{said % ("SAIDText", "loud")}, {{topic: raw, message_type: Raw}}]
        """)
    result = project.load()
    assert {problem.severity for problem in result.problems} == {'warning'}
    assert len(result.problems) == 3 and result.plan is not None
    camera, lidar = (result.plan.node(name) for name in ('camera', 'lidar'))
    assert [topic.defaults for topic in camera.publishes] == [{'mood': 'calm'}]
    assert [topic.defaults for topic in lidar.publishes] == [{'mood': 'loud'}, {}]
    assert {topic.ros_type.rpartition('/')[2] for topic in (
        *camera.publishes, *lidar.publishes)} == {'SaidText', 'Raw'}
