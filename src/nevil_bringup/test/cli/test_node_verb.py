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

"""``nevil node``."""

from __future__ import annotations

from collections.abc import Callable
import json
import os
from pathlib import Path
import re
from typing import Any

from place import Place
import pytest
from stand_in import document
from stand_in import node
from stand_in import StandIn

Serve = Callable[[dict[str, Any]], StandIn]

ARM = """\
from nevil_nodes.node import NevilNode


class ArmNode(NevilNode):
    pass
"""


@pytest.fixture
def arm(place: Place) -> Path:
    """Return the folder of a node."""
    folder = place.project / 'nodes' / 'arm'
    folder.mkdir(parents=True)
    (folder / '.nodes').write_text('node_name: arm\ndescription: Moves\n')
    (folder / 'arm_node.py').write_text(ARM)
    return folder


@pytest.mark.parametrize(('action', 'aim', 'done'), [
    ('start', 'ready', 'started'), ('stop', 'stopped', 'stopped'),
    ('restart', 'ready', 'restarted')])
def test_an_operation_waits_for_its_aim(
        place: Place, serve: Serve, action: str, aim: str, done: str) -> None:
    """So that the next command of a script finds the node as wanted."""
    server = serve(document('ready', node('arm')))

    def answer(args: dict[str, Any]) -> dict[str, Any]:
        assert args == {'name': 'arm'}
        server.state('arm', 'stopping')
        return {'changed': True, 'note': ''}
    server.handlers[f'{action}_node'] = answer
    process = place.begin('node', action, 'arm')
    server.wait_for(f'{action}_node')
    server.state('camera', aim)
    assert process.poll() is None
    server.state('arm', aim)
    assert process.communicate(timeout=20) == (f'arm {done}\n', '')
    assert process.returncode == 0


def test_states_from_before_the_request_are_not_its_result(place: Place, serve: Serve) -> None:
    """A subscription begins with the present states."""
    server = serve(document('ready', node('arm')))
    server.on_subscribe = [{'event': 'state', 'at': 0, 'node': 'arm', 'old': None, 'new': 'ready',
                            'reason': '', 'level': 'INFO'}]
    server.handlers['restart_node'] = lambda _: {'changed': True, 'note': ''}
    code, _, err = place.nevil('node', 'restart', 'arm', '--timeout', '0.3')
    assert (code, err) == (1, 'nevil: arm is not ready after 0.3 s but None; '
                              'nevil logs arm shows more\n')


def test_a_failure_is_told_with_its_reason(place: Place, serve: Serve) -> None:
    """It does not wait for its time-out then."""
    server = serve(document('ready', node('arm')))

    def answer(_: dict[str, Any]) -> dict[str, Any]:
        server.state('arm', 'backoff', reason='exit status 1')
        return {'changed': True, 'note': ''}
    server.handlers['start_node'] = answer
    assert place.nevil('node', 'start', 'arm') == (
        1, '', 'nevil: arm is backoff (exit status 1); nevil logs arm shows more\n')


def test_what_was_so_already_is_said(place: Place, serve: Serve) -> None:
    """With the supervisor's note."""
    server = serve(document('ready', node('arm')))
    server.handlers['stop_node'] = lambda _: {
        'changed': False, 'state': 'stopped', 'note': 'composed with camera'}
    server.handlers['mute_node'] = lambda _: {'changed': True, 'note': ''}
    assert place.nevil('node', 'stop', 'arm') == (
        0, 'arm was already stopped (composed with camera)\n', '')
    assert place.nevil('node', 'mute', 'arm') == (0, 'arm muted\n', '')
    code, out, _ = place.nevil('node', 'stop', 'arm', '--json')
    assert (code, json.loads(out)) == (0, {
        'name': 'arm', 'changed': False, 'state': 'stopped', 'note': 'composed with camera',
        'reason': ''})


@pytest.mark.parametrize(('problem', 'result'), [
    ('', (0, 'arm muted\n', '')),
    ('it is not a lifecycle node',
     (1, '', 'nevil: arm cannot be muted: it is not a lifecycle node\n'))])
def test_mute_waits_for_what_became_of_it(
    place: Place, serve: Serve, problem: str, result: tuple[int, str, str],
) -> None:
    """Only the node can say that it publishes nothing any more."""
    server = serve(document('ready', node('arm')))

    def answer(_: dict[str, Any]) -> dict[str, Any]:
        for name, why in (('camera', 'x'), ('arm', problem)):
            server.send({'event': 'transitioned', 'nodes': [name], 'label': 'deactivate',
                         'problem': why})
        return {'changed': True, 'note': '', 'pending': True}
    server.handlers['mute_node'] = answer
    assert place.nevil('node', 'mute', 'arm') == result


