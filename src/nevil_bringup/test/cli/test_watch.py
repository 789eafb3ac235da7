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
"""The live view of ``nevil status --watch``, on a real terminal."""

from __future__ import annotations

from collections.abc import Callable
import os
import re
import signal
import subprocess
import threading
import time
from typing import Any

from glass import Glass
from place import Place
import pytest
from robot_status import alert
from robot_status import ALERTS
from robot_status import HEALTH
from robot_status import history
from robot_status import unhealthy_nodes
from robot_status import well
from stand_in import document
from stand_in import StandIn

Serve = Callable[[dict[str, Any]], StandIn]

pytestmark = pytest.mark.timeout(60)


def hurt() -> dict[str, Any]:
    """Return the status of a robot in trouble."""
    return document('degraded', *unhealthy_nodes(), health=HEALTH, alerts=ALERTS)


def fine(*names: str) -> dict[str, Any]:
    """Return the status of a robot that is well."""
    return document('ready', *(well(name) for name in names or ('camera', 'arm')))


def test_it_shows_nodes_health_causes_and_alerts(place: Place, serve: Serve) -> None:
    """All of what is wrong, on one screen, with the past of CPU and memory."""
    server = serve(hurt())
    server.handlers['history'] = lambda _: history([0.0, 50.0, None, 100.0])
    with Glass(place, 'status', '--watch', columns=120) as glass:
        text = glass.shows('\u2581\u2585 \u2588')
    for line in (
            r'^robbie: unhealthy, 1 of 4 nodes ready, up 5m 12s$',
            r'^nodes: CPU 131 %, memory 800 MB; machine: CPU 41 %, memory 52 %$',
            r'^  camera: killed by SIGKILL$',
            r'^  camera +backoff +- +2 .* unhealthy: killed by SIGKILL',
            r'^  vision +paused .* paused by camera$',
            r'^  ears +ready \(held\) .* degraded: CPU 96 % of a core$',
            r'^Alerts: 2, and 2 that follow$',
            r'^  critical  camera  12 s  killed by SIGKILL \[acknowledged: ordered; 2 restarts; ',
            r'^q quit  up/down choose a node  w why$'):
        assert re.search(line, text, re.MULTILINE), f'{line}\n{text}'
    assert ('history', {'names': ['camera', 'vision', 'brain', 'ears']}) in server.asked


def test_what_happens_is_seen_at_once(place: Place, serve: Serve) -> None:
    """Not only after the interval: an event is a reason to look."""
    server = serve(fine())
    with Glass(place, 'status', '--watch', '--interval', '3600') as glass:
        glass.shows('robbie: ready')
        server.status = hurt()
        server.send({'event': 'alert', 'kind': 'firing', 'loud': True,
                     'alert': alert('z9', 'arm', 'error', 'no heartbeat for 31 s')})
        text = glass.shows('robbie: unhealthy')
        assert re.search(r'^\d\d:\d\d:\d\d  alert firing: arm: no heartbeat for 31 s$', text,
                         re.MULTILINE), text
        server.state('camera', 'backoff', reason='exit status 1')
        glass.shows('camera: backoff (exit status 1)')


