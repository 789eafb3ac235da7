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

"""
Take pictures of LogScope's window with made-up logs of a robot.

    python src/nevil_logscope/screenshots.py FOLDER

writes ``logscope-dark.png`` and ``logscope-light.png``, on the display there is, else on one of
its own (Xvfb).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
import os
from pathlib import Path
import random
import subprocess
import sys
import time
from typing import Any

_SIZE = (1280, 800)
_MINUTES = 12
_TRACEBACK = """plan to 'kitchen' failed
Traceback (most recent call last):
  File "nodes/navigation/navigation.py", line 118, in on_goal
    path = self.planner.plan(self.pose, goal)
  File "nodes/navigation/planner.py", line 64, in plan
    return self._search(start, self.places[goal.name])
KeyError: 'kitchen'"""
# How often a minute, level, node, component, message; # is a number.
_LINES = (
    (40, 'DEBUG', 'camera', 'driver', 'frame # captured in 8 ms, exposure 1/#'),
    (25, 'DEBUG', 'motor_control', 'pid', 'left 0.# m/s, right 0.# m/s'),
    (14, 'INFO', 'navigation', 'planner', 'pose (2.#, 1.#), 3.# m to the goal'),
    (7, 'INFO', 'camera', 'detector', '# objects seen: cup 0.9#, person 0.8#'),
    (4, 'INFO', 'battery', '', '7#.2 % charged, 11.# V, 1.# A'),
    (3, 'INFO', 'speech_recognition', 'listener', 'heard “what time is it” (confidence 0.9#)'),
    (3, 'INFO', 'ai_cognition', 'dialogue', 'answer ready after #0 ms, 2# tokens'),
    (3, 'INFO', 'speech_synthesis', 'tts', 'saying “It is four minutes past five”'),
    (2, 'WARNING', 'camera', 'driver', 'frame took #9 ms, more than the 33 ms that there are'),
    (1.2, 'WARNING', 'speech_recognition', 'audio', 'microphone overrun, # samples lost'),
    (0.4, 'WARNING', 'battery', '', 'cell 3 is 0.0# V below the others'),
    (0.3, 'INFO', 'system', 'supervisor', 'camera: ready after 0.# s'),
)


def main() -> int:
    """Write the pictures."""
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    with _display():
        _take(folder)
    return 0


@contextmanager
def _display() -> Iterator[None]:
    """Start a display where there is none."""
    if os.environ.get('DISPLAY') or os.environ.get('QT_QPA_PLATFORM'):
        yield
        return
    end, number = os.pipe()
    server = subprocess.Popen(['Xvfb', '-displayfd', str(number), '-screen', '0', '1600x1000x24',
                               '-dpi', '96'],
                              pass_fds=(number,), stderr=subprocess.DEVNULL)
    os.close(number)
    try:
        with open(end, encoding='ascii') as answer:
            os.environ['DISPLAY'] = f':{answer.readline().strip()}'
        yield
    finally:
        server.terminate()
        server.wait()


def _take(folder: Path) -> None:
    from nevil_logscope.settings import Settings
    from nevil_logscope.store import Batch
    from nevil_logscope.store import Store
    from nevil_logscope.window import LogScopeWindow
    from nevil_logscope.window import make_application
    application = make_application(['logscope'])
    store = Store(100_000)
    entries = list(_entries(time.time_ns()))
    batch = Batch.of_entries(entries, store.names)
    health = {'system': ('healthy', ''), 'navigation': ('unhealthy', 'KeyError in on_goal'),
              'camera': ('degraded', 'frames are late')}
    window = LogScopeWindow(store, [_Made('files', '9 files', [batch]),
                                    _Made('/rosout', '9 nodes'), _Made('robot', 'running')],
                            title='nevil', theme='dark', health=lambda: health,
                            remembered=Settings())
    window.resize(*_SIZE)
    window.show()
    _photograph(folder, application, window, entries)


def _photograph(folder: Path, application: Any, window: Any, entries: list[Any]) -> None:
    scope, store = window.scope, window.scope.store

    def settle() -> None:
        until = time.monotonic() + 0.6
        while time.monotonic() < until or scope.searcher.running:
            application.processEvents()
            time.sleep(0.005)

    def save(name: str) -> None:
        settle()
        picture = application.primaryScreen().grabWindow(int(window.winId()))
        picture.save(str(folder / name), 'PNG')
        print(folder / name, (folder / name).stat().st_size, 'bytes')

    settle()
    failed = next(number for number, one in enumerate(entries) if one.message == _TRACEBACK)
    scope.bookmarks.add(store.first_id + failed - 6)
    scope.table.select_id(store.first_id + failed)
    save('logscope-dark.png')
    scope.commands.do('theme')
    scope.commands.do('level_0')
    scope.search.field.setText('overrun|frame took \\d+')
    scope.commands.do('toggle_regex')
    scope.commands.do('toggle_only_hits')
    settle()
    scope.commands.do('next_hit')
    save('logscope-light.png')
    window.shut = lambda: None
    scope.close_sources()


class _Made:
    """A source that gives what was made up."""

    ok, loading, received, dropped = True, False, 0, 0

    def __init__(self, name: str, status: str, batches: Any = ()) -> None:
        self.name, self.status, self._batches = name, status, list(batches)

    def poll(self, budget_s: float) -> list[Any]:
        """Return all of it, once."""
        batches, self._batches = self._batches, []
        return batches

    def close(self) -> None:
        """Do nothing."""


def _entries(now_ns: int) -> Iterator[Any]:
    from nevil_logscope.store import Entry
    from nevil_nodes.logs.flags import flags_of
    chance = random.Random(5)
    made = [(0.0, 'INFO', 'system', 'supervisor', "supervising 'nevil', 9 nodes")]
    for often, level, node, component, message in _LINES:
        at_s = 2 + chance.random() * 5
        while at_s < _MINUTES * 60:
            # The microphone is bad for a while, the camera is late in waves.
            crowd = 6.0 if level == 'WARNING' and 200 < at_s < 260 else 1.0
            made.append((at_s, level, node, component, message))
            at_s += chance.expovariate(often * crowd / 60)
    for at_s in (226, 431, 640):
        made += [(at_s, 'ERROR', 'navigation', 'planner', _TRACEBACK),
                 (at_s + 0.4, 'CRITICAL', 'navigation', '', 'no plan after 3 tries, giving up'),
                 (at_s + 0.6, 'INFO', 'system', 'supervisor',
                  'navigation: failed -> starting (restart 1 of 5)'),
                 (at_s + 1.9, 'INFO', 'system', 'supervisor', 'navigation: ready after 1.3 s')]
    for at_s, level, node, component, message in sorted(made):
        message = ''.join(str(chance.randrange(1, 10)) if one == '#' else one for one in message)
        at_ns = now_ns - int((_MINUTES * 60 + 4 - at_s) * 1e9)
        yield Entry(0, at_ns, level, node, component, 'files',
                    int(flags_of(level, node, message)), message)


if __name__ == '__main__':
    sys.exit(main())
