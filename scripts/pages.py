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
What a page tells its reader to write and to run, as a script of bash that does so.

A block whose first line (second after #!) is a comment with a path is a file; any other block of
``sh`` is commands. ``<!-- not run: REASON -->`` before a block excludes it. What a reader has to
fill in, the script knows: the repository (``clone`` FOLDER) and ``<pid of NODE>`` (``pid_of``
NODE); who runs the script defines these two functions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
import re
import shlex

__all__ = ['blocks', 'script_of']

_BLOCK = re.compile(r'^(?:<!-- not run: ([^\n]+) -->\n)?```(\w*)\n(.*?)^```$',
                    re.MULTILINE | re.DOTALL)
_FILE = re.compile(r'(?:#!.*\n)?(?:#|<!--) ([\w.-]+(?:/[\w.-]+)+)(?: -->)?\n')
_STATUS = re.compile(r'(?:\./|\./scripts/)?nevil status\b')


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A block of code of a page."""

    line: int
    language: str
    text: str
    path: str | None  # of the file that it is
    reason: str | None  # why it is not run


def blocks(page: Path) -> Iterator[Block]:
    """Yield the blocks of code of a page."""
    text = page.read_text(encoding='utf-8')
    for match in _BLOCK.finditer(text):
        file = _FILE.match(match[3])
        yield Block(line=text.count('\n', 0, match.start(3)), language=match[2], text=match[3],
                    path=file[1] if file else None, reason=match[1])


def script_of(page: Path) -> str:
    """Return a script that writes the files and runs the commands of a page, in its order."""
    lines = ['set -eE', f"trap 'echo {page.name}:$place: exit status $? >&2' ERR"]
    for block in blocks(page):
        lines.append(f'place={block.line}')
        if block.reason is not None:
            continue
        if block.path is not None:
            lines += [f'mkdir -p {shlex.quote(str(Path(block.path).parent))}',
                      f"cat >{shlex.quote(block.path)} <<'END OF FILE'",
                      block.text + 'END OF FILE']
        elif block.language == 'sh':
            lines += [part for line in block.text.splitlines() for part in _command(line)]
    return '\n'.join(lines) + '\n'


def _command(line: str) -> Iterator[str]:
    yield f'echo {shlex.quote("$ " + line)}'
    line = line.replace('git clone <this repository>', 'clone')
    line = re.sub(r'<pid of (\w+)>', r'$(pid_of \1)', line)
    # 1: a node is not ready and healthy, as after a kill; or the machine is busy.
    yield re.sub(r'( +#.*)?$', ' || test $? = 1', line, count=1) if _STATUS.match(line) else line
