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

"""Variables in values, and the file that sets them."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from nevil_nodes.declarations.dotenv import read_dotenv
from nevil_nodes.declarations.expansion import expand
from nevil_nodes.declarations.expansion import Expansion
import pytest
from written_project import Project


@pytest.mark.parametrize(('text', 'expanded'), [
    ('plain', 'plain'),
    ('${SET}', 'value'),
    ('a ${SET} b ${SET}', 'a value b value'),
    ('${UNSET:-default}', 'default'),
    ('${EMPTY:-default}', 'default'),
    ('${EMPTY}', ''),
    ('${UNSET:-}', ''),
    ('${SET:-default}', 'value'),
    ('${UNSET:-with spaces: and ":"}', 'with spaces: and ":"'),
    ('$SET costs 5$', '$SET costs 5$'),
    ('$${SET}', '${SET}'),
])
def test_variables_expand(text: str, expanded: str) -> None:
    """The two forms of the format, and a way to write the characters themselves."""
    found = Expansion()
    assert expand(text, {'SET': 'value', 'EMPTY': ''}, found) == expanded
    assert not found.undefined
    assert not found.malformed


@pytest.mark.parametrize('text', ['${', '${}', '${1}', '${A', '${A-b}', '${A:-${B}}', '${A B}'])
def test_what_is_no_variable_is_reported(text: str) -> None:
    """A typing error is not passed on to a node as it stands."""
    found = Expansion()
    expand({'key': text}, {'A': '1', 'B': '2'}, found)
    assert found.malformed == [('key',)]


@given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet='${}AB:-x'),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from('ab'), inner)))
def test_expansion_takes_any_data(data: object) -> None:
    """It keeps the shape of what it is given, and never raises."""
    result = expand(data, {'A': '1'}, Expansion())
    assert type(result) is type(data)


def test_dotenv_wins_over_the_environment_of_the_root(project: Project) -> None:
    """In the values below it too: there is one BASE, but for the node that has its own."""
    project.root("""
        environment:
          BASE: /data
          MAPS: ${BASE}/maps
        """)
    project.write('.env', 'BASE=/mnt\n')
    project.node('camera', 'environment: {BASE: /own, OWN: "${BASE}"}\n')
    project.node('lidar')
    plan = project.load().plan
    assert plan is not None
    assert [process.env for process in plan.processes] == [
        {'BASE': '/own', 'MAPS': '/mnt/maps', 'OWN': '/own'},
        {'BASE': '/mnt', 'MAPS': '/mnt/maps'}]


def test_an_environment_is_read_like_a_script(project: Project) -> None:
    """A variable sees those above it, the project's .env, and the machine's."""
    project.root("""
        environment:
          BASE: /data
          MAPS: ${BASE}/maps
          HOME_MAPS: ${HOME}/maps
        """)
    project.write('.env', 'PORT=42\n')
    project.node('camera', """
        environment:
          MAPS: ${MAPS}/camera
          URL: "http://localhost:${PORT}"
          COUNT: 3
          FLAG: true
        """)
    result = project.load({'HOME': '/home/x'})
    assert result.problems == ()
    assert result.plan is not None
    assert result.plan.processes[0].env == {
        'BASE': '/data', 'MAPS': '/data/maps/camera', 'HOME_MAPS': '/home/x/maps', 'PORT': '42',
        'URL': 'http://localhost:42', 'COUNT': '3', 'FLAG': 'true'}


@pytest.mark.parametrize(('environ', 'value'), [
    ({}, './lib'), ({'PYTHONPATH': '/opt/x'}, '/opt/x:./lib')])
def test_a_search_path_may_be_unset(
        project: Project, environ: dict[str, str], value: str) -> None:
    """`${PYTHONPATH}:./lib` is in many files; on a bare machine it has no first part."""
    project.root('environment: {PYTHONPATH: "${PYTHONPATH}:./lib"}\n')
    project.node('camera')
    result = project.load(environ)
    assert result.problems == ()
    assert result.plan is not None
    assert result.plan.processes[0].env == {'PYTHONPATH': value}


def test_an_unset_variable_is_an_error(project: Project) -> None:
    """A node must not start with an empty key by accident."""
    project.node('camera', 'environment:\n  URL: "x${NOWHERE}"\n')
    assert project.problems() == [
        "error: nodes/camera/.nodes:2: environment.URL: variable 'NOWHERE' is not set and has no"
        ' default; set it (in .env, for example), or write ${NOWHERE:-default}']


def test_an_unset_variable_of_a_disabled_node_does_not_matter(project: Project) -> None:
    """It will not be used."""
    project.node('camera', 'runtime: {status: disabled}\nenvironment: {URL: "${NOWHERE}"}\n')
    assert project.problems() == []


def test_unset_variables_can_be_made_warnings(project: Project) -> None:
    """`validate_env_vars: false` says so."""
    project.root('security: {validate_env_vars: false, required_env_vars: [TOKEN]}\n')
    project.node('camera', 'environment: {URL: "${NOWHERE}"}\n')
    result = project.load()
    assert {problem.severity for problem in result.problems} == {'warning'}
    assert len(result.problems) == 2
    assert result.plan is not None


def test_a_node_may_decide_itself_whether_unset_variables_are_errors(project: Project) -> None:
    """Both those that it uses and those that it requires; the root's word is the default."""
    project.node('camera', 'environment: {URL: "${NOWHERE}"}\n'
                 'security: {validate_env_vars: false, required_env_vars: [TOKEN]}\n')
    assert [line.partition(':')[0] for line in project.problems()] == ['warning', 'warning']
    project.root('security: {validate_env_vars: false}\n')
    project.node('camera', 'environment: {URL: "${NOWHERE}"}\n'
                 'security: {validate_env_vars: true, required_env_vars: [TOKEN]}\n')
    assert [line.partition(':')[0] for line in project.problems()] == ['error', 'error']


