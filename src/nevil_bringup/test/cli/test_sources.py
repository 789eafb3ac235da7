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

"""Which files are a node's code, and when they were written."""

from __future__ import annotations

import os
from pathlib import Path

from nevil_bringup.api.sources import edits
from nevil_bringup.api.sources import sources
from nevil_nodes.declarations.plan import LogPlan
from nevil_nodes.declarations.plan import NodePlan
from nevil_nodes.declarations.plan import Plan
from nevil_nodes.declarations.plan import ProcessPlan


def plan_in(project: Path, files: dict[str, str], *, argv: tuple[str, ...] = ()) -> Plan:
    """Make a project with files, and return its plan of one node, or of a program."""
    for name, text in files.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(text)
    node = (NodePlan(name='arm', process='arm', kind='executable') if argv else
            NodePlan(name='arm', process='arm', module='nodes/arm/arm_node.py'))
    return Plan(project='robot', directory=str(project), messages_package='', nodes=(node,),
                processes=(ProcessPlan(name='arm', nodes=('arm',), argv=argv or ('python',)),),
                logs=LogPlan(directory='/x'))


def found(project: Path, plan: Plan) -> list[str]:
    """Return the names of a node's files."""
    return sorted(str(path.relative_to(project)) for path in sources(plan, plan.nodes[0]))


def test_modules_beside_it_and_what_they_import_from_the_project(tmp_path: Path) -> None:
    """By each way of importing, and over any number of files; nothing that is installed."""
    plan = plan_in(tmp_path, {
        'nodes/arm/arm_node.py': 'import os, json\nimport shared.tools\nfrom shared import grip',
        'nodes/arm/beside.py': '', 'nodes/arm/notes.txt': '', 'nodes/arm/.nodes': '',
        'shared/__init__.py': '', 'shared/tools.py': 'from . import deep', 'shared/grip.py': '',
        'shared/deep.py': 'from .deeper import x', 'shared/deeper.py': 'import not_there',
        'shared/other.py': '', 'nodes/leg/leg_node.py': ''})
    assert found(tmp_path, plan) == [
        'nodes/arm/arm_node.py', 'nodes/arm/beside.py', 'shared/__init__.py', 'shared/deep.py',
        'shared/deeper.py', 'shared/grip.py', 'shared/tools.py']


def test_modules_that_import_each_other_are_no_loop(tmp_path: Path) -> None:
    """And a file that is not Python is still its own."""
    plan = plan_in(tmp_path, {'nodes/arm/arm_node.py': 'import a', 'a.py': 'import b',
                              'b.py': 'import a\nimport c', 'c.py': 'not python ('})
    assert found(tmp_path, plan) == ['a.py', 'b.py', 'c.py', 'nodes/arm/arm_node.py']


def test_a_program_is_what_its_command_line_names(tmp_path: Path) -> None:
    """Scripts and parameter files of the project, not what is installed elsewhere."""
    plan = plan_in(tmp_path, {'horn.sh': '', 'config/horn.yaml': '', 'other.sh': ''}, argv=(
        str(tmp_path / 'horn.sh'), '--params-file', 'config/horn.yaml', '/bin/sh', '-x'))
    assert found(tmp_path, plan) == ['config/horn.yaml', 'horn.sh']


def test_an_edit_counts_from_when_it_was_written(tmp_path: Path) -> None:
    """Whatever time a copy or a checkout gives a file."""
    plan = plan_in(tmp_path, {'nodes/arm/arm_node.py': 'import shared', 'shared.py': ''})
    os.utime(tmp_path / 'shared.py', (0, 0))
    assert edits(plan) == {'arm': (tmp_path / 'shared.py').stat().st_ctime}
