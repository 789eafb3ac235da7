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

"""What nodes require, provide and exclude."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import HealthCheck
from hypothesis import settings
from hypothesis import strategies as st
import pytest
from written_project import Project


def order(project: Project) -> list[str]:
    """Return the start order of a project without errors."""
    plan = project.load().plan
    assert plan is not None, project.problems()
    return [node.name for node in plan.nodes]


def requires(*names: str) -> str:
    """Return a node file that requires these, in its second line."""
    return f'dependencies:\n  requires: [{", ".join(names)}]\n'


def test_nodes_start_after_what_they_require(project: Project) -> None:
    """By name or by what another provides."""
    project.node('a', requires('vision'))
    project.node('b', requires('c'))
    project.node('c')
    project.node('z', 'dependencies: {provides: [vision, z]}\n')
    assert order(project) == ['z', 'a', 'c', 'b']
    plan = project.load().plan
    assert plan is not None
    assert plan.node('a').requires == ('z',)


def test_optional_orders_and_forbids_nothing(project: Project) -> None:
    """One that does not exist, or that requires this one, is no problem."""
    project.node('a', 'dependencies: {optional: [z, ghost, c]}\n')
    project.node('c', requires('a'))
    project.node('z')
    assert order(project) == ['z', 'a', 'c']
    assert project.problems() == []


def test_unknown_requirements_are_errors(project: Project) -> None:
    """With the nearest node or provided name."""
    project.node('a', requires('camra', 'visoin', 'nothing'))
    project.node('camera', 'dependencies: {provides: [vision]}\n')
    at = 'error: nodes/a/.nodes:2: dependencies.requires:'
    assert project.problems() == [
        f"{at} no node is called or provides 'camra'; did you mean 'camera'?",
        f"{at} no node is called or provides 'nothing'; create that node, or remove the name",
        f"{at} no node is called or provides 'visoin'; did you mean 'vision'?"]


def test_a_cycle_is_printed_as_a_path(project: Project) -> None:
    """With every file and line that takes part."""
    project.node('a', requires('b'))
    project.node('b', '\nversion: "1"\n' + requires('c'))
    project.node('c', requires('a'))
    project.node('d', requires('a'))
    assert project.problems() == [
        'error: nodes/a/.nodes:2: dependencies.requires: the nodes require each other in a cycle:'
        ' a -> b -> c -> a (nodes/a/.nodes:2, nodes/b/.nodes:3, nodes/c/.nodes:2); remove one of'
        ' these requires, or make it optional']


def test_a_node_cannot_require_itself(project: Project) -> None:
    """The smallest cycle."""
    project.node('a', requires('a'))
    assert project.problems() == [
        "error: nodes/a/.nodes:2: dependencies.requires: 'a' requires itself; remove one of these"
        ' requires, or make it optional']


def test_a_disabled_requirement_is_an_error(project: Project) -> None:
    """The node would wait for ever; the line that disables is named."""
    project.root('nodes:\n  status_overrides:\n    disabled_nodes: [b]\n')
    project.node('a', requires('b'))
    project.node('b')
    assert project.problems() == [
        "error: nodes/a/.nodes:2: dependencies.requires: 'b' is disabled (.nodes:4), so 'a' could"
        " never start; enable 'b', disable 'a' too, or make it optional"]
    project.root('nodes:\n  status_overrides:\n    disabled_nodes: [a, b]\n')
    assert project.problems() == []


def test_a_disabled_requirement_can_be_allowed(project: Project) -> None:
    """`validate_dependencies: false` leaves a warning."""
    project.root("""
        nodes: {status_overrides: {disabled_nodes: [b]}}
        launch: {startup: {validate_dependencies: false}}
        """)
    project.node('a', requires('b'))
    project.node('b')
    assert [line.split(':')[0] for line in project.problems()] == ['warning']


def test_a_requirement_that_waits_for_the_operator_is_a_warning(project: Project) -> None:
    """The start would not become ready by itself."""
    project.node('a', requires('b'))
    project.node('b', 'creation: {auto_start: false}\n')
    assert project.problems() == [
        "warning: nodes/a/.nodes:2: dependencies.requires: 'b' has auto_start: false, so 'a' waits"
        " for `nevil node start b`; let 'b' start with the system"]


def test_two_providers_are_ambiguous_unless_one_is_disabled(project: Project) -> None:
    """Alternatives are switched by disabling one."""
    project.node('a', requires('vision'))
    project.node('b', 'dependencies: {provides: [vision]}\n')
    project.node('c', 'dependencies: {provides: [vision]}\n')
    assert project.problems() == [
        "error: nodes/a/.nodes:2: dependencies.requires: 'vision' is provided by b and c; require"
        ' one of them by its name, or disable the others']
    project.root('nodes: {status_overrides: {disabled_nodes: [b]}}\n')
    plan = project.load().plan
    assert plan is not None
    assert plan.node('a').requires == ('c',)


@pytest.mark.parametrize(('b', 'found'), [
    ('', 1), ('dependencies: {conflicts: [a]}', 1), ('creation: {auto_start: false}', 0),
    ('runtime: {status: disabled}', 0)])
def test_conflicts_are_an_error_when_both_would_start(
        project: Project, b: str, found: int) -> None:
    """Reported once, whoever declares it; an unknown name is no concern."""
    project.node('a', 'dependencies: {conflicts: [b, ghost]}\n')
    project.node('b', f'version: "1"\n{b}\n')
    problems = project.problems()
    assert problems == [
        "error: nodes/a/.nodes:1: dependencies.conflicts: 'a' and 'b' conflict, but both start"
        ' with the system (nodes/b/.nodes); disable one of them, or give it auto_start: false'
    ] * found
    if not found:
        plan = project.load().plan
        assert plan is not None
        assert plan.node('a').conflicts == ('b',)


def test_startup_order_holds_where_requires_allows(project: Project) -> None:
    """Where it does not, the start is well-defined and the user is told."""
    project.root('launch:\n  startup_order:\n    - c\n    - a\n    - b\n')
    project.node('a', requires('b'))
    for name in ('b', 'c', 'd'):
        project.node(name)
    assert order(project) == ['c', 'b', 'a', 'd']
    assert project.problems() == [
        "warning: .nodes:6: launch.startup_order: 'b' starts before 'a', which is listed before"
        " it: what is required (or shares a process) comes first (nodes/a/.nodes:2); list 'b'"
        " before 'a'"]


@settings(max_examples=20, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(shuffle=st.randoms())
def test_the_order_in_which_files_are_made_does_not_matter(
        tmp_path_factory: pytest.TempPathFactory, shuffle: random.Random) -> None:
    """The same project gives the same plan on every machine."""
    nodes = {'a': requires('e'), 'b': '', 'c': requires('b', 'f'), 'd': '',
             'e': requires('d'), 'f': 'dependencies: {optional: [a]}\n'}
    items = list(nodes.items())
    shuffle.shuffle(items)
    path = tmp_path_factory.mktemp('x') / 'my_robot'
    path.mkdir()
    project = Project(path)
    for name, text in items:
        project.node(name, text or 'version: "1"\n')
    assert order(project) == ['d', 'e', 'a', 'b', 'f', 'c']