@pytest.mark.parametrize(('action', 'verb', 'changed', 'says'), [
    ('hold', 'hold_node', True,
     "arm held: recovery is suspended until 'nevil node release arm'"),
    ('hold', 'hold_node', False,
     "arm was already held: recovery is suspended until 'nevil node release arm'"),
    ('release', 'release_node', True, 'arm released: recovery is active again'),
    ('release', 'release_node', False, 'arm was not held'),
    ('pause', 'pause_node', True,
     "arm paused: it and the nodes that require it are paused until 'nevil node resume arm'"),
    ('resume', 'resume_node', True, 'arm resumed'),
    ('resume', 'resume_node', False, 'arm was not paused by you')])
def test_what_is_so_now_and_what_follows(
    place: Place, serve: Serve, action: str, verb: str, changed: bool, says: str,
) -> None:
    """The same command twice is no error, and says the same."""
    server = serve(document('ready', node('arm')))
    server.handlers[verb] = lambda _: {'changed': changed, 'note': '', 'state': 'ready'}
    assert place.nevil('node', action, 'arm') == (0, f'{says}\n', '')
    assert (verb, {'name': 'arm'}) in server.asked


@pytest.mark.parametrize(('problem', 'code', 'says'), [
    ('', 0,
     "arm paused: it and the nodes that require it are paused until 'nevil node resume arm'\n"),
    ('it is busy', 1, 'nevil: arm cannot be paused: it is busy\n')])
def test_pause_waits_for_what_became_of_it(
        place: Place, serve: Serve, problem: str, code: int, says: str) -> None:
    """As mute does."""
    server = serve(document('ready', node('arm')))

    def answer(_: dict[str, Any]) -> dict[str, Any]:
        server.send({'event': 'transitioned', 'nodes': ['arm'], 'label': 'deactivate',
                     'problem': problem})
        return {'changed': True, 'note': '', 'pending': True}
    server.handlers['pause_node'] = answer
    assert place.nevil('node', 'pause', 'arm') == (
        code, '' if problem else says, says if problem else '')


def test_alerts_are_acknowledged_by_node_or_id(place: Place, serve: Serve) -> None:
    """The reason is for who looks next; without one it is at least known who it was."""
    server = serve(document('ready', node('arm')))
    server.handlers['ack'] = lambda args: {'changed': args['alert'] == 'arm', 'note': ''}
    assert place.nevil('node', 'ack', 'arm', '--reason', 'cable ordered') == (
        0, 'arm acknowledged: still shown, no more notifications until it is resolved\n', '')
    assert place.nevil('node', 'ack', 'a1b2') == (
        0, 'a1b2 has no open alert that is not already acknowledged\n', '')
    (_, first), (_, second) = server.asked
    assert first == {'alert': 'arm', 'reason': 'cable ordered'}
    assert second['reason'].startswith('by ')


def test_silences_begin_and_end(place: Place, serve: Serve) -> None:
    """For a node or the whole robot, with options in any order."""
    server = serve(document('ready', node('arm')))
    server.handlers['silence'] = lambda _: {'changed': True, 'note': ''}
    code, out, _ = place.nevil('node', 'silence', '--for', '1h30m', '--reason', 'lens', 'arm')
    assert code == 0 and re.fullmatch(
        'arm silenced: alerts are shown and marked, without notifications, until '
        r"\d\d:\d\d:\d\d or 'nevil node silence arm --end'\n", out), out
    assert place.nevil('node', 'silence', '--all', '--for', '2d')[1].endswith(
        "or 'nevil node silence --all --end'\n")
    assert place.nevil('node', 'silence', '--all', '--end') == (
        0, 'robbie no longer silenced: notifications are sent again\n', '')
    code, out, _ = place.nevil('node', 'silence', 'arm', '--for', '10', '--json')
    assert json.loads(out) == {'name': 'arm', 'changed': True, 'note': ''}
    asked = [args for _, args in server.asked]
    assert asked[0] == {'name': 'arm', 'duration_s': 5400.0, 'reason': 'lens'}
    assert (asked[1]['name'], asked[1]['duration_s']) == ('', 172800.0)
    assert asked[2] == {'name': '', 'duration_s': 0.0, 'reason': ''}


@pytest.mark.parametrize(('args', 'error'), [
    (['silence', 'arm'], 'node silence: either --for 10m, for how long, or --end'),
    (['silence', 'arm', '--for', '1m', '--end'],
     'node silence: either --for 10m, for how long, or --end'),
    (['silence', '--for', '1m'], 'node silence: name a node; nevil node list shows them'),
    (['silence', 'arm', '--all', '--end'], 'node silence: either a node or --all'),
    (['silence', 'arm', '--for', '0'],
     "node: argument --for: '0' is not a duration; write 90, 10m or 1h30m; "
     'nevil node --help shows its options'),
    (['ack', '--all'], 'node ack: takes no --all'),
    (['stop', 'arm', '--reason', 'x'], 'node stop: takes no --reason'),
    (['list', '--end'], 'node list: takes no --end')])
