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

"""What is watched of a node and of the machine, and what follows: the settings of health."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import HealthCheck
from hypothesis import settings
from hypothesis import strategies as st
from nevil_nodes.declarations import from_json
from nevil_nodes.declarations import report
from nevil_nodes.declarations import to_json
from nevil_nodes.declarations.health_plan import AlertPlan
from nevil_nodes.declarations.health_plan import HealthCheckPlan
from nevil_nodes.declarations.health_plan import LimitPlan
from nevil_nodes.declarations.plan import NodePlan
from nevil_nodes.declarations.plan import Plan
from nevil_nodes.declarations.plan import RecoveryPlan
from nevil_nodes.declarations.plan import RestartPlan
from nevil_nodes.declarations.python_class import members
from nevil_nodes.declarations.python_class import read_classes
import pytest
from written_project import Project
import yaml

AT = 'nodes/camera/.nodes:1'
CHECK = 'health_check: {enabled: true, method: check_lens}\n'


def plan(project: Project) -> Plan:
    """Return the plan of a project that has one."""
    result = project.load()
    assert result.plan is not None, result.problems
    return result.plan


def camera(
        project: Project, own: str | None = None, root: str = '',
        source: str | None = None) -> NodePlan:
    """Return the node camera as it is planned."""
    project.root(root)
    project.node('camera', own, source=source)
    return plan(project).node('camera')


def test_without_a_word_health_is_as_the_formats_say(project: Project) -> None:
    """The numbers of the documentation, which users rely on without writing them."""
    node = camera(project)
    assert node.restart == RestartPlan(
        policy='on_failure', max_restarts=5, delay_s=2.0, stable_after_s=60.0,
        prevent_exit_status=(78,), on_failed='continue')
    assert node.limits == LimitPlan(
        memory_mb=None, cpu_percent=80.0, threads=None, fds=None, restart_on=(),
        main_loop_s=300.0, response_s=5.0, error_rate=0.1, min_messages_per_s=None)
    assert (node.criticality, node.heartbeat_timeout_s, node.health_check) == (
        'important', 30.0, None)
    assert plan(project).alerts == AlertPlan(
        cpu_percent=80.0, memory_percent=85.0, disk_percent=95.0, exec=(), exec_timeout_s=10.0,
        repeat_s=300.0, prometheus_port=None, prometheus_address='127.0.0.1')
    assert plan(project).recovery == RecoveryPlan(
        dependency_grace_s=1.0, max_concurrent_restarts=4, min_free_memory_percent=5.0)
    assert project.problems() == []


def test_a_node_says_what_is_borne_of_it(project: Project) -> None:
    """Each key ends in its place in the plan, in the plan's units."""
    node = camera(project, """
        runtime:
          criticality: critical
          restart_prevent_exit_status: [2, 64]
          on_failed: shutdown
        resources:
          max_memory_mb: 512
          max_cpu_percent: 150
          max_threads: 40
          max_file_descriptors: 100
          on_exceeded: restart
        health_check:
          enabled: true
          method: check_lens
          params: {side: left}
          interval: 2
          timeout: 1.5
          failure_threshold: 4
          on_failure: alert
        monitoring:
          heartbeat_timeout: 5
          thresholds:
            max_response_time_ms: 250
            max_error_rate_percent: 2
            max_main_loop_s: 20
            min_messages_per_s: 0.5
        """, source='class CameraNode:\n    def check_lens(self, side):\n        return True\n')
    assert project.problems() == []
    assert (node.restart.prevent_exit_status, node.restart.on_failed) == ((2, 64), 'shutdown')
    assert node.limits == LimitPlan(
        memory_mb=512.0, cpu_percent=150.0, threads=40, fds=100,
        restart_on=('memory', 'cpu', 'threads', 'fds'), main_loop_s=20.0, response_s=0.25,
        error_rate=0.02, min_messages_per_s=0.5)
    assert node.health_check == HealthCheckPlan(
        method='check_lens', params={'side': 'left'}, interval_s=2.0, timeout_s=1.5,
        failure_threshold=4, on_failure='alert')
    assert (node.criticality, node.heartbeat_timeout_s) == ('critical', 5.0)


