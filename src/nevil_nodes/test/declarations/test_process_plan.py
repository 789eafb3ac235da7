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

"""Processes: what shares one, its command line, environment and secrets."""

from __future__ import annotations

import sys

from nevil_nodes.declarations.process_plan import is_secret
import pytest
from written_project import Project

COMPOSED = 'runtime: {isolated_process: false}\n'


def processes(project: Project) -> dict[str, tuple[str, ...]]:
    """Return the nodes of each process, in start order."""
    plan = project.load().plan
    assert plan is not None, project.problems()
    return {process.name: process.nodes for process in plan.processes}


def test_a_node_has_its_own_process(project: Project) -> None:
    """With the exact command line of its class."""
    project.node('camera')
    plan = project.load().plan
    assert plan is not None
    process = plan.processes[0]
    assert process.argv == (
        sys.executable, '-m', 'nevil_nodes.run', '--project', str(project.folder.resolve()),
        '--node', 'camera')
    assert (process.cwd, process.nice, process.fork) == (str(project.folder.resolve()), 0, True)


def test_composed_nodes_share_one_process_in_their_order(project: Project) -> None:
    """Others may stand before and after it."""
    project.node('a', COMPOSED + 'dependencies: {requires: [c]}\n')
    project.node('b', COMPOSED)
    project.node('c', COMPOSED)
    project.node('d', 'dependencies: {requires: [a]}\n')
    project.node('e')
    assert processes(project) == {'composed': ('c', 'a', 'b'), 'd': ('d',), 'e': ('e',)}
    plan = project.load().plan
    assert plan is not None
    assert plan.processes[0].argv[-6:] == ('--node', 'c', '--node', 'a', '--node', 'b')
    assert [node.process for node in plan.nodes] == ['composed'] * 3 + ['d', 'e']


def test_a_disabled_node_is_not_composed(project: Project) -> None:
    """It must not come to life with the others."""
    project.root('nodes: {status_overrides: {disabled_nodes: [a]}}\n')
    project.node('a', COMPOSED)
    project.node('b', COMPOSED)
    assert processes(project) == {'composed': ('b',)}


def test_a_cycle_through_the_composed_process_is_an_error(project: Project) -> None:
    """The nodes could start alone, the process cannot."""
    project.node('a', COMPOSED)
    project.node('b', 'dependencies: {requires: [a]}\n')
    project.node('c', COMPOSED + 'dependencies: {requires: [b]}\n')
    assert project.problems() == [
        'error: nodes/c/.nodes:2: dependencies.requires: the composed process would wait for'
        ' itself: b -> composed -> b (through b; c is in the composed process); give'
        " 'c' isolated_process: true, or compose b too"]


def test_patience_is_configurable(project: Project) -> None:
    """How long a node may be silent, and how long it must be ready to be forgiven."""
    project.node('a')
    project.node('b', 'runtime: {stable_after: 45}\n')
    plan = project.load().plan
    assert plan is not None
    assert plan.heartbeat_timeout_s == 30.0
    assert [node.restart.stable_after_s for node in plan.nodes] == [60.0, 45.0]
    project.root('monitoring: {heartbeat_timeout: 4}\n')
    plan = project.load().plan
    assert plan is not None and plan.heartbeat_timeout_s == 4.0
    project.root('monitoring: {heartbeat_timeout: 1}\n')
    assert project.problems() == [
        'error: .nodes:2: monitoring.heartbeat_timeout: 1 is less than 2; write 2 or more']


def test_composed_nodes_take_the_strictest_restart_settings(project: Project) -> None:
    """They end together, so one rule holds; the others are told."""
    project.node('a', COMPOSED.replace('}', ', restart_policy: always, max_restarts: 2}'))
    project.node('b', COMPOSED.replace('}', ', restart_policy: never}'))
    text = 'differs within the composed process'
    assert project.problems() == [
        f'warning: nodes/a/.nodes:1: runtime.restart_policy: always {text}; never applies to all'
        ' of it; write never, or isolated_process: true',
        f'warning: nodes/b/.nodes: runtime.max_restarts: 5 {text}; 2 applies to all of it; '
        'write 2, or isolated_process: true']
    plan = project.load().plan
    assert plan is not None
    for name in 'ab':
        assert plan.node(name).restart.policy == 'never'
        assert plan.node(name).restart.max_restarts == 2


