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

"""The schemas, and what the checker says about files that break them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from nevil_msggen.source import Document
from nevil_nodes.declarations.layers import Layer
from nevil_nodes.declarations.schema import check
from nevil_nodes.declarations.schema import defaults
from nevil_nodes.declarations.schema import load_schema
from nevil_nodes.declarations.schema import NODE_SCHEMA
from nevil_nodes.declarations.schema import PROBE_SCHEMA
from nevil_nodes.declarations.schema import ROOT_SCHEMA
import pytest
from written_project import Project

KEYWORDS = {
    '$ref', '$schema', 'additionalProperties', 'default', 'deprecated', 'description', 'enum',
    'examples', 'exclusiveMinimum', 'items', 'maximum', 'minLength', 'minimum', 'pattern',
    'properties', 'propertyNames', 'required', 'title', 'type', 'x-rule', 'x-words',
}


def rules(schema: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the schema and all below it."""
    inner = [*schema.get('properties', {}).values(), schema.get('items'),
             schema.get('additionalProperties')]
    return [schema, *(rule for part in inner if isinstance(part, dict) for rule in rules(part))]


def problems(data: dict[str, Any], name: str) -> list[str]:
    """Return what is wrong with data, as `severity: text`."""
    document = Document('x', data)
    return [f'{problem.severity}: {problem}'
            for problem in check(Layer(document, (), data), name)[1]]


@pytest.mark.parametrize('name', [ROOT_SCHEMA, NODE_SCHEMA, PROBE_SCHEMA])
def test_schemas_use_only_what_the_checker_knows(name: str) -> None:
    """A keyword that it does not know would be a rule for editors only."""
    for rule in rules(load_schema(name)):
        assert set(rule) <= KEYWORDS


@pytest.mark.parametrize('name', [ROOT_SCHEMA, NODE_SCHEMA, PROBE_SCHEMA])
def test_every_rule_says_what_it_is_for(name: str) -> None:
    """Editors show it, and it is the documentation nearest to the file."""
    for rule in rules(load_schema(name)):
        for key, inner in rule.get('properties', {}).items():
            assert inner.get('description'), key


@pytest.mark.parametrize('name', [ROOT_SCHEMA, NODE_SCHEMA, PROBE_SCHEMA])
def test_defaults_are_valid(name: str) -> None:
    """What a user does not write must not break a rule."""
    data = {'version': '3.0', **defaults(name)} if name == ROOT_SCHEMA else dict(defaults(name))
    assert problems(data, name) == []


@pytest.mark.parametrize('name', [ROOT_SCHEMA, NODE_SCHEMA, PROBE_SCHEMA])
def test_the_schemas_are_json_schemas(name: str) -> None:
    """Editors and the library take them."""
    jsonschema = pytest.importorskip('jsonschema')
    jsonschema.Draft202012Validator.check_schema(load_schema(name))


VALUES = st.one_of(
    st.booleans(), st.integers(-10, 200), st.floats(-1, 200), st.sampled_from(
        ['', 'live', 'muted', 'high', 'on-failure', 'on_failure', 'INFO', 'camera', 'a b', '3.0']))


