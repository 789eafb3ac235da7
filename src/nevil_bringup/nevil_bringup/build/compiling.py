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
Compile what rosidl has generated, each file once: an object is kept by what it was made of.

A file that says the same as before is not compiled again, whenever it was written.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from dataclasses import field
import hashlib
import os
from pathlib import Path
import re
import subprocess

__all__ = ['Compiler', 'CompilerFailed']

_INCLUDE = re.compile(rb'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)
# The code copies fields; to optimise it takes longer than all of its runs.
_FLAGS = ('-O0', '-g0', '-w', '-fPIC')
_STANDARDS = {'.c': '-std=gnu11', '.cpp': '-std=gnu++17'}


class CompilerFailed(Exception):
    """A compiler or the linker has failed; the text is what it said."""


@dataclass
class Compiler:
    """
    Compiles and links.

    :param commands: the compiler for each suffix
    :param roots: folders of what was generated; headers are looked for in them first
    :param includes: further folders of headers, which do not change
    :param objects: folder of the objects
    :param progress: told how much of all objects is done, in percent
    """

    commands: dict[str, str]
    roots: Sequence[Path]
    includes: Sequence[str]
    objects: Path
    progress: Callable[[int], None] = lambda percent: None
    _content: dict[Path, tuple[bytes, list[Path]]] = field(default_factory=dict)

    def compile(self, jobs: Sequence[tuple[Path, Sequence[str]]]) -> list[Path]:  # noqa: A003
        """
        Make the object of each source, with its own flags, as many at a time as there are cores.

        :returns: the objects, in this order; all others are removed
        :raises CompilerFailed: one of them cannot be compiled
        """
        self.objects.mkdir(parents=True, exist_ok=True)
        made = [self._object(source, flags) for source, flags in jobs]
        missing = [(path, source, flags) for path, (source, flags) in zip(made, jobs)
                   if not path.exists()]
        with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
            for number, _ in enumerate(pool.map(lambda job: self._compile(*job), missing), 1):
                self.progress(100 * number // len(missing))
        for path in set(self.objects.iterdir()) - set(made):
            path.unlink()
        return made

    def link(self, output: Path, objects: Iterable[Path], libraries: Sequence[str],
             folders: Iterable[str], *, name: str = '') -> None:
        """
        Make a shared library.

        :param libraries: those that it needs
        :param folders: where they are
        :param name: by which the loader knows it
        :raises CompilerFailed: it cannot be made
        """
        output.parent.mkdir(parents=True, exist_ok=True)
        _run([self.commands['.cpp'], '-shared', *([f'-Wl,-soname,{name}'] if name else []),
              '-o', str(output), *map(str, objects), *(f'-L{folder}' for folder in folders),
              '-Wl,--no-as-needed', '-Wl,--allow-shlib-undefined',
              *(f'-l{library}' for library in libraries)])

    def _compile(self, path: Path, source: Path, flags: Sequence[str]) -> None:
        temporary = path.with_suffix('.new')
        _run([*self._command(source, flags), '-c', str(source), '-o', str(temporary)])
        temporary.replace(path)

    def _command(self, source: Path, flags: Sequence[str]) -> list[str]:
        return [self.commands[source.suffix], _STANDARDS[source.suffix], *_FLAGS, *flags,
                *(f'-I{root}' for root in self.roots),
                *(f'-isystem{folder}' for folder in self.includes)]

    def _object(self, source: Path, flags: Sequence[str]) -> Path:
        """Return where the object of a source is, by all that it is made of."""
        made_of = hashlib.sha256(repr(self._command(source, flags)).encode())
        found: dict[Path, None] = {source: None}
        waiting = [source]
        while waiting:
            path = waiting.pop()
            content, included = self._read(path)
            made_of.update(content)
            new = [one for one in included if one not in found]
            found.update(dict.fromkeys(new))
            waiting += new
        return self.objects / f'{source.stem}-{made_of.hexdigest()[:24]}.o'

    def _read(self, path: Path) -> tuple[bytes, list[Path]]:
        if path not in self._content:
            content = path.read_bytes()
            names = [os.fsdecode(name) for name in _INCLUDE.findall(content)]
            places = (next((root / name for root in (path.parent, *self.roots)
                            if (root / name).is_file()), None) for name in names)
            self._content[path] = content, [place for place in places if place is not None]
        return self._content[path]


def _run(command: Sequence[str]) -> None:
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors='replace', check=False)
    if done.returncode != 0:
        raise CompilerFailed(done.stdout or f'{command[0]} ended with {done.returncode}')
