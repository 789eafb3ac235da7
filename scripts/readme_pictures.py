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
Take pictures of a robot that runs: a terminal in which it loses a node, and LogScope.

    python3 -m venv docs-tools && docs-tools/bin/pip install -r docs/requirements.txt
    docs-tools/bin/python scripts/readme_pictures.py

makes the robot of docs/first-robot.md in a temporary folder, runs commands in a terminal of its
own, then puts a mistake into a node and opens LogScope (on a display of its own: Xvfb). It writes
terminal-*.svg and robot-logs-*.png in docs/images, dark and light. Let the machine do nothing
else meanwhile, or its load is in the pictures.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping
from contextlib import contextmanager
import fcntl
import io
from itertools import groupby
import json
import os
from pathlib import Path
import pty
import signal
import struct
import subprocess
import tempfile
import termios
import time

from pages import blocks
import pyte
from rich.console import Console
from rich.style import Style
from rich.terminal_theme import TerminalTheme
from rich.text import Text

ROOT = Path(__file__).resolve().parents[1]
COLUMNS, LINES = 116, 80
_KILLED, _PAUSED = 'detector', 'driver'
_MISTAKE = "self.config['configuration']['threshold']"  # the detector has no configuration
_IMAGES = ROOT / 'docs' / 'images'
_GRAB = """\
import sys
from PyQt5.QtWidgets import QApplication
application = QApplication([])
application.primaryScreen().grabWindow(0).save(sys.argv[1])"""
_ANSI = ('black', 'red', 'green', 'brown', 'blue', 'magenta', 'cyan', 'white')
_NAMES = {name: number for number, name in enumerate(_ANSI)}
_DARK = TerminalTheme(
    (22, 27, 34), (230, 237, 243),
    [(72, 79, 88), (255, 123, 114), (63, 185, 80), (210, 153, 34), (88, 166, 255),
     (188, 140, 255), (57, 197, 207), (177, 186, 196)])
_LIGHT = TerminalTheme(
    (246, 248, 250), (31, 35, 40),
    [(36, 41, 47), (207, 34, 46), (17, 99, 41), (125, 78, 0), (9, 105, 218),
     (130, 80, 223), (27, 124, 131), (87, 96, 106)])
_SVG = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace;
  font-size: {char_height}px; line-height: {line_height}px; }}