def test_a_composed_node_cannot_wait_alone(project: Project) -> None:
    """Its process starts with the others in it; where all wait, the process does."""
    waiting = COMPOSED + 'creation: {auto_start: false}\n'
    project.node('a', COMPOSED)
    project.node('b', waiting)
    assert project.problems() == [
        "warning: nodes/b/.nodes:2: creation.auto_start: false has no effect: 'a' in the same"
        ' process starts with the system; give it isolated_process: true, or all of them'
        ' auto_start: false']
    project.node('a', waiting)
    assert project.problems() == []


def test_composed_nodes_with_different_variables_are_told(project: Project) -> None:
    """There is one environment for all of them."""
    project.node('a', COMPOSED + 'environment: {X: "1", Y: "1"}\n')
    project.node('b', COMPOSED + 'environment: {X: "2", Y: "1"}\n')
    assert project.problems() == [
        "warning: nodes/b/.nodes:2: environment.X: 'a' in the same process has another value; use"
        ' one value, or isolated_process: true']


def test_a_node_that_nobody_would_hear_is_told(project: Project) -> None:
    """Its heartbeat would go to another domain, and it would never be ready."""
    project.root('environment: {ROS_DOMAIN_ID: "5"}\n')
    project.node('a', 'environment: {ROS_DOMAIN_ID: "5"}\n')
    project.node('b', 'environment: {ROS_DOMAIN_ID: "6"}\n')
    assert project.problems() == [
        'warning: nodes/b/.nodes:1: environment.ROS_DOMAIN_ID: 6 is not that of the system (5):'
        ' the other nodes and Nevil do not receive its messages; set it in the'
        " root's environment or in .env"]


@pytest.mark.parametrize(('priority', 'nice'), [('high', -5), ('medium', 0), ('low', 10)])
def test_priority_is_a_nice_value(project: Project, priority: str, nice: int) -> None:
    """Within what an ordinary user may at least lower."""
    project.node('camera', f'runtime: {{priority: {priority}}}\n')
    plan = project.load().plan
    assert plan is not None
    assert plan.processes[0].nice == nice


@pytest.mark.parametrize(('variable', 'fork'), [
    ('DEVICE: x', True), ('PYTHONPATH: ./lib', True), ('LD_PRELOAD: x.so', False),
    ('PYTHONHASHSEED: 1', False), ('RMW_IMPLEMENTATION: rmw_cyclonedds_cpp', False),
    ('RMW_IMPLEMENTATION: rmw_fastrtps_cpp', True)])
def test_variables_that_a_fork_would_not_see_need_an_exec(
        project: Project, variable: str, fork: bool) -> None:
    """An interpreter and its libraries read them once, when they start."""
    project.environ['RMW_IMPLEMENTATION'] = 'rmw_fastrtps_cpp'
    project.node('camera', f'environment: {{{variable}}}\n')
    plan = project.load().plan
    assert plan is not None
    assert plan.processes[0].fork is fork


def test_the_environment_is_root_then_dotenv_then_node(project: Project) -> None:
    """Later wins."""
    project.root('environment: {A: root, B: root, C: root}\n')
    project.write('.env', 'B=file\nC=file\n')
    project.node('camera', 'environment: {C: node}\n')
    plan = project.load().plan
    assert plan is not None
    assert plan.processes[0].env == {'A': 'root', 'B': 'file', 'C': 'node'}


def test_secrets_are_the_values_of_variables_with_such_names(project: Project) -> None:
    """Longest first, so that one within another is hidden whole; short ones are everywhere."""
    project.root('environment: {OPENAI_API_KEY: "sk-root", NAME: visible}\n')
    project.write('.env', 'DB_PASSWORD=hunter22\nKEY_SHORT=1\n')
    project.node('camera', 'environment: {my_token: "sk-root-and-more"}\n')
    plan = project.load({'AWS_SECRET': 'from the shell', 'HOME': '/root/home'}).plan
    assert plan is not None
    assert plan.logs.secrets == ('sk-root-and-more', 'from the shell', 'hunter22', 'sk-root')
    project.root('security: {mask_secrets: false}\n')
    plan = project.load().plan
    assert plan is not None
    assert plan.logs.secrets == ()


@pytest.mark.parametrize('name', [
    'OPENAI_API_KEY', 'TOKEN', 'my_token', 'AWS_SECRET', 'DB_PASSWORD', 'PGPASSWORD', 'APIKEY',
    'apiKey', 'authToken', 'SSH_PRIVATEKEY', 'KEY2', 'FTP_PASS', 'DB_PWD', 'GPG_PASSPHRASE',
    'GOOGLE_CREDENTIALS', 'MAX_TOKENS', 'wifi-password', 'SECRETS'])