def test_the_root_says_what_is_told_and_how_it_recovers(project: Project) -> None:
    """Prometheus has a port only when it is served."""
    camera(project, root="""
        monitoring:
          alerts: {high_memory_percent: 70, high_disk_percent: 90, exec: [python3, -V],
                   exec_timeout: 3, repeat: 60}
          prometheus: {enabled: true, address: 0.0.0.0, port: 9100}
          recovery: {dependency_grace: 0, max_concurrent_restarts: 1, min_free_memory_percent: 0}
        """)
    assert plan(project).alerts == AlertPlan(
        memory_percent=70.0, disk_percent=90.0, exec=('python3', '-V'), exec_timeout_s=3.0,
        repeat_s=60.0, prometheus_port=9100, prometheus_address='0.0.0.0')
    assert plan(project).recovery == RecoveryPlan(
        dependency_grace_s=0.0, max_concurrent_restarts=1, min_free_memory_percent=0.0)


@pytest.mark.parametrize(('root_key', 'own_key', 'field', 'root', 'own'), [
    ('monitoring.alerts.high_cpu_percent', 'resources.max_cpu_percent', 'cpu_percent',
     (60, 60.0), (90, 90.0)),
    ('monitoring.alerts.high_error_rate', 'monitoring.thresholds.max_error_rate_percent',
     'error_rate', (0.07, 0.07), (50, 0.5)),
    ('monitoring.alerts.slow_response_ms', 'monitoring.thresholds.max_response_time_ms',
     'response_s', (100, 0.1), (2000, 2.0)),
    ('monitoring.heartbeat_timeout', 'monitoring.heartbeat_timeout', 'heartbeat_timeout_s',
     (10, 10.0), (7, 7.0)),
])
@pytest.mark.parametrize(('given_by_root', 'given_by_node'), [
    (False, False), (True, False), (False, True), (True, True)])
def test_the_nodes_own_threshold_wins_over_the_roots(
        project: Project, root_key: str, own_key: str, field: str, root: tuple[float, float],
        own: tuple[float, float], given_by_root: bool, given_by_node: bool) -> None:
    """One line in the root for the robot, one in a node for the exception; the origin is told."""
    def line(key: str, value: float) -> str:
        *above, last = key.split('.')
        return ''.join(f'{part}: {{' for part in above) + f'{last}: {value}' + '}' * len(above)
    node = camera(project, line(own_key, own[0]) + '\n' if given_by_node else None,
                  line(root_key, root[0]) + '\n' if given_by_root else '')
    holder, usual = ((node, NodePlan(name='x', process='x')) if field == 'heartbeat_timeout_s'
                     else (node.limits, LimitPlan()))
    default = getattr(usual, field)
    wanted = own[1] if given_by_node else root[1] if given_by_root else default
    assert getattr(holder, field) == wanted
    origin = str(project.load().origins['camera'][own_key])
    assert origin == (AT if given_by_node else '.nodes:2' if given_by_root else 'default')


@pytest.mark.parametrize(('own', 'signals'), [
    ('{max_memory_mb: 100, on_exceeded: restart}', ('memory',)),
    ('{max_cpu_percent: 80, on_exceeded: restart}', ('cpu',)),
    ('{max_threads: 9, max_file_descriptors: 9, on_exceeded: restart}', ('threads', 'fds')),
    ('{max_threads: 9, max_memory_mb: 0, on_exceeded: restart}', ('threads',)),
    ('{max_memory_mb: 100, on_exceeded: alert}', ()),
    ('{max_memory_mb: 100}', ()),
])
@pytest.mark.parametrize('root', ['', 'monitoring: {alerts: {high_cpu_percent: 50}}\n'])
def test_only_a_limit_of_its_own_ends_a_node(
        project: Project, own: str, signals: tuple[str, ...], root: str) -> None:
    """Who opts in for memory is not restarted at the root's threshold of the CPU."""
    assert camera(project, f'resources: {own}\n', root).limits.restart_on == signals


