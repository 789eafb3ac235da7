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

"""The command line, the real supervisor and the reference robot's nodes: start to stop."""

from __future__ import annotations

from collections.abc import Iterator
import json
import os
from pathlib import Path
import re
import shutil
import signal
from typing import Any

from glass import Glass
from nevil_bringup.project import reference_robot
from nevil_bringup.spawner.sweep import runs_of
from place import Place
import pytest
from quality.waiting import wait_for

pytestmark = pytest.mark.timeout(180)

NODES = {'speech_recognition', 'ai_cognition', 'speech_synthesis'}


@pytest.fixture
def robot(place: Place, domain: int) -> Iterator[Place]:
    """Return a copy of the reference robot under its own name, so that its logs are here too."""
    reference = reference_robot()
    assert reference is not None
    place.project = place.root / 'nevil_bringup' / 'robots' / 'nevil'
    shutil.copytree(reference, place.project, ignore=shutil.ignore_patterns('logs'))
    place.environ.update(NEVIL_PROJECT=str(place.project), ROS_DOMAIN_ID=str(domain),
                         ROS_AUTOMATIC_DISCOVERY_RANGE='LOCALHOST')
    yield place
    place.nevil('stop')


def status(robot: Place) -> dict[str, Any]:
    """Return the status document."""
    document = json.loads(robot.nevil('status', '--json')[1])
    assert isinstance(document, dict)
    return document


def test_start_status_logs_say_stop(robot: Place) -> None:
    """The newcomer's first minute, without the building."""
    code, out, err = robot.nevil('start')
    assert (code, err) == (0, ''), out + err
    for name in NODES:
        assert re.search(rf'^ +\d+\.\d\d s  ready     {name}  pid \d+$', out, re.MULTILINE), out
    assert re.search(r'^nevil is ready: 3 nodes, \d+\.\d\d s$', out, re.MULTILINE)

    code, out, _ = robot.nevil('status')
    # It may be degraded by the load of the machine that runs the tests.
    assert code == 0 and re.match('nevil: (ready|degraded), 3 of 3 nodes ready', out), out
    pids = {node['name']: node['pid'] for node in status(robot)['nodes']}
    assert set(pids) == NODES and all(Path(f'/proc/{pid}').exists() for pid in pids.values())

    assert robot.nevil('start')[0] == 0
    assert {node['name']: node['pid'] for node in status(robot)['nodes']} == pids

    del robot.environ['ROS_DOMAIN_ID']  # another terminal
    assert robot.nevil('say', 'hello robot') == (0, 'hello robot\n', '')
    assert 'says: hello robot' in robot.nevil('logs', 'speech_synthesis')[1]

    code, out, err = robot.nevil('node', 'restart', 'speech_recognition')
    assert (code, out, err) == (0, 'speech_recognition restarted\n', '')
    again = {node['name']: node['pid'] for node in status(robot)['nodes']}
    assert again['speech_recognition'] != pids['speech_recognition']
    assert again['ai_cognition'] == pids['ai_cognition']

    code, out, err = robot.nevil('stop')
    assert (code, err) == (0, '') and re.fullmatch(r'nevil stopped in \d+\.\d s\n', out)
    assert robot.nevil('status')[0] == 3
    assert runs_of(robot.paths.project) == set()
    assert not any(Path(f'/proc/{pid}').exists() for pid in again.values())


def test_a_held_node_that_dies_is_explained(robot: Place) -> None:
    """What an operator does who works on a node, and what he is told meanwhile."""
    assert robot.nevil('start')[0] == 0
    assert robot.nevil('node', 'hold', 'ai_cognition')[1].endswith(
        "held: recovery is suspended until 'nevil node release ai_cognition'\n")
    os.kill(states(robot)['ai_cognition']['pid'], signal.SIGKILL)
    wait_for(lambda: states(robot)['speech_recognition']['state'] == 'paused')
    wait_for(lambda: 'crash record' in robot.nevil('why', 'ai_cognition')[1])
    code, out, err = robot.nevil('why', 'speech_recognition')
    assert (code, err) == (0, '')
    assert re.search(r'^ +\d+ s ago +[\d:]+ +`- ai_cognition: .*killed by SIGKILL.*  '
                     '<- root cause$', out, re.MULTILINE), out
    assert 'nevil node release ai_cognition' in out
    assert alerts_of(robot, 'ai_cognition') == []  # who holds it knows
    with Glass(robot, 'status', '--watch', columns=120) as glass:
        glass.shows('ended while held')
        glass.press('q')
        assert glass.ends() == 0
    assert robot.nevil('node', 'release', 'ai_cognition')[0] == 0
    wait_for(lambda: {node['state'] for node in states(robot).values()} == {'ready'})
    record = re.search('newest crash record: (.*)', robot.nevil('logs', 'ai_cognition')[2])
    assert record and 'killed by SIGKILL' in Path(record[1]).read_text()


def test_an_alert_is_acknowledged(robot: Place) -> None:
    """Somebody sees to it: the next who looks is told so, and what he said."""
    assert robot.nevil('start')[0] == 0
    os.kill(states(robot)['ai_cognition']['pid'], signal.SIGKILL)
    wait_for(lambda: alerts_of(robot, 'ai_cognition'))
    alert, = alerts_of(robot, 'ai_cognition')
    assert (alert['signal'], alert['severity']) == ('process', 'error')
    assert robot.nevil('node', 'ack', alert['id'], '--reason', 'lens')[0] == 0
    assert '[acknowledged: lens' in robot.nevil('alerts')[1]


def alerts_of(robot: Place, name: str) -> Any:
    """Return the alerts of a node."""
    return json.loads(robot.nevil('alerts', name, '--json')[1])


def states(robot: Place) -> dict[str, Any]:
    """Return the nodes of the status document by name."""
    return {node['name']: node for node in status(robot)['nodes']}


def test_foreground_shows_logs_and_ctrl_c_stops(robot: Place) -> None:
    """Attached: everything on one terminal, an ordered end."""
    process = robot.begin('start', '--foreground')
    assert process.stderr is not None and process.stdout is not None
    assert process.stderr.readline() == 'nevil: nevil is ready; Ctrl-C stops it\n'
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err == 'nevil: stopping nevil; press Ctrl-C again to hurry\n'
    assert '[speech_synthesis]' in out and 'nevil ended, status 0' in out
    times = [line[1:33] for line in out.splitlines() if line.startswith('[2')]
    assert times == sorted(times)
    assert robot.nevil('status')[0] == 3
    assert runs_of(robot.paths.project) == set()


def test_the_death_of_the_attached_command_line_ends_the_system(robot: Place) -> None:
    """A closed terminal or a SIGKILL must not leave a robot running that nobody sees."""
    process = robot.begin('start', '--foreground')
    assert process.stderr is not None
    assert process.stderr.readline() == 'nevil: nevil is ready; Ctrl-C stops it\n'
    os.kill(process.pid, signal.SIGKILL)
    wait_for(lambda: robot.nevil('status')[0] == 3)
    assert runs_of(robot.paths.project) == set()


def test_two_starts_at_once_have_one_winner(robot: Place) -> None:
    """The other one says so, and both return when the robot is ready."""
    starts = [robot.begin('start') for _ in range(2)]
    outs = [process.communicate(timeout=90)[0] for process in starts]
    assert [process.returncode for process in starts] == [0, 0], outs
    assert sum('is already running' in out for out in outs) == 1, outs
