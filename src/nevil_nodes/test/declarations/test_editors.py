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

"""The schemas that editors use: they take every file that Nevil takes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from nevil_nodes.declarations.editors import editor_schema
from nevil_nodes.declarations.editors import EDITOR_SCHEMAS
from nevil_nodes.declarations.schema import NODE_SCHEMA
from nevil_nodes.declarations.schema import PROBE_SCHEMA
from nevil_nodes.declarations.schema import ROOT_SCHEMA
import pytest
from written_project import Project
import yaml

NODE = """
dependencies:
  requires:
runtime:
  max_restarts: "${RESTARTS:-5}"
  isolated_process: ${ALONE:-true}
  status: "${STATUS:-live}"
  priority:
environment: {EMPTY: , NUMBER: 3}
tags: [one]
"""
ROOT = """
system: {log_level: "${LEVEL:-INFO}", startup_delay: "${DELAY:-0}"}
launch:
nodes:
  global_overrides:
    all: {runtime: {max_restarts: "${RESTARTS:-5}"}}
    camera:
"""


def wrong(data: Any, name: str) -> list[str]:
    """Return the paths of what the library calls wrong, as an editor does."""
    jsonschema = pytest.importorskip('jsonschema')
    node = editor_schema(NODE_SCHEMA)
    resolver = jsonschema.RefResolver('', {}, store={
        NODE_SCHEMA: node, PROBE_SCHEMA: editor_schema(PROBE_SCHEMA)})
    validator = jsonschema.Draft202012Validator(editor_schema(name), resolver=resolver)
    return sorted(error.json_path for error in validator.iter_errors(data))


@pytest.mark.parametrize('name', [ROOT_SCHEMA, NODE_SCHEMA, PROBE_SCHEMA])
def test_the_files_are_up_to_date(name: str) -> None:
    """`python -m nevil_nodes.declarations.editors` writes them."""
    shipped = json.loads((EDITOR_SCHEMAS / name).read_text(encoding='utf-8'))
    assert shipped == editor_schema(name)


@pytest.mark.filterwarnings('ignore:jsonschema.RefResolver')
def test_variables_and_empty_values_are_right(project: Project) -> None:
    """Nevil takes them, so an editor must not underline them."""
    project.root(ROOT)
    project.node('camera', NODE)
    assert project.problems() == []
    assert wrong({'version': '3.0', **yaml.safe_load(ROOT)}, ROOT_SCHEMA) == []
    assert wrong(yaml.safe_load(NODE), NODE_SCHEMA) == []


@pytest.mark.filterwarnings('ignore:jsonschema.RefResolver')
def test_wrong_values_are_still_wrong() -> None:
    """In overrides too, which are nodes in another place."""
    assert wrong({'runtime': {'max_restarts': 'many', 'status': 'alive', 'max_restart': 1},
                  'tags': 'one'}, NODE_SCHEMA) == [
        '$.runtime', '$.runtime.max_restarts', '$.runtime.status', '$.tags']
    data = {'version': 3, 'nodes': {'global_overrides': {'all': {'runtime': {'status': 'x'}}}}}
    assert wrong(data, ROOT_SCHEMA) == ['$.nodes.global_overrides.all.runtime.status']


@pytest.mark.filterwarnings('ignore:jsonschema.RefResolver')
def test_what_ships_with_nevil_is_right_in_an_editor() -> None:
    """The reference robot, and what `nevil init` writes."""
    bringup = Path(__file__).parents[3] / 'nevil_bringup'
    robot = bringup / 'robots' / 'nevil'
    files = [(robot / '.nodes', ROOT_SCHEMA)]
    files += [(bringup / 'nevil_bringup' / 'templates' / 'root.nodes', ROOT_SCHEMA)]
    files += [(file, NODE_SCHEMA) for file in sorted(robot.glob('nodes/*/.nodes'))]
    assert len(files) == 5
    for file, name in files:
        text = file.read_text(encoding='utf-8').replace('@NAME@', 'my_robot')
        assert wrong(yaml.safe_load(text), name) == []
