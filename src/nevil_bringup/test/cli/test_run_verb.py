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

"""``nevil run``: one node in this terminal, alone or in place of the robot's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from place import Place
from stand_in import document
from stand_in import node
from stand_in import StandIn

Serve = Callable[[dict[str, Any]], StandIn]

SCRIPT = '#!/bin/sh\necho "$NEVIL_PROJECT $HORN $1" >> "{out}"\nread word; echo "$word"\nexit 3\n'


def add_script(place: Place) -> None:
    """Make a node that is a script, and tells what it gets."""
    folder = place.project / 'nodes' / 'horn'
    folder.mkdir(parents=True)
    script = folder / 'horn.sh'
    script.write_text(SCRIPT.format(out=place.root / 'out'))
    script.chmod(0o755)
    (folder / '.nodes').write_text(
        'creation: {command: [./horn.sh, loud]}\nenvironment: {HORN: low}\n')


def test_a_node_gets_what_it_gets_under_nevil(place: Place) -> None:
    """Command line, variables, folder; and this terminal, and its exit code is ours."""
    add_script(place)
    code, out, err = place.nevil('run', 'horn', stdin=open('/dev/null'))
    assert (code, out, err) == (3, '\n', '')
    assert (place.root / 'out').read_text() == f'{place.project} low loud\n'


def test_the_robots_own_is_stopped_meanwhile(place: Place, serve: Serve) -> None:
    """Two of them would both give orders."""
    add_script(place)
    server = serve(document('ready', node('horn')))

    def stop(args: dict[str, Any]) -> dict[str, Any]:
        server.state('horn', 'stopped')
        return {'changed': True, 'state': 'stopping'}
    server.handlers['stop_node'] = stop
    server.handlers['start_node'] = lambda args: {'changed': True, 'state': 'starting'}
    code, _, err = place.nevil('run', 'horn')
    assert code == 3
    assert err.splitlines() == ['horn of robbie is stopped meanwhile',
                                'horn of robbie is started again']
    assert [verb for verb, _ in server.asked if verb != 'subscribe'] == [
        'stop_node', 'start_node']


def test_one_that_was_stopped_before_stays_so(place: Place, serve: Serve) -> None:
    """Its start is not ours."""
    add_script(place)
    server = serve(document('ready', node('horn', 'stopped')))
    assert place.nevil('run', 'horn')[0] == 3
    assert server.asked == []


def test_a_node_that_is_not_there_is_said(place: Place) -> None:
    """With the one that was probably meant."""
    add_script(place)
    code, _, err = place.nevil('run', 'hron')
    assert (code, err) == (1, "nevil: there is no node 'hron'; did you mean 'horn'?\n")


def test_a_disabled_node_is_said(place: Place) -> None:
    """Its declarations are not read as far as a start needs."""
    add_script(place)
    (place.project / 'nodes' / 'horn' / '.nodes').write_text('runtime: {status: disabled}\n')
    code, _, err = place.nevil('run', 'horn')
    assert (code, err) == (1, 'nevil: horn is disabled: change runtime.status in its .nodes\n')