@pytest.mark.parametrize(('own', 'field'), [
    ('resources: {max_memory_mb: 0}', 'memory_mb'),
    ('resources: {max_cpu_percent: 0}', 'cpu_percent'),
    ('resources: {max_threads: 0}', 'threads'),
    ('resources: {max_file_descriptors: 0}', 'fds'),
    ('monitoring: {thresholds: {max_main_loop_s: 0}}', 'main_loop_s'),
    ('monitoring: {thresholds: {max_response_time_ms: 0}}', 'response_s'),
    ('monitoring: {thresholds: {max_error_rate_percent: 0}}', 'error_rate'),
    ('monitoring: {thresholds: {min_messages_per_s: 0.0}}', 'min_messages_per_s'),
])
def test_zero_switches_a_limit_off(project: Project, own: str, field: str) -> None:
    """Where the root has set one for all, too."""
    node = camera(project, root=f"""
        nodes:
          global_overrides:
            all:
              resources: {{max_memory_mb: 1, max_threads: 1, max_file_descriptors: 1}}
              monitoring: {{thresholds: {{min_messages_per_s: 1}}}}
            camera: {{{own}}}
        """)
    assert getattr(node.limits, field) is None
    assert project.problems() == []


def test_a_key_with_nothing_behind_it_keeps_its_limit(project: Project) -> None:
    """As everywhere: it means the default, not "off"."""
    node = camera(project, 'monitoring: {thresholds: {max_main_loop_s: }}\n')
    assert node.limits.main_loop_s == 300.0


@pytest.mark.parametrize('key', ['high_cpu_percent', 'high_memory_percent', 'high_disk_percent'])
def test_zero_switches_a_threshold_of_the_machine_off(project: Project, key: str) -> None:
    """And with the CPU's, that of the nodes which have none of their own."""
    node = camera(project, root=f'monitoring: {{alerts: {{{key}: 0}}}}\n')
    assert getattr(plan(project).alerts, key.removeprefix('high_')) is None
    assert (node.limits.cpu_percent is None) == (key == 'high_cpu_percent')


@pytest.mark.parametrize(('own', 'problem'), [
    ('health_check: {enabled: true}',
     'error: {at}: health_check.enabled: needs health_check.method; name the method of the node'
     ' that says whether it is healthy'),
    ('health_check: {method: check_lens}',
     'warning: {at}: health_check.method: is never called; add enabled: true beside it (or'
     ' enabled: false)'),
    ('health_check: {enabled: false, method: no_such}', ''),
    ('health_check: {enabled: true, method: check_lense}',
     "error: {at}: health_check.method: class 'CameraNode' in nodes/camera/camera_node.py has no"
     " method 'check_lense'; did you mean 'check_lens'?"),
    ('health_check: {enabled: true, method: other}',
     "error: {at}: health_check.method: class 'CameraNode' in nodes/camera/camera_node.py has no"
     " method 'other'; write the method, or name the right one"),
    ('runtime: {max_restarts: 0}',
     "warning: {at}: runtime.max_restarts: 0 allows no restart, so 'on_failure' never restarts it;"
     ' write restart_policy: never, or how many restarts are allowed'),
    ('runtime: {max_restarts: 0, restart_policy: never}', ''),
    *((f'runtime: {{stable_after: {seconds}}}',
       f'error: {{at}}: runtime.stable_after: {seconds} s is less than three heartbeats (3 x 1 s):'
       ' a node that fails after it was ready has been ready for longer, so each failure counts'
       ' as the first: restart_delay does not grow and max_restarts: 5 is never reached; write how'
       ' long it must be ready before its failures no longer count, more than 30')
      for seconds in (0, 0.5, 2.9)),
    ('runtime: {stable_after: 30}',
     'warning: {at}: runtime.stable_after: a node that hangs as soon as it is ready is noticed'
     ' after heartbeat_timeout, 30 s, and has then been ready for longer than 30 s, so each'
     ' failure counts as the first: restart_delay does not grow and max_restarts: 5 is never'
     ' reached; write more than 30'),
    ('{runtime: {stable_after: 5}, monitoring: {heartbeat_timeout: 4}}', ''),
    ('runtime: {stable_after: 0, restart_policy: never}', ''),
    ('runtime: {stable_after: 31}', ''),
    ('{runtime: {restart_policy: never}, resources: {on_exceeded: restart, max_threads: 9}}',
     'warning: {at}: resources.on_exceeded: the node is ended and not started again:'
     ' restart_policy is never ({at}); write alert, or another restart_policy'),
    ('resources: {on_exceeded: restart, max_threads: 0}',
     'warning: {at}: resources.on_exceeded: has no effect: the node has no limit of its own; add'
     ' one of max_memory_mb, max_cpu_percent, max_threads, max_file_descriptors beside it'),
    ('monitoring: {heartbeat_timeout: 2.5}',
     'warning: {at}: monitoring.heartbeat_timeout: 2.5 is less than three heartbeats (one each 1'
     ' s): a busy machine can look like a hung node; write 3 or more'),
    ('monitoring: {heartbeat_timeout: 3}', ''),
    ('monitoring: {heartbeat_timeout: 1}',
     'error: {at}: monitoring.heartbeat_timeout: 1 is less than 2; write 2 or more'),
])
def test_what_cannot_work_is_told(project: Project, own: str, problem: str) -> None:
    """Before a robot relies on it."""
    project.node('camera', own + '\n', source=(
        'class CameraNode:\n    def check_lens(self):\n        return True\n'))
    assert project.problems() == [problem.replace('{at}', AT)] * bool(problem)