def test_what_does_not_go_together_is_refused(
        place: Place, args: list[str], error: str) -> None:
    """An option that would have no effect is a misunderstanding."""
    assert place.nevil('node', *args) == (2, '', f'nevil: {error}\n')


def test_what_a_node_waits_for_is_told_at_once(place: Place, serve: Serve) -> None:
    """It may be what the operator has to change."""
    server = serve(document('ready', node('arm')))

    def answer(_: dict[str, Any]) -> dict[str, Any]:
        server.state('arm', 'waiting', reason='waiting for leg (conflicts)')
        return {'changed': True, 'note': ''}
    server.handlers['start_node'] = answer
    code, _, err = place.nevil('node', 'start', 'arm', '--timeout', '0.3')
    assert code == 1
    assert err.startswith('  arm is waiting for leg (conflicts)\nnevil: arm is not ready after')


def test_files_that_the_system_has_not_read_are_named(place: Place, serve: Serve) -> None:
    """A new topic does not exist for a node that is restarted alone."""
    server = serve(document('ready', node('arm')))
    server.handlers['restart_node'] = lambda _: {'changed': False, 'note': '', 'state': 'ready'}
    file = place.project / 'nodes' / 'arm' / '.messages'
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch()
    code, _, err = place.nevil('node', 'restart', 'arm')
    assert (code, err) == (
        0, '  nodes/arm/.messages changed after the system was started; nevil restart takes that '
        'over\n')
    os.utime(file, (0, 0))
    assert place.nevil('node', 'restart', 'arm')[2] == ''


def test_a_refusal_is_the_supervisors_word(place: Place, serve: Serve) -> None:
    """It knows the nodes."""
    def refuse(_: dict[str, Any]) -> dict[str, Any]:
        raise RuntimeError("there is no node 'amr'; did you mean 'arm'?")
    serve(document('ready')).handlers['stop_node'] = refuse
    assert place.nevil('node', 'stop', 'amr') == (
        1, '', "nevil: there is no node 'amr'; did you mean 'arm'?\n")


def test_operations_need_a_running_system(place: Place) -> None:
    """And say how to get one."""
    assert place.nevil('node', 'stop', 'arm') == (
        1, '', 'nevil: robbie is not running; nevil start starts it\n')


def test_list_works_without_a_running_system(place: Place, arm: Path, serve: Serve) -> None:
    """From the plan; with one, the states are those of the nodes."""
    assert place.nevil('node', 'list') == (0, """\
NODE  STATE        REQUIRES  DESCRIPTION
arm   not running  -         Moves
""", '')
    serve(document('degraded', node('arm', 'failed')))
    code, out, _ = place.nevil('node', 'list', '--json')
    assert (code, json.loads(out)) == (0, [
        {'name': 'arm', 'requires': [], 'description': 'Moves', 'state': 'failed'}])


def test_a_created_node_is_valid(place: Place) -> None:
    """It can be started as it is."""
    code, out, err = place.nevil('node', 'create', 'left_arm')
    assert (code, err) == (0, '')
    assert out == """\
created nodes/left_arm/.nodes
created nodes/left_arm/.messages
created nodes/left_arm/left_arm_node.py
next: edit them, 'nevil validate', 'nevil restart'
"""
    code, out, err = place.nevil('validate', '--strict')
    assert (code, err) == (0, ''), out
    assert place.nevil('node', 'create', 'left_arm') == (
        1, '', f'nevil: {place.project / "nodes" / "left_arm"} already exists; '
        'choose another name, or remove it\n')


@pytest.mark.parametrize('name', ['../x', 'Arm', 'a/b', '9', 'a b', '-'])
def test_a_bad_name_creates_nothing(place: Place, name: str) -> None:
    """A path in a name could write anywhere."""
    code, out, err = place.nevil('node', 'create', '--', name)
    assert (code, out) == (1, '')
    assert err.startswith(f'nevil: {name!r} is not a node name: ')
    assert list((place.project / 'nodes').iterdir()) == []


@pytest.mark.parametrize('name', ['all', 'composed', 'nevil_health', 'system'])
def test_a_name_of_nevils_own_creates_nothing(place: Place, name: str) -> None:
    """`nevil validate` would refuse the whole project for it."""
    assert place.nevil('node', 'create', name) == (
        1, '', f'nevil: {name!r} is a name that Nevil uses itself; take another, for example '
        f'{name}_node\n')
    assert list((place.project / 'nodes').iterdir()) == []