@pytest.mark.parametrize(('end', 'status'), [
    ('q', 0), ('\x03', 130), ('\x1c', 131), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_the_terminal_is_given_back(
        place: Place, serve: Serve, end: str | signal.Signals, status: int) -> None:
    """However it ends: echo, line editing, cursor, wrapping and what was shown before."""
    serve(fine())
    with Glass(place, 'status', '--watch') as glass:
        glass.shows('robbie: ready')
        assert not glass.restored
        if isinstance(end, str):
            glass.press(end)
        else:
            glass.process.send_signal(end)
        assert glass.ends() == status
        assert glass.restored and glass.raw.endswith(b'\x1b[?1049l')


@pytest.mark.parametrize('broken', ['loop.frame', 'feed._news_of'])
def test_an_error_of_its_own_gives_the_terminal_back_too(
        place: Place, serve: Serve, broken: str) -> None:
    """And is told in one line below, whichever thread it was in."""
    module, name = broken.split('.')
    (place.root / 'sitecustomize.py').write_text(
        f'import nevil_bringup.cli.watch.{module} as m\n'
        f'def boom(*_): raise KeyError("nodes")\nm.{name} = boom\n')
    server = serve(fine())
    with Glass(place, 'status', '--watch',
               PYTHONPATH=f'{place.root}:{os.environ["PYTHONPATH"]}') as glass:
        if module == 'feed':
            server.wait_for('history')
            server.state('camera', 'backoff')
        assert glass.ends() == 1
        assert glass.restored
        assert b"nevil: internal error: KeyError: 'nodes'; NEVIL_DEBUG=1 shows where" in glass.raw


def test_ctrl_z_leaves_the_terminal_to_the_shell(place: Place, serve: Serve) -> None:
    """And the view comes back with the job."""
    serve(fine())
    with Glass(place, 'status', '--watch') as glass:
        glass.shows('robbie: ready')
        # Its own session has no shell to wake it, so the kernel does not stop it for Ctrl-Z.
        glass.press('\x1a')
        glass.until(lambda: b'\x1b[?1049l' in glass.raw)
        glass.until(lambda: glass.raw.count(b'\x1b[?1049h') == 2 and not glass.restored)
        os.kill(glass.process.pid, signal.SIGSTOP)
        os.kill(glass.process.pid, signal.SIGCONT)
        glass.until(lambda: glass.raw.count(b'\x1b[?1049h') == 3)
        glass.press('q')
        assert glass.ends() == 0 and glass.restored


def test_it_fits_any_size(place: Place, serve: Serve) -> None:
    """A window that changes is filled again, and nothing is wrapped."""
    serve(hurt())
    with Glass(place, 'status', '--watch', columns=200, lines=40) as glass:
        glass.shows('again in 3.2 s')
        for columns, lines in ((40, 10), (20, 5), (5, 2), (1, 1), (120, 30)):
            glass.resize(columns, lines)
            glass.until(lambda: 0 < len(glass.text.splitlines()) <= lines and max(
                map(len, glass.text.splitlines())) <= columns)
        assert 'q quit' in glass.shows('Alerts')


def test_it_outlives_the_supervisor(place: Place, serve: Serve) -> None:
    """And shows the next one without a key."""
    server = serve(fine())
    with Glass(place, 'status', '--watch', '--interval', '0.2') as glass:
        glass.shows('robbie: ready')
        server.send({'event': 'ended', 'status': 0})
        server.close()
        assert 'nevil start' in glass.shows('robbie: not running, stopped 0 s ago')
        serve(hurt())
        assert 'stopped' not in glass.shows('robbie: unhealthy', never='not running').partition(
            'Nevil stopped')[0]


def test_a_supervisor_that_hangs_holds_up_no_key(place: Place, serve: Serve) -> None:
    """The user can always leave, and sees that what is shown is old."""
    server = serve(fine())
    release = threading.Event()
    with Glass(place, 'status', '--watch', '--interval', '0.2') as glass:
        glass.shows('robbie: ready')
        server.handlers['status'] = lambda _: {} if release.wait(30) else {}
        assert 'camera' in glass.shows('robbie: unknown, no answer from the supervisor')
        glass.press('q')
        asked_at = time.monotonic()
        assert glass.ends() == 0
        assert time.monotonic() - asked_at < 1.5
        release.set()


def test_keys_choose_a_node_and_tell_why(place: Place, serve: Serve) -> None:
    """From the list to the cause with two keys."""
    server = serve(fine('camera', 'arm', 'leg'))
    server.handlers['why'] = lambda args: {
        'node': args['name'], 'state': 'ready', 'level': 'healthy', 'since_s': 3.0, 'steps': [
            {'age_s': 3.0, 'at': time.time() - 3, 'node': args['name'], 'what': 'was restarted',
             'detail': ''}]}
    with Glass(place, 'status', '--watch', '--interval', '0.2') as glass:
        glass.shows('robbie: ready')
        glass.press('\x1b[B\x1bOB')
        glass.shows('> arm')
        glass.press('w')
        glass.shows('arm: was restarted')
        glass.press('k')
        glass.shows('camera: was restarted')
        glass.press('\x1b')
        glass.shows('> camera', never='was restarted')
        glass.press('\x1b')
        glass.shows('leg', never='>')
        glass.press('\x1b[A')
        glass.shows('> leg')
    assert {'name': 'arm'} in [args for verb, args in server.asked if verb == 'why']


def test_a_restart_is_asked_for_twice(place: Place, serve: Serve) -> None:
    """One wrong key must not stop a moving robot."""
    server = serve(fine())

    def refuse(_: dict[str, Any]) -> dict[str, Any]:
        raise RuntimeError('the system is stopping')
    server.handlers['restart_node'] = lambda _: {'changed': True, 'note': ''}
    with Glass(place, 'status', '--watch', '--interval', '0.2') as glass:
        glass.shows('robbie: ready')
        glass.press('rj')
        glass.shows('r restart camera')
        glass.press('rn')
        glass.shows('r restart camera', never='y/n')
        glass.press('r')
        glass.shows('restart camera? y/n')
        glass.press('y')
        glass.shows('restarting camera')
        server.handlers['restart_node'] = refuse
        glass.press('ry')
        glass.shows('the system is stopping')
    assert [args for verb, args in server.asked if verb == 'restart_node'] == [
        {'name': 'camera'}, {'name': 'camera'}]


def test_many_nodes_scroll_with_the_choice(place: Place, serve: Serve) -> None:
    """The chosen one is always to be seen, and how many there are."""
    serve(fine(*(f'node_{number:02}' for number in range(50))))
    with Glass(place, 'status', '--watch', lines=12) as glass:
        assert 'node_00' in glass.shows(' of 50')
        glass.press('\x1b[4~')
        glass.shows('> node_49')
        glass.press('\x1b[5~')
        glass.shows('> node_39')
        glass.press('\x1b[1~')
        glass.shows('> node_00')


def test_only_what_has_changed_is_drawn(place: Place, serve: Serve) -> None:
    """No flicker, and little to carry over a slow line."""
    server = serve(fine('camera', 'arm'))
    with Glass(place, 'status', '--watch', '--interval', '0.2') as glass:
        glass.shows('camera')
        drawn = len(glass.raw)
        server.status = {**fine('camera', 'arm'), 'uptime_s': 313.0}
        glass.shows('up 5m 13s')
        assert b'camera' not in glass.raw[drawn:] and b'\x1b[J' not in glass.raw[drawn:]


def test_colours_and_letters_as_the_terminal_has_them(place: Place, serve: Serve) -> None:
    """NO_COLOR is respected; where there is no UTF-8, sparklines are ASCII."""
    server = serve(hurt())
    server.handlers['history'] = lambda _: history([0.0, 50.0, 100.0])
    with Glass(place, 'status', '--watch', NO_COLOR='1', LC_ALL='C') as glass:
        glass.shows('_=#')
        assert glass.raw.isascii() and not re.search(rb'\x1b\[[0-9;]+m', glass.raw)
    with Glass(place, 'status', '--watch', LC_ALL='C.UTF-8') as glass:
        glass.shows('\u2588')
        assert b'\x1b[31munhealthy' in glass.raw


def test_without_a_keyboard_it_only_shows(place: Place, serve: Serve) -> None:
    """Standard input may be anything."""
    serve(fine())
    with Glass(place, 'status', '--watch', keyboard=False) as glass:
        assert 'q quit' not in glass.shows('camera')
        glass.process.send_signal(signal.SIGINT)
        assert glass.ends() == 130 and glass.restored


def test_what_a_node_says_cannot_steer_the_terminal(place: Place, serve: Serve) -> None:
    """Texts of alerts and causes come from anywhere."""
    evil = 'bad\x1b[2J\x07\u202e\nnews'
    serve(document('ready', well('camera', health='degraded', cause=evil),
                   health={'level': 'degraded', 'causes': [evil]},
                   alerts=[alert('a1', 'camera', 'error', evil)]))
    with Glass(place, 'status', '--watch') as glass:
        glass.shows('error  camera')
        assert b'\x1b[2J' not in glass.raw and b'\x07' not in glass.raw
        assert '\u202e' not in glass.text
    out = place.nevil('status')[1] + place.nevil('alerts')[1]
    assert '\x1b' not in out and '\x07' not in out and '\u202e' not in out


def test_dumb_terminals_and_pipes_get_one_table_after_the_other(
        place: Place, serve: Serve) -> None:
    """Without a single escape sequence."""
    serve(hurt())
    with Glass(place, 'status', '--watch', '--interval', '0.1', TERM='dumb') as glass:
        glass.until(lambda: glass.raw.count(b'robbie: unhealthy') > 2)
        assert b'\x1b' not in glass.raw
    process = place.begin('status', '--watch', '--json', '--interval', '0.1',
                          stderr=subprocess.DEVNULL)
    assert process.stdout is not None
    assert all(process.stdout.readline().startswith('{"project": "robbie"') for _ in range(3))
