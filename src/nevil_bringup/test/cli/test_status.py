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

"""``nevil status``."""

from __future__ import annotations

from collections.abc import Callable
import fcntl
import json
import os
import pty
import signal
import subprocess
import sys
import threading
import time
from typing import Any

from nevil_nodes.logs import format_record
from nevil_nodes.logs import Record
from place import Place
import pytest
from robot_status import alert
from robot_status import ALERTS
from robot_status import HEALTH
from robot_status import unhealthy_nodes
from robot_status import well
from stand_in import document
from stand_in import node
from stand_in import StandIn

Serve = Callable[[dict[str, Any]], StandIn]

FORBIDDEN = {'rclpy', 'launch', 'yaml', 'asyncio', 'dataclasses', 'psutil', 'subprocess',
             'logging', 'nevil_nodes', 'nevil_health', 'nevil_msggen'}


def test_table_shows_every_node_and_why_it_is_not_ready(place: Place, serve: Serve) -> None:
    """What a user looks at first."""
    serve(document(
        'degraded', node('camera', restarts=2), node('microphone', muted=True),
        node('arm', 'backoff', restarts=3, reason='exit status 1, again in 3.2 s'),
        node('brain', 'paused', paused_by='arm')))
    code, out, err = place.nevil('status')
    assert (code, err) == (1, '')
    assert out == """\
robbie: degraded, 2 of 4 nodes ready, up 5m 12s, supervisor pid 4242

NODE        STATE           PID  UPTIME  RESTARTS  CPU %  MEMORY MB  WHY
camera      ready          4243  5m 11s         2    1.2       41.3
microphone  ready (muted)  4243  5m 11s         0    1.2       41.3
arm         backoff           -       -         3      -          -  exit status 1, again in 3.2 s
brain       paused            -       -         0      -          -  paused by arm

Logs: camera 12.3 kB
LogScope: not running; 'nevil monitor' opens it
"""


def test_health_alerts_and_root_causes_are_shown(place: Place, serve: Serve) -> None:
    """One root cause first, who suffers from it, and what the operator knows already."""
    serve(document('degraded', *unhealthy_nodes(), well('arm', 'stopped', health='unknown'),
                   health=HEALTH, alerts=ALERTS))
    code, out, err = place.nevil('status')
    assert (code, err) == (1, '')
    assert out == """\
robbie: unhealthy, 1 of 4 nodes ready, 1 stopped, up 5m 12s, supervisor pid 4242
  camera: killed by SIGKILL
  ears: CPU 96 %

NODE    STATE         HEALTH                         PID  UPTIME  RESTARTS  CPU %  MEMORY MB  WHY
camera  backoff       unhealthy                        -       -         2      -          -  \
killed by SIGKILL, again in 3.2 s
vision  paused        healthy                          -       -         0      -          -  \
paused by camera
brain   paused        healthy                          -       -         0      -          -  \
paused by vision (root cause: camera)
ears    ready (held)  degraded: CPU 96 % of a core  4243  5m 11s         0    1.2       41.3
arm     stopped       -                                -       -         0      -          -

Alerts: 2, and 2 that follow; 'nevil alerts' lists all, 'nevil why NODE' explains a node
  critical  camera  12 s  killed by SIGKILL [acknowledged: ordered; 2 restarts; brain and vision \
suffer from it]
  warning   ears    12 s  CPU 96 % [silenced: test drive; flapping; 3 times]

Logs: camera 12.3 kB
LogScope: not running; 'nevil monitor' opens it
"""


def test_many_alerts_and_causes_are_counted(place: Place, serve: Serve) -> None:
    """The node table must stay on the screen."""
    serve(document('degraded', *unhealthy_nodes(), health={
        'level': 'degraded', 'causes': [f'cause {number}' for number in range(9)]},
        alerts=[alert(f'a{number}', 'ears', 'warning', 'x') for number in range(12)]))
    _, out, _ = place.nevil('status')
    assert '  cause 2\n  and 6 more\n\nNODE' in out
    assert out.count('  warning  ears') == 5 and '\n  and 7 more\n' in out


@pytest.mark.parametrize(('paused_by', 'root', 'expected'), [
    (['operator'], 'arm', 'paused by the operator'), ('camera', '', 'paused by camera'),
    (['a', 'b'], 'c', 'paused by a, b (root cause: c)')])