def test_a_warning_about_the_roots_timeout_stands_once(project: Project) -> None:
    """However many nodes have it from there."""
    project.root('monitoring: {heartbeat_timeout: 2}\n')
    project.node('camera')
    project.node('lidar')
    assert [problem[:43] for problem in project.problems()] == [
        'warning: .nodes:2: monitoring.heartbeat_tim']


def test_a_health_check_of_an_executable_has_no_effect(project: Project) -> None:
    """It has no method that Nevil could call."""
    project.write('nodes/camera/.nodes',
                  'creation: {package: demo, executable: talker}\n' + CHECK)
    assert [text for text in project.problems() if 'health_check' in text] == [
        'warning: nodes/camera/.nodes:2: health_check.enabled: has no effect: an executable has no'
        ' method to call; remove health_check']
    assert plan(project).node('camera').health_check is None


@pytest.mark.parametrize(('text', 'problem'), [
    ('exec: ./notify.sh --loud',
     "error: .nodes:2: monitoring.alerts.exec: './notify.sh --loud' is not a list; write its words"
     ' as a list, no shell reads them: ["./notify.sh", "--loud"]'),
    ('exec: {program: x}',
     "error: .nodes:2: monitoring.alerts.exec: {'program': 'x'} is not a list; write its words as"
     ' a list, no shell reads them: ["program", "argument"]'),
    ('exec: [./notify.sh, 3]',
     'error: .nodes:2: monitoring.alerts.exec.1: 3 is not text; put it in quotes'),
    ('exec: [./notify.sh]', ''),
    ('exec: [./notify.sh, "$(reboot); x"]', ''),
    ('exec: []', ''),
    ('exec: [./plain.txt]',
     "warning: .nodes:2: monitoring.alerts.exec: there is no program './plain.txt' that may be"
     ' run; correct its path (relative to the project), or make it executable with chmod +x'),
    ('exec: [no-such-program]',
     "warning: .nodes:2: monitoring.alerts.exec: there is no program 'no-such-program' in PATH"
     ' that may be run; correct its path (relative to the project), or make it executable with'
     ' chmod +x'),
    ('exec_timeout: 0',
     'error: .nodes:2: monitoring.alerts.exec_timeout: 0 is not more than 0; write more than 0'),
    ('repeat: 0', 'error: .nodes:2: monitoring.alerts.repeat: 0 is less than 1; write 1 or more'),
    ('high_memory_percent: 101',
     'error: .nodes:2: monitoring.alerts.high_memory_percent: 101 is more than 100; write 100 or'
     ' less'),
])
def test_the_hook_is_a_command_line_that_can_be_run(
        project: Project, text: str, problem: str) -> None:
    """An alert is a bad moment to find out that nobody hears of it."""
    project.root(f'monitoring: {{alerts: {{{text}}}}}\n')
    project.node('camera')
    project.write('notify.sh', '#!/bin/sh\n').chmod(0o755)
    project.write('plain.txt', '')
    assert project.problems({'PATH': '/usr/bin:/bin'}) == [problem] * bool(problem)