def test_required_variables_must_be_set_and_not_empty(project: Project) -> None:
    """A missing key is found before anything starts, not by the node that needs it."""
    project.root("""
        security:
          required_env_vars: [FROM_SHELL, FROM_FILE, MISSING, EMPTY]
        """)
    project.write('.env', 'FROM_FILE=x\n')
    project.node('camera', 'security: {required_env_vars: [OWN, OTHER]}\n'
                           'environment: {OWN: "1"}\n')
    fix = 'into .env, or export it before the start'
    assert project.problems({'FROM_SHELL': 'x', 'EMPTY': ''}) == [
        "error: .nodes:4: security.required_env_vars: variable 'EMPTY' is required and not set;"
        f' write EMPTY=... {fix}',
        "error: .nodes:4: security.required_env_vars: variable 'MISSING' is required and not set;"
        f' write MISSING=... {fix}',
        "error: nodes/camera/.nodes:1: security.required_env_vars: variable 'OTHER' is required"
        f' and not set; write OTHER=... {fix}']


@pytest.mark.parametrize(('line', 'value'), [
    ('KEY=value', 'value'), ('export KEY=value', 'value'), ('KEY = value ', 'value'),
    ('KEY=a b # comment', 'a b'), ('KEY=a#b', 'a#b'), ('KEY=', ''), ('KEY=# comment', ''),
    ("KEY='a # b' # comment", 'a # b'), ('KEY="a \\"b\\" \\\\ \\n"', 'a "b" \\ \n'),
    ("KEY='\\n'", '\\n'), ('KEY=a=b', 'a=b'), ("KEY='${X}'", '${X}'), ('KEY=#ff0000', '#ff0000'),
    ('KEY= # comment', ''), ('KEY="C:\\dir\\new"', 'C:\\dir\new'), ("KEY='it\\'s'", "it's"),
    ("KEY='C:\\dir\\' # a folder", 'C:\\dir\\'), ('KEY=it"s', 'it"s'), ("KEY='a''b'", None),
    ('KEY="a\nb" # two lines', 'a\nb'), ("KEY='{\n  \"a\": 1\n}'", '{\n  "a": 1\n}'),
    ('KEY="-----BEGIN KEY-----\nMIIE=\nA=b#c\n-----END KEY-----\n"',
     '-----BEGIN KEY-----\nMIIE=\nA=b#c\n-----END KEY-----\n'),
    ('KEY="${HOME}/models"', '/home/robot/models'), ('KEY=${NONE:-there}', 'there'),
    ('BASE=/srv\nKEY=${BASE}/x', '/srv/x'), ('KEY=$HOME', '$HOME'),
])
def test_dotenv_lines(tmp_path: Path, line: str, value: str) -> None:
    """Quotes, comments and `export` as everybody writes them."""
    file = tmp_path / '.env'
    file.write_text(f'# first\n\n{line}\n')
    values, problems = read_dotenv(file, '.env', {'HOME': '/home/robot'})
    assert values.get('KEY') == value
    assert bool(problems) == (value is None)


