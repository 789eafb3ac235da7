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

"""What rcl cannot take as a parameter of an executable is an error before anything starts."""

from __future__ import annotations

from nevil_nodes.declarations.parameters import parameter_arguments
import pytest
from written_project import Project

AT = 'error: nodes/camera/.nodes:3: creation.init_params'
ONE_TYPE = 'but a list of ROS has one'
IN_A_LIST = 'a list of parameters of ROS holds numbers, texts or booleans'
NO_NAME = 'is not a parameter name that ROS accepts on a command line'


@pytest.fixture
def camera(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Return a project in whose environment a package has one executable."""
    prefix = tmp_path_factory.mktemp('prefix')
    program = prefix / 'lib' / 'eyes' / 'eye'
    program.parent.mkdir(parents=True)
    program.write_text('#!/bin/sh\n')
    program.chmod(0o755)
    project.environ['AMENT_PREFIX_PATH'] = str(prefix)
    return project


def problems_of(project: Project, line: str) -> list[str]:
    """Return what is said of one parameter."""
    project.node('camera', 'creation: {package: eyes, executable: eye, init_params: {\n\n'
                 f'    {line} }}}}\n')
    return project.problems()


@pytest.mark.parametrize(('line', 'key', 'text'), [
    ('rates: [1, 2.5]', 'rates', f'holds whole numbers and others, {ONE_TYPE} type; write'
     ' [1.0, 2.5]'),
    ('rates: [1, 1e-7]', 'rates', 'write [1.0, 1e-07]'),
    ('names: []', 'names', 'an empty list has no type'),
    ('things: [{a: 1}]', 'things', f'holds a mapping: {IN_A_LIST}'),
    ('things: [[1], [2]]', 'things', f'holds a list: {IN_A_LIST}'),
    ('things: [1, null]', 'things', f'holds nothing: {IN_A_LIST}'),
    ('things: [1, a]', 'things', f'holds values of several types, {ONE_TYPE}'),
    ('things: [true, 1]', 'things', f'holds values of several types, {ONE_TYPE}'),
    ('deep: {rates: [1, a]}', 'deep.rates', ONE_TYPE),
    ('frame-id: x', 'frame-id', f"'frame-id' {NO_NAME}"),
    ('deep: {1st: x}', 'deep.1st', "'deep._1st'"),
    ('größe: 1', 'größe', NO_NAME),
    ('"camera:rate": 1', 'camera:rate', NO_NAME),
    ('use_sim_time: often', 'use_sim_time', "'often' is not true or false, which ROS needs here"),
    ('name: "a\\0b"', 'name', 'holds a NUL character'),
    (f'name: {"x" * 140_000}', 'name', 'is longer than one argument of a program may be'),
])
def test_what_rcl_cannot_take_is_an_error(
        camera: Project, line: str, key: str, text: str) -> None:
    """With its line; the executable would end at once, again and again."""
    problem, = problems_of(camera, line)
    assert problem.startswith(f'{AT}.{key}: ')
    assert text in problem


@pytest.mark.parametrize('line', [
    'rates: [1.0, 2.5]', 'names: [a, b]', 'on: [true, false]', 'tol: 1e-3', 'far: .inf',
    'none: null', 'deep: {er: {rate: 5}}', 'a/b: 1', 'use_sim_time: true', 'time: 12:30:00'])
def test_what_rcl_takes_is_right(camera: Project, line: str) -> None:
    """No rule of ours forbids what ROS allows."""
    assert problems_of(camera, line) == []


def test_nested_names_are_dotted_and_nothing_is_left_out() -> None:
    """An empty value is the executable's own default."""
    assert parameter_arguments({'a': {'b': {'c': 'x'}}, 'd': None}) == ['-p', 'a.b.c:="x"']