def test_a_paused_node_names_who_pauses_it(
        place: Place, serve: Serve, paused_by: Any, root: str, expected: str) -> None:
    """An operator has to know where to look."""
    serve(document('degraded', well('arm', 'paused', paused_by=paused_by, root=root)))
    assert f'  {expected}\n' in place.nevil('status')[1]


@pytest.mark.parametrize(('level', 'state', 'shown', 'expected'), [
    ('healthy', 'ready', 'ready', 0), ('degraded', 'ready', 'degraded', 0),
    ('unhealthy', 'ready', 'unhealthy', 1), ('unhealthy', 'degraded', 'unhealthy', 1),
    ('unhealthy', 'starting', 'starting', 1), ('degraded', 'stopping', 'stopping', 1)])
def test_health_counts_where_the_nodes_are_ready(
        place: Place, serve: Serve, level: str, state: str, shown: str, expected: int) -> None:
    """A robot that is degraded for its machine alone is shown so, and still works."""
    serve(document(state, well('arm'), health={'level': level, 'causes': []}))
    code, out, _ = place.nevil('status')
    assert code == expected and out.startswith(f'robbie: {shown}, ')


@pytest.mark.parametrize('level', ['degraded', 'unhealthy'])
def test_exit_code_tells_of_a_node_that_is_not_well(
        place: Place, serve: Serve, level: str) -> None:
    """A ready node that is over its limits is a failure for a service manager."""
    serve(document('ready', well('arm', health=level), health={'level': 'degraded'}))
    assert place.nevil('status')[0] == 1


@pytest.mark.parametrize(('state', 'expected'), [('ready', 0), ('degraded', 1), ('starting', 1),
                                                 ('stopping', 1)])
def test_exit_code_tells_the_state(
        place: Place, serve: Serve, state: str, expected: int) -> None:
    """Scripts and service managers read the code, not the table."""
    serve(document(state, node('camera')))
    assert place.nevil('status')[0] == expected


def test_json_is_the_document(place: Place, serve: Serve) -> None:
    """Programs get all of it, also keys that are added later."""
    status = document('ready', node('camera'), later='added')
    serve(status)
    code, out, _ = place.nevil('status', '--json')
    assert (code, json.loads(out)) == (0, status)


def test_not_running_is_three(place: Place) -> None:
    """As LSB has it; the logs of the last run are still named."""
    (place.project / 'logs').mkdir()
    (place.project / 'logs' / 'system.log').write_bytes(b'x' * 2_500_000)
    assert place.nevil('status') == (
        3, 'robbie: not running\n\nLogs: system 2.5 MB\nLogScope: not running; '
        "'nevil monitor' opens it\n", '')
    code, out, _ = place.nevil('status', '--json')
    assert code == 3
    assert json.loads(out) == {
        'project': 'robbie', 'directory': str(place.project), 'state': 'stopped', 'nodes': [],
        'alerts': [], 'logscope': {'running': False, 'pid': None},
        'logs': [{'name': 'system', 'path': str(place.project / 'logs' / 'system.log'),
                  'bytes': 2_500_000}]}


def test_a_supervisor_that_does_not_answer_is_unknown(place: Place, serve: Serve) -> None:
    """Neither running nor stopped can be claimed."""
    release = threading.Event()
    server = serve(document('ready'))
    server.handlers['status'] = lambda _: {} if release.wait(30) else {}
    assert place.nevil('status') == (4, '', 'nevil: no answer from the supervisor within 2 s\n')
    code, out, _ = place.nevil('status', '--json')
    assert (code, json.loads(out)['state']) == (4, 'unknown')
    release.set()


def test_a_held_lock_without_a_socket_is_unknown(place: Place) -> None:
    """A supervisor that has not begun to listen, or whose socket was removed."""
    place.paths.runtime.mkdir(parents=True)
    with open(place.paths.lock, 'w') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        code, out, err = place.nevil('status')
    assert (code, out) == (4, '')
    assert err.startswith(f'nevil: {place.project} has a supervisor that does not listen: '
                          f'pid {os.getpid()} of user ')


