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

"""Probes: what they become, and every way to write one wrong, with file and line."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st
from nevil_nodes.declarations import from_json
from nevil_nodes.declarations import to_json
from nevil_nodes.declarations.health_plan import ProbePlan
from nevil_nodes.declarations.plan import NodePlan
import pytest
from written_project import Project

AT = 'nodes/camera/.nodes:1'
EXECUTABLE = 'creation: {package: lidar, executable: scan}\n'


def camera(project: Project, own: str) -> NodePlan:
    """Return the node camera as it is planned."""
    project.node('camera', own)
    result = project.load()
    assert result.plan is not None, result.problems
    assert from_json(to_json(result.plan)) == result.plan
    return result.plan.node('camera')


def test_an_executable_is_asked_for_its_parameters(lidar: Project) -> None:
    """It may be silent as long as a node with heartbeats; a second more is the last try."""
    probe = ProbePlan(kind='parameters', target={'node': 'camera'}, period_s=15.0, timeout_s=0.8,
                      failure_threshold=2, implied=True)
    assert camera(lidar, EXECUTABLE).probes == {'readiness': probe, 'liveness': probe}
    probes = camera(lidar, EXECUTABLE + 'monitoring: {heartbeat_timeout: 4}').probes
    assert probes['liveness'].period_s == 2.0


def test_a_node_of_nevil_is_not_probed_unless_asked(project: Project) -> None:
    """Its heartbeat says more."""
    assert camera(project, '').probes == {}
    probe = camera(project, 'liveness: {tcp: 80}').probes['liveness']
    assert not probe.implied


def test_what_is_implied_can_be_switched_off(lidar: Project) -> None:
    """One role at a time; where only times are given, it is still the parameters."""
    assert set(camera(lidar, EXECUTABLE + 'liveness: {enabled: false}').probes) == {'readiness'}
    probe = camera(lidar, EXECUTABLE + 'liveness: {period: 2}').probes['liveness']
    assert (probe.kind, probe.period_s, probe.implied) == ('parameters', 2.0, False)


@pytest.mark.parametrize(('text', 'kind', 'target'), [
    ('topic: {name: scan}', 'topic', {'name': 'scan', 'min_hz': None, 'max_age_s': 5.0}),
    ('topic: {name: scan, min_hz: 9}', 'topic',
     {'name': 'scan', 'min_hz': 9, 'max_age_s': None}),
    ('topic: {name: map, max_age: 0}', 'topic',
     {'name': 'map', 'min_hz': None, 'max_age_s': None}),
    ('parameters: true', 'parameters', {'node': 'camera'}),
    ('lifecycle: active', 'lifecycle', {'node': 'camera', 'state': 'active'}),
    ('service: /camera/check', 'service', {'name': '/camera/check'}),
    ('tcp: 80', 'tcp', {'host': 'localhost', 'port': 80}),
    ('tcp: "10.0.0.1:80"', 'tcp', {'host': '10.0.0.1', 'port': 80}),
    ('tcp: "[::1]:80"', 'tcp', {'host': '::1', 'port': 80}),
    ('tcp: {port: 80}', 'tcp', {'host': 'localhost', 'port': 80}),
    ('http: "http://localhost:80/ok"', 'http', {'url': 'http://localhost:80/ok'}),
    ('http: {port: 8080, path: /ok}', 'http', {'url': 'http://localhost:8080/ok'}),
    ('exec: [/bin/true, x]', 'exec', {'argv': ['/bin/true', 'x']}),
    ('log: "up [0-9]+"', 'log', {'pattern': 'up [0-9]+'}),
])
def test_every_kind_has_one_form_in_the_plan(
        project: Project, text: str, kind: str, target: dict[str, object]) -> None:
    """Whatever way it is written in, what probes need not know."""
    project.node('camera', f'liveness: {{{text}}}')
    assert project.problems() == []
    probe = camera(project, f'liveness: {{{text}}}').probes['liveness']
    assert (probe.kind, probe.target) == (kind, target)
    assert probe.failure_threshold == (1 if kind in ('topic', 'log') else 2)


@given(st.floats(0.2, 100))
def test_with_the_defaults_a_fault_is_found_in_two_periods_and_a_second(period_s: float) -> None:
    """What falls silent right after a try fails the next two (a topic: one look at a period)."""
    timeout_s = min(0.8, period_s / 2)
    assert timeout_s <= period_s
    assert 2 * period_s + timeout_s < 2 * period_s + 1


def test_a_startup_probe_sets_the_time_to_start(project: Project) -> None:
    """As kubelet has it: the failures that are allowed, one a period."""
    own = 'startup: {tcp: 80, period: 10, failure_threshold: 30}'
    node = camera(project, own)
    assert math.isclose(node.startup_timeout_s, 300.8)
    assert camera(project, 'startup: {tcp: 80}').startup_timeout_s == 30.0
    both = camera(project, own + '\nruntime: {startup_timeout: 20}')
    assert both.startup_timeout_s == 20.0
    assert project.problems() == [
        'warning: nodes/camera/.nodes:2: runtime.startup_timeout: 20 ends it before the startup'
        ' probe has had its 30 failures (300.8 s, nodes/camera/.nodes:1); remove one of the two']


@pytest.mark.parametrize(('text', 'problem'), [
    ('liveness: {period: 1}',
     f'error: {AT}: liveness: does not say what to probe; add one of topic, parameters, lifecycle,'
     ' service, tcp, http, exec, log, or enabled: false'),
    ('liveness: {tcp: 80, log: x}',
     f'error: {AT}: liveness.log: has tcp ({AT}) and log ({AT}), and a probe is one of them;'
     ' keep one, or use another of startup, readiness, liveness'),
    ('liveness: {tcp: 80, timeout: 6}',
     f'error: {AT}: liveness.timeout: 6 is more than the period, 5: a try would begin before the'
     ' last one has ended; write 5 or less, or a longer period'),
    ('liveness: {topic: {min_hz: 1}}',
     f'error: {AT}: liveness.topic: needs topic.name; name the topic'),
    ('liveness: {topic: {name: "a b"}}',
     f"error: {AT}: liveness.topic.name: 'a b' is not a ROS name; write letters, digits, _ and /"),
    ('liveness: {tcp: localhost}',
     f"error: {AT}: liveness.tcp: 'localhost' has no port; write a port (8080), or host:port"),
    ('liveness: {tcp: 99999}',
     f'error: {AT}: liveness.tcp: 99999 has no port; write a port (8080), or host:port'),
    ('liveness: {http: "ftp://x"}',
     f"error: {AT}: liveness.http: 'ftp://x' is not a URL of http or https; write"
     ' http://localhost:8080/health'),
    ('liveness: {exec: []}',
     f'error: {AT}: liveness.exec: is empty; write the program and its arguments as a list'),
    ('liveness: {exec: [no_such_thing]}',
     f"warning: {AT}: liveness.exec: there is no program 'no_such_thing' in PATH that may be run;"
     ' correct its path (relative to the project), or make it executable with chmod +x'),
    ('liveness: {exec: check it}',
     f"error: {AT}: liveness.exec: 'check it' is not a list; write its words as a list, no shell"
     ' reads them: ["check", "it"]'),
    ('liveness: {log: "("}',
     f"error: {AT}: liveness.log: '(' is not a regular expression: missing ), unterminated"
     ' subpattern at position 0; correct it; a backslash before a special character takes it as'
     ' it is'),
    ('liveness: {tcp: 80, perod: 1}',
     f'warning: {AT}: liveness.perod: is not a known key and has no effect; did you mean'
     " 'period'?"),
    ('readiness: {lifecycle: inactive}',
     f'warning: {AT}: readiness.lifecycle: Nevil activates a lifecycle node: it does not stay'
     ' inactive; write lifecycle: active'),
])
def test_a_wrong_probe_is_told_with_its_line(project: Project, text: str, problem: str) -> None:
    """It would otherwise be found out when the robot hangs and nobody sees it."""
    project.environ['PATH'] = '/usr/bin:/bin'
    project.node('camera', text)
    assert problem in project.problems()


def test_an_override_of_the_root_is_a_probe_too(project: Project) -> None:
    """So a policy file can have one; what contradicts names both places."""
    project.root('nodes: {global_overrides: {camera: {liveness: {log: x}}}}')
    project.node('camera')
    assert project.problems() == []
    project.node('camera', 'liveness: {tcp: 80}')
    assert project.problems() == [
        f'error: .nodes:2: liveness.log: has tcp ({AT}) and log (.nodes:2), and a probe is one of'
        ' them; keep one, or use another of startup, readiness, liveness']
