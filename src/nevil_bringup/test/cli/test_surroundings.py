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

"""Every verb, where streams are closed, folders gone, locales poor and texts malicious."""

from __future__ import annotations

from collections.abc import Callable
import json
import os
from pathlib import Path
import re
import subprocess
import sys
from typing import Any

from place import Place
import pytest
from stand_in import document
from stand_in import node
from stand_in import StandIn

# What is printed of others: an umlaut, a sequence that clears the screen, the same in C1, NUL.
TEXT = 'Gerät \x1b[2J\x9b2J\x00 fehlt'
VERBS: dict[str, int] = {
    'help': 0, 'version': 0, 'validate': 1, 'status': 1, 'status --json': 1, 'why': 0,
    'why camera': 0, 'alerts': 0, 'logs': 0, 'logs --json': 0, 'logs nö': 1, 'node list': 1,
    'node stop camera': 1, 'node create Ü': 1, 'stop': 1, 'start': 1, 'launch nö.py': 1,
    'service status': 4, 'init Ü': 1, 'statüs': 2}
LOG = (b'\xef\xbb\xbf[2026-11-30 10:00:00.000000+00:00] [INFO] [camera] [-] first\n'
       b'[9999-12-31 23:59:59.999999+00:00] [INFO] [camera] [-] late\n'
       b'[2026-11-30 10:00:01.000000+00:00] [ERROR] [camera] [-] '
       b'b\xfcse \x00 \x1b[2J \xc2\x9b2J\n')
SITUATIONS: dict[str, dict[str, Any]] = {
    'no output': {'closed': (1,)}, 'no errors': {'closed': (2,)},
    'no streams': {'closed': (0, 1, 2)}, 'C': {'env': {'LC_ALL': 'C'}},
    'ASCII': {'env': {'LC_ALL': 'C', 'PYTHONIOENCODING': 'ascii', 'PYTHONUTF8': '0'}},
    'POSIX without UTF-8': {
        'env': {'LC_ALL': 'POSIX', 'PYTHONCOERCECLOCALE': '0', 'PYTHONUTF8': '0'}},
    'folder gone': {'gone': True},
    'home that cannot be written': {'env': {'HOME': '/proc'}},
}


def refuse(_: dict[str, Any]) -> dict[str, Any]:
    """Refuse as a supervisor does."""
    raise ValueError(TEXT)


@pytest.fixture
def robot(place: Place, serve: Callable[[dict[str, Any]], StandIn]) -> Place:
    """Return a robot of which all that can be printed has characters of every kind."""
    nodes = place.project / 'nodes' / 'camera'
    nodes.mkdir()
    (nodes / '.nodes').write_text(f'node_name: camera\ndescription: {json.dumps(TEXT)}\nbäd: 1\n')
    (nodes / '.messages').write_text(f'node_name: {json.dumps(TEXT)}\n')
    (place.project / 'logs').mkdir()
    (place.project / 'logs' / 'camera.log').write_bytes(LOG)
    alert = {'id': 'a1', 'node': 'camera', 'signal': 'heartbeat', 'severity': 'error', 'age': 3.0,
             'state': 'firing', 'text': TEXT, 'root': '', 'count': 1, 'acknowledged': TEXT}
    server = serve(document('degraded', node('camera', 'failed', reason=TEXT), alerts=[alert],
                            project=TEXT))
    step = {'at': 1.0, 'age_s': 2.0, 'node': 'camera', 'what': TEXT, 'detail': TEXT}
    server.handlers['why'] = lambda request: {
        'node': request.get('name') or '', 'state': 'failed', 'level': '', 'steps': [step]}
    server.handlers['alerts'] = lambda _: {'alerts': [alert]}
    for verb in ('stop', 'node_stop', 'subscribe'):
        server.handlers[verb] = refuse
    return place


def run_all(place: Place, *, closed: tuple[int, ...] = (), gone: bool = False,
            env: dict[str, str | None] | None = None) -> tuple[list[int], str]:
    """Run every verb, and return the exit codes and what all of them printed."""
    environ = {**place.environ, **(env or {})}
    folder = place.root / 'gone'
    folder.mkdir(exist_ok=True)

    def prepare() -> None:
        if gone:
            folder.rmdir()
        for number in closed:
            os.close(number)

    read, write = os.pipe()
    with os.fdopen(read) as answers:
        process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name('every_verb.py')), str(write),
             *VERBS],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env={name: value for name, value in environ.items() if value is not None},
            cwd=folder if gone else place.root, preexec_fn=prepare, pass_fds=(write,))
        os.close(write)
        printed, _ = process.communicate(timeout=120)
        return json.loads(answers.read() or '[]'), printed.decode('utf-8', 'backslashreplace')


@pytest.mark.parametrize('situation', SITUATIONS)
def test_every_verb_works_everywhere(robot: Place, situation: str) -> None:
    """No traceback, no bare errno; nothing that is printed steers the terminal."""
    codes, printed = run_all(robot, **SITUATIONS[situation])
    expected = list(VERBS.values())
    assert dict(zip(VERBS, codes)) == dict(zip(VERBS, expected)), printed
    assert not re.search('Traceback|internal error|Errno|Exception ignored', printed), printed
    assert not re.search('[\x00-\x08\x0b-\x1f\x7f-\x9f]', printed), printed


@pytest.mark.parametrize(('text', 'shown'), [
    ('\x1b[31mfailed\x1b[0m\tnö\n', '\x1b[31mfailed\x1b[0m\tnö\n'),
    ('\x1b[8mhidden', '\ufffd[8mhidden'), ('a\x1b[2J\x9b2Jb', 'a\ufffd[2J\ufffd2Jb'),
    ('\r\x07\x7f', 3 * '\ufffd'),
    ('\x1b]0;title\x07', '\ufffd]0;title\ufffd')])
def test_a_terminal_gets_colours_and_nothing_else(text: str, shown: str) -> None:
    """The same stream as above, on a terminal: what paint() writes passes."""
    ours, theirs = os.openpty()
    code = ('import sys; from nevil_bringup.printing.streams import guard_streams;'
            'guard_streams(); sys.stdout.write(sys.argv[1])')
    try:
        subprocess.run([sys.executable, '-c', f'import tty; tty.setraw(1); {code}', text],
                       stdout=theirs, check=True, timeout=60,
                       env={**os.environ, 'TERM': 'xterm', 'NO_COLOR': ''})
        assert os.read(ours, 1000).decode() == shown
    finally:
        os.close(ours)
        os.close(theirs)


def test_a_closed_stream_gives_no_file_its_number() -> None:
    """A log file at number 1 would get all that is printed."""
    code = ('import os; from nevil_bringup.printing.streams import open_missing_streams;'
            'open_missing_streams(); print("lost");'
            'os._exit(10 + os.open("/dev/zero", os.O_RDONLY))')
    done = subprocess.run([sys.executable, '-c', code], timeout=60,
                          preexec_fn=lambda: os.closerange(0, 3))
    assert done.returncode == 13