def test_whole_words_of_a_name_make_a_secret(name: str) -> None:
    """However the words are joined."""
    assert is_secret(name)


@pytest.mark.parametrize('name', [
    'COMPASS_PORT', 'KEYBOARD', 'BYPASS', 'PASSENGERS', 'MONKEY', 'TURKEY_MODE', 'TOKENIZER',
    'SECRETARY', 'PWD', 'OLDPWD', 'LOWPASS_HZ', 'HOCKEY', 'PASSTHROUGH', 'XKEYSYM', 'ENCOMPASS'])
def test_a_part_of_a_word_makes_no_secret(name: str) -> None:
    """A port that is hidden in the log cannot be looked for."""
    assert not is_secret(name)


def test_a_node_may_decide_itself_whether_its_secrets_are_hidden(project: Project) -> None:
    """The root's word holds for those that say nothing."""
    project.root('environment: {KEY: from-root}\nsecurity: {mask_secrets: false}\n')
    project.node('camera', 'environment: {KEY: of-camera}\nsecurity: {mask_secrets: true}\n')
    project.node('lidar', 'environment: {KEY: of-lidar}\n')
    plan = project.load().plan
    assert plan is not None
    assert plan.logs.secrets == ('of-camera',)


def test_a_part_of_a_day_is_a_retention_time_too(project: Project) -> None:
    """Half a day must not become none, which would delete every log."""
    project.root('system: {log_retention_days: 0.5}\n')
    project.node('camera')
    plan = project.load().plan
    assert plan is not None
    assert plan.logs.retention_days == 0.5


@pytest.mark.parametrize(('key', 'value', 'problem'), [
    ('framework_version', '3.0.0', ''),
    ('framework_version', '2.9',
     "warning: .nodes:2: system.framework_version: '2.9' is not a version 3.x; check what changed,"
     ' then write the version it runs with'),
    ('python_version', '3.8+', ''), ('python_version', '>=3.8,<4', ''),
    ('python_version', '3.8', ''), ('python_version', '~=3.9', ''),
    ('python_version', 'new', "warning: .nodes:2: system.python_version: 'new' is not a version;"
     ' write 3.10, 3.10+ or >=3.10,<3.14'),
    ('python_version', '<3', 'warning: .nodes:2: system.python_version: this is Python '
     + '.'.join(map(str, sys.version_info[:3]))
     + ", not '<3'; run it with that Python, or correct the version"),
])
def test_versions_are_checked(project: Project, key: str, value: str, problem: str) -> None:
    """A project of another Nevil or Python may work, so it is a warning."""
    project.root(f'system: {{{key}: "{value}"}}\n')
    project.node('camera')
    assert project.problems() == [problem] * bool(problem)


USES = 'import helpers\n\n\nclass {}Node:\n    pass\n'


def test_composed_nodes_cannot_have_modules_of_one_name(project: Project) -> None:
    """Python would give both the one that is imported first."""
    for name in ('a', 'b', 'c'):
        project.node(name, COMPOSED, source=USES.format(name.upper()))
    for name in ('a', 'b'):
        project.write(f'nodes/{name}/helpers.py', f'NAME = {name!r}\n')
    assert project.problems() == [
        "error: nodes/b/.nodes:1: runtime.isolated_process: 'a' in the same process has a module"
        " 'helpers' of its own, and 'b' would get that one; give one of them another name, or"
        " 'b' isolated_process: true"]


@pytest.mark.parametrize('where', ['isolated', 'unused', 'one folder'])
def test_modules_of_one_name_are_right_elsewhere(project: Project, where: str) -> None:
    """Two processes, a file that nobody imports, a module that both share."""
    for name in ('a', 'b'):
        text = COMPOSED if where != 'isolated' else 'runtime: {isolated_process: true}\n'
        source = USES.format(name.upper()) if where != 'unused' else None
        project.node(name, text, source=source)
        project.write(f'nodes/{name}/helpers.py' if where != 'one folder' else 'helpers.py', '')
    assert project.problems() == []


def test_an_executable_is_line_buffered_unless_it_says_no(project: Project) -> None:
    """A NevilNode sees to it itself."""
    creation = 'creation: {package: p, executable: e}\n'
    project.node('a', creation)
    project.node('b', creation + 'runtime: {line_buffered: false}\n')
    project.node('c')
    plan = project.load().plan
    assert plan is not None, project.problems()
    assert [process.line_buffered for process in plan.processes] == [True, False, False]
