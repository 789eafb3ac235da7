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

"""``nevil validate`` and ``nevil init``."""

from __future__ import annotations

import json
import os

from place import Place
import pytest


def test_a_project_made_by_init_validates(place: Place) -> None:
    """The newcomer's second command must not fail."""
    code, out, err = place.nevil('init', 'my_robot', env={**place.environ, 'NEVIL_PROJECT': ''})
    assert (code, err) == (0, '')
    assert out.startswith('Project my_robot created: ')
    assert out.endswith('  3. ./nevil start\n')
    project = place.root / 'my_robot'
    assert os.access(project / 'nevil', os.X_OK)
    code, out, err = place.nevil('validate', '--strict', '--project', str(project))
    assert (code, err) == (0, '')
    assert out == "'my_robot' is valid: 3 nodes in 3 processes, 0 errors, 0 warnings\n"


def test_init_takes_a_path_and_no_nodes(place: Place) -> None:
    """Whoever types a path means it, and whoever has nodes wants no others."""
    place.environ['HOME'] = str(place.root)
    code, out, err = place.nevil('init', '~/my_robot/', '--empty', '--json')
    assert (code, err) == (0, '')
    assert json.loads(out)['directory'] == str(place.root / 'my_robot')
    code, out, err = place.nevil('validate', '--strict', '--project', str(place.root / 'my_robot'))
    assert out == "'my_robot' is valid: 0 nodes in 0 processes, 0 errors, 0 warnings\n", err


@pytest.mark.parametrize(('name', 'error'), [
    ('robbie', 'already exists'), ('./robbie/', 'already exists'), ('no/x', 'create it first'),
    ('./My-Robot', "for example 'my_robot'"),
    ('My Robot', "choose another, for example 'my_robot'"), ('', 'needs a name'),
])
def test_init_refuses_what_it_must_not_write(place: Place, name: str, error: str) -> None:
    """An existing folder, a bad or path-like name."""
    before = sorted(place.root.rglob('*'))
    code, out, err = place.nevil('init', name)
    assert (code, out) == (1, '')
    assert err.startswith('nevil: ') and error in err and err.count('\n') == 1
    assert sorted(place.root.rglob('*')) == before


def test_problems_are_shown_with_file_and_line(place: Place) -> None:
    """All of them at once; warnings refuse with --strict only."""
    (place.project / '.nodes').write_text('version: "3.0"\nsytem:\n  log_level: INFO\n')
    code, out, _ = place.nevil('validate')
    assert code == 0
    assert out.startswith('warning: .nodes:2: sytem: ') and "did you mean 'system'?" in out
    code, out, _ = place.nevil('validate', '--strict', '--json')
    document = json.loads(out)
    assert (code, document['valid']) == (1, False)
    assert [problem['line'] for problem in document['problems']] == [2]


def test_resolved_and_plan_are_shown_on_demand(place: Place) -> None:
    """Where a value comes from, and what would be executed."""
    place.nevil('node', 'create', 'arm')
    code, out, _ = place.nevil('validate', '--resolved', 'arm', '--plan')
    assert code == 0
    assert 'runtime.restart_policy: on_failure' in out and '# nodes/arm/.nodes:6\n' in out
    assert f'-m nevil_nodes.run --project {place.project} --node arm\n' in out
    code, out, _ = place.nevil('validate', '--resolved', 'arm', '--plan', '--json')
    document = json.loads(out)
    assert document['resolved']['arm']['runtime.restart_policy'] == {
        'value': 'on_failure', 'origin': 'nodes/arm/.nodes:6'}
    assert [process['name'] for process in document['plan']['processes']] == ['arm']
    assert place.nevil('validate', '--resolved', 'amr') == (
        1, '', "nevil: there is no node 'amr'; did you mean 'arm'?\n")