@pytest.mark.parametrize('line', [
    'KEY', '1KEY=x', '=x', 'KEY="open', "KEY='open", 'KEY="a" b', "KEY='a' 'b'"])
def test_a_bad_dotenv_line_is_reported_without_its_text(tmp_path: Path, line: str) -> None:
    """It may hold a secret, so its number has to do; the next line is read all the same."""
    file = tmp_path / '.env'
    file.write_text(f'GOOD=1\n{line}\nNEXT=2\n')
    values, problems = read_dotenv(file, '.env')
    assert values == {'GOOD': '1', 'NEXT': '2'}
    text, = map(str, problems)
    assert text in (
        '.env:2: is not a KEY=VALUE line; write KEY=VALUE, a value with spaces in quotes,'
        ' a comment after #',
        '.env:2: KEY: has a quote that is not closed, or text after it; close the quote')


def test_lines_after_a_value_of_several_lines_keep_their_number(tmp_path: Path) -> None:
    """What is wrong further down is found where it stands."""
    file = tmp_path / '.env'
    file.write_text('\ufeffA="1\n2\n3"\r\n\r\nB\n')
    lines: dict[str, int] = {}
    values, problems = read_dotenv(file, '.env', lines=lines)
    assert values == {'A': '1\n2\n3'} and lines == {'A': 1}
    assert [problem.line for problem in problems] == [5]


def test_an_unset_variable_in_dotenv_is_told(tmp_path: Path) -> None:
    """The characters may be meant: a password may hold them."""
    file = tmp_path / '.env'
    file.write_text('KEY=${NONE}x\n')
    values, problems = read_dotenv(file, '.env')
    assert values == {'KEY': 'x'}
    assert [(problem.severity, str(problem)) for problem in problems] == [
        ('warning', ".env:1: KEY: variable 'NONE' is not set and has no default; write"
         ' ${NONE:-default}, or the value in single quotes if the characters are meant')]


def test_variables_of_nevil_itself_are_refused_wherever_they_stand(project: Project) -> None:
    """With another run's id a node would be lost to its supervisor, and never ended."""
    project.root('environment: {NEVIL_PLAN: x, NEVIL_DEV: "1", NEVIL_API_KEY: mine}\n')
    project.write('.env', 'A=1\nNEVIL_RUN_ID=other\n')
    project.node('camera', '\nenvironment: {NEVIL_UNIT: lidar}\n')
    own = 'is a variable that Nevil itself sets and finds its processes by; remove it'
    assert project.problems() == [
        f"error: .env:2: NEVIL_RUN_ID: 'NEVIL_RUN_ID' {own}",
        f"error: .nodes:2: environment.NEVIL_PLAN: 'NEVIL_PLAN' {own}",
        f"error: nodes/camera/.nodes:1: environment.NEVIL_UNIT: 'NEVIL_UNIT' {own}"]


@given(st.binary())
def test_any_dotenv_is_read(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    """Garbage gives problems, never an exception."""
    file = tmp_path_factory.getbasetemp() / 'garbage.env'
    file.write_bytes(content)
    values, _ = read_dotenv(file, '.env')
    assert all('\0' not in value for value in values.values())


def test_a_missing_dotenv_is_empty(tmp_path: Path) -> None:
    """The file is optional."""
    assert read_dotenv(tmp_path / '.env', '.env') == ({}, [])