.{unique_id}-title {{ font-size: 18px; font-weight: bold; font-family: sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" /></clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def main() -> None:
    """Write both pictures."""
    with tempfile.TemporaryDirectory(prefix='nevil-', dir='/tmp') as home:
        environ = {**os.environ, 'HOME': home, 'TERM': 'xterm-256color',
                   'NEVIL_RUNTIME_DIR': f'{home}/run', 'NEVIL_STATE_DIR': f'{home}/state'}
        robot = _make_robot(Path(home), environ)
        try:
            screen = _play(robot, environ)
            _show_logs(robot, environ)
        finally:
            subprocess.run(['./nevil', 'stop'], cwd=robot, env=environ, check=False)
    for name, theme in (('dark', _DARK), ('light', _LIGHT)):
        (_IMAGES / f'terminal-{name}.svg').write_text(_svg(screen, theme), encoding='utf-8')


def _make_robot(home: Path, environ: Mapping[str, str]) -> Path:
    subprocess.run([ROOT / 'scripts' / 'nevil', 'init', 'rover', '--empty'], cwd=home,
                   env=environ, check=True)
    robot = home / 'rover'
    for block in blocks(ROOT / 'docs' / 'first-robot.md'):
        if block.path is not None and 'lidar' not in block.path:
            (robot / block.path).parent.mkdir(parents=True, exist_ok=True)
            (robot / block.path).write_text(block.text, encoding='utf-8')
    (robot / 'nodes' / 'horn' / 'horn.sh').chmod(0o755)
    subprocess.run(['./nevil', 'build'], cwd=robot, env=environ, check=True)
    return robot


def _play(robot: Path, environ: Mapping[str, str]) -> pyte.Screen:
    """Run the commands in a terminal; return its screen."""
    screen = pyte.Screen(COLUMNS, LINES)
    stream = pyte.ByteStream(screen)

    def enter(*command: str) -> None:
        stream.feed(f'\x1b[1m$ {" ".join(command)}\x1b[0m\r\n'.encode())
        _in_terminal(command, robot, environ, stream)
        stream.feed(b'\r\n')

    enter('./nevil', 'start')
    pid = _nodes(robot, environ)[_KILLED]['pid']
    stream.feed(f'\x1b[1m$ kill -9 {pid}    \x1b[0m# the {_KILLED}\r\n\r\n'.encode())
    os.kill(int(pid), signal.SIGKILL)
    while _nodes(robot, environ)[_PAUSED]['state'] != 'paused':
        time.sleep(0.05)
    enter('./nevil', 'status')
    enter('./nevil', 'why', _PAUSED)
    return screen


def _show_logs(robot: Path, environ: Mapping[str, str]) -> None:
    """Make a mistake, and take a picture of the logs in each theme."""
    while any(node['state'] != 'ready' for node in _nodes(robot, environ).values()):
        time.sleep(0.05)
    code = robot / 'nodes' / _KILLED / f'{_KILLED}_node.py'
    code.write_text(code.read_text(encoding='utf-8').replace('> 100', f'> {_MISTAKE}'),
                    encoding='utf-8')
    subprocess.run(['./nevil', 'node', 'restart', _KILLED], cwd=robot, env=environ, check=True)
    time.sleep(3)
    for theme in ('dark', 'light'):
        with _display() as display:
            shown = {**environ, 'DISPLAY': display}
            window = subprocess.Popen(['./nevil', 'monitor', '--node', _KILLED, '--theme', theme],
                                      cwd=robot, env=shown)
            time.sleep(8)  # until it has read everything and is drawn
            subprocess.run(
                ['./nevil', 'shell', 'python', '-c', _GRAB, _IMAGES / f'robot-logs-{theme}.png'],
                cwd=robot, env=shown, check=True)
            window.terminate()
            window.wait()


@contextmanager
def _display() -> Iterator[str]:
    ours, theirs = os.pipe()
    with subprocess.Popen(['Xvfb', '-displayfd', str(theirs), '-screen', '0', '1280x760x24'],
                          pass_fds=(theirs,), stderr=subprocess.DEVNULL) as server:
        os.close(theirs)
        with open(ours, encoding='ascii') as told:
            yield f':{told.readline().strip()}'
        server.terminate()


def _nodes(robot: Path, environ: Mapping[str, str]) -> dict[str, dict[str, str]]:
    done = subprocess.run(['./nevil', 'status', '--json'], cwd=robot, env=environ,
                          stdout=subprocess.PIPE, check=False)
    return {node['name']: node for node in json.loads(done.stdout)['nodes']}


def _in_terminal(
        command: tuple[str, ...], robot: Path, environ: Mapping[str, str],
        stream: pyte.ByteStream) -> None:
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack('4H', LINES, COLUMNS, 0, 0))
    with subprocess.Popen(command, cwd=robot, env=environ, stdin=theirs, stdout=theirs,
                          stderr=theirs, start_new_session=True):
        os.close(theirs)
        try:
            while data := os.read(ours, 65536):
                stream.feed(data)
        except OSError:  # EIO: the other end is closed
            pass
    os.close(ours)


def _svg(screen: pyte.Screen, theme: TerminalTheme) -> str:
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), legacy_windows=False)
    last = max(row for row in range(LINES) if screen.display[row].strip())
    for row in range(last + 1):
        line = Text(no_wrap=True)
        cells = [screen.buffer[row][column] for column in range(COLUMNS)]
        # Words alone: some viewers drop the spaces that a text of SVG begins with.
        for (style, _), alike in groupby(cells, lambda cell: (_style(cell), cell.data == ' ')):
            line.append(''.join(cell.data for cell in alike), style)
        line.rstrip()
        console.print(line)
    return str(console.export_svg(
        title='rover', theme=theme, code_format=_SVG, unique_id='nevil'))


def _style(cell: pyte.screens.Char) -> Style:
    name = cell.fg.removeprefix('bright')
    colour = None if name == 'default' else f'color({_NAMES[name]})' if name in _NAMES \
        else f'#{name}'
    return Style(color=colour, bold=cell.bold, reverse=cell.reverse)


if __name__ == '__main__':
    main()