@pytest.mark.parametrize(('text', 'key'), [
    ('prometheus: {port: 0}', 'prometheus.port'), ('prometheus: {port: 65536}', 'prometheus.port'),
    ('prometheus: {address: ""}', 'prometheus.address'),
    ('recovery: {dependency_grace: -1}', 'recovery.dependency_grace'),
    ('recovery: {max_concurrent_restarts: 0}', 'recovery.max_concurrent_restarts'),
    ('recovery: {min_free_memory_percent: 91}', 'recovery.min_free_memory_percent'),
])
def test_ranges_of_the_root_hold(project: Project, text: str, key: str) -> None:
    """A robot that could never restart anything, or a port that is none, is refused."""
    project.root(f'monitoring: {{{text}}}\n')
    project.node('camera')
    found = project.problems()
    assert len(found) == 1 and found[0].startswith(f'error: .nodes:2: monitoring.{key}: '), found


@pytest.mark.parametrize(('source', 'known'), [
    ('class A:\n    def check(self): pass\n', True),
    ('class A:\n    async def check(self): pass\n', True),
    ('class A:\n    if x:\n        def check(self): pass\n', True),
    ('class A:\n    check = other\n', True),
    ('class A:\n    check: int = 1\n', True),
    ('class A:\n    def __init__(self):\n        self.check = f\n', True),
    ('class A:\n    pass\n', False),
    ('class A:\n    def f(self):\n        check = 1\n', False),
    ('class A:\n    def f(self):\n        def check(): pass\n', False),
    ('class A:\n    def f(self):\n        return self.check\n', False),
    ('class A(NevilNode):\n    pass\n', False),
    ('class A(base.NevilNode, object):\n    pass\n', False),
    ('class A(B):\n    pass\nclass B(NevilNode):\n    def check(self): pass\n', True),
    ('class A(B):\n    pass\nclass B(A):\n    pass\n', False),
    ('class NevilNode:\n    def check(self): pass\nclass A(NevilNode):\n    pass\n', True),
    ('class A(Elsewhere):\n    pass\n', None),
    ('class A(B):\n    pass\nclass B(Elsewhere):\n    pass\n', None),
    ('class A(mix(NevilNode)):\n    pass\n', None),
    ('@decorated\nclass A:\n    pass\n', None),
    ('class A(metaclass=M):\n    pass\n', None),
    ('class A:\n    def __getattr__(self, name): pass\n', None),
    ('if x:\n    class A: pass\nelse:\n    class A: pass\n', None),
    ('A = make()\n', None),
])
def test_a_method_is_missing_only_where_the_whole_class_can_be_seen(
        tmp_path: Path, source: str, known: bool | None) -> None:
    """A false alarm would keep a robot from starting."""
    file = tmp_path / 'node.py'
    file.write_text(source)
    found = members(read_classes(file), 'A')
    assert (found if found is None else 'check' in found) is known


@pytest.mark.parametrize(('arguments', 'params', 'wrong'), [
    ('self', '{}', ''),
    ('self, side', '{side: left}', ''),
    ('self, side=1', '{}', ''),
    ('self, *, side=1', '{side: left}', ''),
    ('self, **all', '{side: left}', ''),
    ('self, *all', '{side: left}', ''),
    ('self', '{side: left}', "params.side: {at} has no parameter 'side'; it takes none"),
    ('self, size=1', '{side: left}', "params.side: {at} has no parameter 'side'; it takes size"),
    ('self, side, size=1', '{size: 2}',
     "method: {at} needs 'side', which params does not give; it takes side, size"),
    ('self, *, side', '{}',
     "method: {at} needs 'side', which params does not give; it takes side"),
])
def test_a_health_check_gets_the_parameters_that_it_takes(
        project: Project, arguments: str, params: str, wrong: str) -> None:
    """Or it would fail each time, and its node be restarted for it."""
    project.node(
        'camera', f'health_check: {{enabled: true, method: check, params: {params}}}\n',
        source=f'class CameraNode:\n    def check({arguments}):\n        return True\n')
    wrong = wrong.replace('{at}', 'check() in nodes/camera/camera_node.py')
    assert project.problems() == [f'error: {AT}: health_check.{wrong}'] * bool(wrong)