def matching(rule: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    """Return data of the shape of a rule, right or nearly so."""
    if '$ref' in rule:
        rule = load_schema(rule['$ref'])
    if rule.get('properties'):
        known = {key: matching(inner) for key, inner in rule['properties'].items()}
        some = st.fixed_dictionaries({}, optional=known)
        return st.one_of(some, some, some, VALUES)
    if rule.get('type') == 'array':
        return st.one_of(st.lists(VALUES, max_size=2), VALUES)
    choices = [st.sampled_from(rule['enum'])] if 'enum' in rule else []
    return st.one_of(*choices, VALUES, st.dictionaries(st.sampled_from(['a', '1']), VALUES))


@pytest.mark.filterwarnings('ignore:jsonschema.RefResolver')
@settings(max_examples=300, deadline=None)
@given(matching(load_schema(NODE_SCHEMA)))
def test_the_checker_agrees_with_the_library(data: Any) -> None:
    """What jsonschema calls valid has no error here (nor an unknown key), and the reverse."""
    jsonschema = pytest.importorskip('jsonschema')
    if not isinstance(data, dict):
        return
    resolver = jsonschema.RefResolver('', {}, store={PROBE_SCHEMA: load_schema(PROBE_SCHEMA)})
    valid = jsonschema.Draft202012Validator(
        load_schema(NODE_SCHEMA), resolver=resolver).is_valid(data)
    found = [problem for problem in problems(data, NODE_SCHEMA) if 'is accepted' not in problem]
    assert valid == (found == []), found


@settings(max_examples=200, deadline=None)
@given(matching(load_schema(NODE_SCHEMA)))
def test_what_is_left_is_valid(data: Any) -> None:
    """The checker takes out what is wrong, so that everything after it may rely on the rest."""
    document = Document('x', data if isinstance(data, dict) else {})
    clean, _ = check(Layer(document, (), document.data), NODE_SCHEMA)
    assert [problem for problem in problems(clean, NODE_SCHEMA) if 'is accepted' not in problem
            ] == []


@pytest.mark.parametrize(('line', 'problem'), [
    ('runtime: {restart_policy: sometimes}',
     "error: nodes/camera/.nodes:1: runtime.restart_policy: 'sometimes' is not one of always,"
     ' on_failure, never, unless_stopped'),
    ('runtime: {restart_policy: alway}',
     "error: nodes/camera/.nodes:1: runtime.restart_policy: 'alway' is not one of always,"
     " on_failure, never, unless_stopped; did you mean 'always'?"),
    ('runtime: {status: Live}',
     "error: nodes/camera/.nodes:1: runtime.status: 'Live' is not one of live, muted, disabled;"
     " write 'live'"),
    ('runtime: {max_restarts: -1}',
     'error: nodes/camera/.nodes:1: runtime.max_restarts: -1 is less than 0; write 0 or more'),
    ('runtime: {max_restarts: 1.5}',
     'error: nodes/camera/.nodes:1: runtime.max_restarts: 1.5 is not a whole number;'
     ' write a whole number'),
    ('runtime: {max_restarts: "3"}',
     "error: nodes/camera/.nodes:1: runtime.max_restarts: '3' is not a whole number;"
     ' write 3 without quotes'),
    ('runtime: {startup_timeout: 0}',
     'error: nodes/camera/.nodes:1: runtime.startup_timeout: 0 is not more than 0;'
     ' write more than 0'),
    ('runtime: {isolated_process: "no"}',
     "error: nodes/camera/.nodes:1: runtime.isolated_process: 'no' is not true or false;"
     ' write true or false, without quotes'),
    ('dependencies: {requires: lidar}',
     "error: nodes/camera/.nodes:1: dependencies.requires: 'lidar' is not a list;"
     ' write a list: [lidar]'),
    ('runtime: always',
     "error: nodes/camera/.nodes:1: runtime: 'always' is not a mapping of keys;"
     ' write `key: value` lines'),
    ('runtime: {max_restart: 3}',
     'warning: nodes/camera/.nodes:1: runtime.max_restart: is not a known key and has no effect;'
     " did you mean 'max_restarts'?"),
    ('creation: {singleton: false}',
     'warning: nodes/camera/.nodes:1: creation.singleton: is accepted and has no effect;'
     ' remove it when no other tool reads it'),
    ('resources: {max_memory_mb: -1}',
     'error: nodes/camera/.nodes:1: resources.max_memory_mb: -1 is less than 0; write 0 or more'),
    ('resources: {on_exceeded: Restart}',
     "error: nodes/camera/.nodes:1: resources.on_exceeded: 'Restart' is not one of alert, restart;"
     " write 'restart'"),
    ('runtime: {criticality: high}',
     "error: nodes/camera/.nodes:1: runtime.criticality: 'high' is not one of critical, important,"
     ' optional'),
    ('runtime: {restart_prevent_exit_status: 78}',
     'error: nodes/camera/.nodes:1: runtime.restart_prevent_exit_status: 78 is not a list; write a'
     ' list: [78]'),
    ('runtime: {restart_prevent_exit_status: [0]}',
     'error: nodes/camera/.nodes:1: runtime.restart_prevent_exit_status.0: 0 is less than 1; write'
     ' 1 or more'),
    ('runtime: {restart_prevent_exit_status: [256]}',
     'error: nodes/camera/.nodes:1: runtime.restart_prevent_exit_status.0: 256 is more than 255;'
     ' write 255 or less'),
    ('environment: {1A: x}',
     "error: nodes/camera/.nodes:1: environment.1A: '1A' is not a variable name of letters,"
     ' digits and _; rename it'),
    ('environment: {A: [1]}',
     'error: nodes/camera/.nodes:1: environment.A: [1] is not text or a number or true or false;'
     ' write a single value'),
    ('monitoring: {thresholds: {max_error_rate_percent: 101}}',
     'error: nodes/camera/.nodes:1: monitoring.thresholds.max_error_rate_percent: 101 is more'
     ' than 100; write 100 or less'),
    ('node_name: lidar',
     "error: nodes/camera/.nodes:1: node_name: 'lidar' is not the name of its folder, 'camera';"
     ' write node_name: camera, or rename the folder'),
])
def test_problems_name_place_value_rule_and_fix(
        project: Project, line: str, problem: str) -> None:
    """A user should not have to look anything up."""
    project.node('camera', line + '\n')
    assert project.problems() == [problem]


def test_logscope_is_described_in_the_root_file(project: Project) -> None:
    """Each of its keys is of use, and a wrong value is named."""
    project.root('system: {monitoring: {logscope_enabled: true, max_entries: 5000000}}\n')
    project.node('camera')
    assert project.problems() == []
    project.root('system: {monitoring: {logscope_theme: pink, max_entries: 0}}\n')
    assert project.problems() == [
        "error: .nodes:2: system.monitoring.logscope_theme: 'pink' is not one of dark, light",
        'error: .nodes:2: system.monitoring.max_entries: 0 is less than 1; write 1 or more']


def test_what_asks_for_nothing_is_no_problem(project: Project) -> None:
    """The default of a key without effect is what happens anyway, in files that state it."""
    project.root("""
        system: {monitoring: {logscope_enabled: false, logscope_theme: dark, max_entries: 10000}}
        monitoring: {alerts: {high_cpu_percent: 80, high_error_rate: "${RATE:-0.1}"}}
        """)
    project.node('camera', """
        creation: {singleton: true, lazy_load: false}
        health_check: {enabled: false, method: check}
        """)
    assert project.problems() == []


def test_overrides_are_checked_like_the_nodes_themselves(project: Project) -> None:
    """They are node files in another place; the key tells where."""
    project.root("""
        nodes:
          global_overrides:
            all:
              runtime:
                max_restarts: many
        """)
    project.node('camera')
    assert project.problems() == [
        "error: .nodes:7: nodes.global_overrides.all.runtime.max_restarts: 'many' is not a whole"
        ' number; write a whole number']


def test_an_empty_value_means_the_default(project: Project) -> None:
    """`requires:` with nothing behind it is in many files."""
    project.node('camera', 'dependencies:\n  requires:\nruntime:\n')
    assert project.problems() == []


def test_the_version_is_required(project: Project) -> None:
    """It is the one key that is."""
    project.root('', version='description: x\n')
    project.node('camera')
    assert project.problems() == ['error: .nodes:1: \'version\' is missing; add `version: "3.0"`']