def test_watch_shows_changes_and_ends_with_ctrl_c(place: Place, serve: Serve) -> None:
    """It goes on over the death of the system, and leaves no traceback behind."""
    server = serve(document('starting', node('camera', 'starting')))
    process = place.begin('status', '--watch')
    assert process.stdout is not None
    assert process.stdout.readline() == (
        'robbie: starting, 0 of 1 nodes ready, up 5m 12s, supervisor pid 4242\n')
    server.close()
    for line in process.stdout:
        if line == 'robbie: not running\n':
            break
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (130, '')


def _on_terminal(place: Place, *args: str, **environ: str) -> bytes:
    """Return what the command writes to a terminal."""
    ours, theirs = pty.openpty()
    process = place.begin(*args, stdout=theirs, stderr=theirs,
                          env={**place.environ, 'TERM': 'xterm', **environ})
    os.close(theirs)
    data = b''
    try:
        while chunk := os.read(ours, 4096):
            data += chunk
    except OSError:
        pass  # the other end is closed
    os.close(ours)
    process.wait(20)
    return data


def test_colours_only_on_a_terminal_that_wants_them(place: Place, serve: Serve) -> None:
    """NO_COLOR and dumb terminals are respected."""
    serve(document('ready', node('camera')))
    assert b'\x1b[32mready' in _on_terminal(place, 'status')
    assert b'\x1b' not in _on_terminal(place, 'status', NO_COLOR='1')
    assert b'\x1b' not in _on_terminal(place, 'status', TERM='dumb')
    assert '\x1b' not in place.nevil('status')[1]


def test_only_what_is_light_is_imported(place: Place, serve: Serve) -> None:
    """Status must answer in under 100 ms, most of which is Python's own start."""
    serve(document('ready', node('camera')))
    script = ('import sys; before = set(sys.modules)\n'
              'from nevil_bringup.cli.main import main; main(["status"])\n'
              'print(sorted(set(sys.modules) - before), file=sys.stderr)')
    result = subprocess.run([sys.executable, '-c', script], env=place.environ, text=True,
                            capture_output=True, check=True)
    loaded = {name.partition('.')[0] for name in eval(result.stderr)
              if not name.startswith('nevil_health.control.')} - {'nevil_health'}
    assert not loaded & FORBIDDEN


def said(place: Place, name: str, text: str) -> None:
    """Write an error into the log of a node."""
    place.paths.logs.mkdir(parents=True, exist_ok=True)
    (place.paths.logs / f'{name}.log').write_text(format_record(
        Record(time.time_ns(), 'CRITICAL', name, '', f'cannot start\nTraceback (most recent '
               f'call last):\n{text}')) + '\n')


def test_what_a_failed_node_said_stands_beside_its_end(place: Place, serve: Serve) -> None:
    """'exit 1' says nothing; a missing device does."""
    missing = "FileNotFoundError: [Errno 2] No such file or directory: '/dev/ttyUSB0'"
    said(place, 'driver', missing)
    serve(document('degraded', node('driver', 'backoff', reason='exit 1, restart 1 of 5'),
                   node('arm')))
    code, out, _ = place.nevil('status')
    assert code == 1 and f'exit 1, restart 1 of 5: {missing}\n' in out
    nodes = json.loads(place.nevil('status', '--json')[1])['nodes']
    assert [one.get('last_error') for one in nodes] == [missing, None]


@pytest.mark.parametrize('text', ['  File "a.py", line 1\nRCLError: no peer\n, at rcl.c:7',
                                  'KeyError: 1\n\nDuring\n\nTraceback (most recent call last):\n'
                                  '  File "a.py", line 1\nRCLError: no peer'])
def test_the_exception_is_told_not_what_its_message_ends_with(
        place: Place, serve: Serve, text: str) -> None:
    """A message of rcl has lines that name its own source."""
    said(place, 'driver', text)
    serve(document('degraded', node('driver', 'backoff', reason='exit 1')))
    nodes = json.loads(place.nevil('status', '--json')[1])['nodes']
    assert nodes[0]['last_error'] == 'RCLError: no peer'


def test_the_reference_robot_is_named_where_no_project_is(place: Place) -> None:
    """Its state must not be taken for that of the user's own robot."""
    del place.environ['NEVIL_PROJECT']
    assert place.nevil('status')[2] == 'no project here: this is the reference robot\n'
    assert place.nevil('status', '--json')[2] == ''
    assert place.nevil('status', cwd=place.project)[2] == ''