def test_composed_nodes_share_what_is_the_process(project: Project) -> None:
    """Its limits are the largest, and it is given up as the most careful of them says."""
    alone = 'runtime: {{isolated_process: false, on_failed: {0}}}\nresources: {1}\n'
    project.node('a', alone.format('continue', '{max_memory_mb: 100, max_threads: 10}'))
    project.node('b', alone.format('shutdown', '{max_memory_mb: 300}'))
    nodes = plan(project).nodes
    assert [(node.limits.memory_mb, node.limits.threads, node.restart.on_failed)
            for node in nodes] == [(300.0, None, 'shutdown')] * 2
    text = 'differs within the composed process'
    assert [problem.split(': ')[2] for problem in project.problems() if text in problem] == [
        'runtime.on_failed', 'resources.max_memory_mb', 'resources.max_threads']


def test_the_resolved_view_shows_what_is_watched(project: Project) -> None:
    """With the file and line that each limit comes from."""
    camera(project, 'resources: {max_memory_mb: 512}\n',
           'monitoring: {alerts: {slow_response_ms: 100}}\n')
    text = report.resolved_text(project.load())
    for value, origin in (
            ('resources.max_memory_mb: 512', AT), ('resources.max_threads: 0', 'default'),
            ('monitoring.thresholds.max_response_time_ms: 100', '.nodes:2'),
            ('monitoring.heartbeat_timeout: 30.0', 'default'),
            ('runtime.criticality: important', 'default'),
            ('runtime.restart_prevent_exit_status: [78]', 'default'),
            ('monitoring.recovery.dependency_grace: 1.0', 'default'),
            ('monitoring.prometheus.port: 9843', 'default')):
        assert any(line.split('  ')[0] == value and line.endswith(f'# {origin}')
                   for line in text.splitlines()), value


NUMBERS = st.integers(0, 100) | st.floats(0, 100)
NODES = st.fixed_dictionaries({}, optional={
    'runtime': st.fixed_dictionaries({}, optional={
        'criticality': st.sampled_from(['critical', 'important', 'optional']),
        'on_failed': st.sampled_from(['continue', 'shutdown']),
        'restart_prevent_exit_status': st.lists(st.integers(1, 255), max_size=3)}),
    'resources': st.fixed_dictionaries({}, optional={
        'max_memory_mb': NUMBERS, 'max_cpu_percent': NUMBERS, 'max_threads': st.integers(0, 9),
        'max_file_descriptors': st.integers(0, 9),
        'on_exceeded': st.sampled_from(['alert', 'restart'])}),
    'health_check': st.fixed_dictionaries(
        {'enabled': st.just(True), 'method': st.just('check')},
        optional={'params': st.dictionaries(st.text('ab', min_size=1), NUMBERS, max_size=2)}),
    'monitoring': st.fixed_dictionaries({}, optional={
        'heartbeat_timeout': st.integers(3, 99),
        'thresholds': st.fixed_dictionaries({}, optional={
            'max_response_time_ms': NUMBERS, 'max_error_rate_percent': NUMBERS,
            'max_main_loop_s': NUMBERS, 'min_messages_per_s': NUMBERS})})})
ROOTS = st.fixed_dictionaries({}, optional={
    'alerts': st.fixed_dictionaries({}, optional={
        'high_cpu_percent': NUMBERS, 'high_memory_percent': NUMBERS,
        'exec': st.just(['python3', '-V'])}),
    'prometheus': st.fixed_dictionaries({}, optional={
        'enabled': st.booleans(), 'port': st.integers(1, 65535)}),
    'recovery': st.fixed_dictionaries({}, optional={'dependency_grace': NUMBERS})})


@settings(max_examples=60, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(own=NODES, monitoring=ROOTS)
def test_any_settings_of_health_survive_json(
        project: Project, own: dict[str, object], monitoring: dict[str, object]) -> None:
    """The supervisor writes the plan, a node's process reads it: nothing changes on the way."""
    project.root(yaml.safe_dump({'monitoring': monitoring}))
    project.node('camera', yaml.safe_dump(own), source=(
        'class CameraNode:\n    def check(self, **params):\n        return True\n'))
    made = plan(project)
    assert from_json(to_json(made)) == made
    limits = made.node('camera').limits
    assert all(value is None or isinstance(value, tuple) or value > 0
               for value in (getattr(limits, name) for name in limits.__slots__))
