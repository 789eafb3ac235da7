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
"""Show what is known, take keys and signals, end as asked."""

from __future__ import annotations

import os
import select
import signal
import sys

from nevil_bringup.cli.watch.feed import Feed
from nevil_bringup.cli.watch.keys import Keys
from nevil_bringup.cli.watch.layout import Choice
from nevil_bringup.cli.watch.layout import frame
from nevil_bringup.cli.watch.layout import Style
from nevil_bringup.cli.watch.screen import Screen
from nevil_bringup.cli.watch.signals import Signals
from nevil_bringup.cli.watch.sparks import ASCII
from nevil_bringup.cli.watch.sparks import BLOCKS
from nevil_bringup.errors import EXIT_OK
from nevil_bringup.paths import ProjectPaths
from nevil_bringup.printing.terminal import colours_wanted

__all__ = ['watch']

_TAKEN = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGWINCH,
          signal.SIGTSTP, signal.SIGCONT)
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
_SIGNAL_BASE = 128  # a shell's exit code for a process that a signal ended
_ESCAPE_S = 0.05  # within which the rest of a key's sequence has come
_PAGE = 10
_READ = 1024


def watch(paths: ProjectPaths, every_s: float) -> int:
    """
    Show the robot on the terminal until the user has seen enough.

    :returns: 0 after q, else 128 and the number of the signal that ended it
    """
    keyboard = sys.stdin.fileno() if sys.stdin is not None and sys.stdin.isatty() else None
    sys.stdout.flush()
    with Signals(*_TAKEN) as signals, Screen(sys.stdout.fileno(), keyboard) as screen, \
            Feed(paths, every_s, signals.wake) as feed:
        return _Loop(feed, screen, signals, keyboard).run()


class _Loop:
    """One select, one frame after each turn."""

    def __init__(
        self, feed: Feed, screen: Screen, signals: Signals, keyboard: int | None,
    ) -> None:
        self._feed = feed
        self._screen = screen
        self._signals = signals
        self._keyboard = keyboard
        self._keys = Keys()
        self._choice = Choice()
        self._style = Style(colours_wanted(), BLOCKS if _draws_blocks() else ASCII,
                            keyboard is not None)

    def run(self) -> int:
        """Return the exit code."""
        while True:
            self._feed.check()
            self._screen.show(frame(self._feed.seen, self._choice, *self._screen.size(),
                                    self._style))
            status = self._turn()
            if status is not None:
                return status

    def _turn(self) -> int | None:
        sources: list[int | Signals] = [self._signals]
        if self._keyboard is not None:
            sources.append(self._keyboard)
        ready, _, _ = select.select(sources, [], [], _ESCAPE_S if self._keys.unsure else None)
        for number in self._signals.take():
            if number in _ENDING:
                return _SIGNAL_BASE + number
            self._on_signal(number)
        if self._keyboard in ready:
            return self._on_keys(self._read())
        return self._on_keys(self._keys.feed(b'')) if not ready else None

    def _read(self) -> list[str]:
        assert self._keyboard is not None
        try:
            data = os.read(self._keyboard, _READ)
        except OSError:
            data = b''
        if not data:
            self._keyboard = None  # the terminal is gone, or its other end closed
            return []
        return self._keys.feed(data)

    def _on_signal(self, number: int) -> None:
        if number == signal.SIGTSTP:
            self._screen.leave()
            before = signal.signal(signal.SIGTSTP, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGTSTP)  # returns when it is continued
            signal.signal(signal.SIGTSTP, before)
        if number in (signal.SIGTSTP, signal.SIGCONT):
            self._screen.enter()
        else:
            self._screen.redraw()

    def _on_keys(self, keys: list[str]) -> int | None:
        for key in keys:
            if self._choice.asking:
                if key in ('y', 'Y'):
                    self._feed.restart(self._choice.node)
                self._choice = self._choice._replace(asking=False)
            elif key == 'q':
                return EXIT_OK
            else:
                self._on_key(key)
        return None

    def _on_key(self, key: str) -> None:
        steps = {'up': -1, 'down': 1, 'page up': -_PAGE, 'page down': _PAGE}
        if key in steps or key in ('home', 'end'):
            self._choose(key, steps.get(key, 0))
        elif key == 'w' or key in ('escape', 'enter') and self._choice.why:
            self._choice = self._choice._replace(why=not self._choice.why)
        elif key == 'escape':
            self._choice = Choice()
        elif key == 'r' and self._choice.node:
            self._choice = self._choice._replace(asking=True)
        elif key == '\x0c':
            self._screen.redraw()
        self._feed.ask_why(self._choice.node if self._choice.why else None)

    def _choose(self, key: str, step: int) -> None:
        names = [node['name'] for node in self._feed.seen.document['nodes']]
        if not names:
            return
        if key in ('home', 'end') or self._choice.node not in names:
            at = len(names) - 1 if key in ('end', 'up') else 0
        else:
            at = max(0, min(names.index(self._choice.node) + step, len(names) - 1))
        self._choice = self._choice._replace(node=names[at])


def _draws_blocks() -> bool:
    """Return whether the terminal's encoding has the bars of a sparkline."""
    if (sys.stdout.encoding or '').lower().replace('-', '') != 'utf8':
        return False
    language = os.environ.get('LC_ALL') or os.environ.get('LANG') or ''
    character_type = os.environ.get('LC_CTYPE') or ''
    # Python puts C.UTF-8 there itself where the user has chosen C.
    if character_type not in ('', 'C.UTF-8') and not os.environ.get('LC_ALL'):
        language = character_type
    return not language or 'utf' in language.lower()
