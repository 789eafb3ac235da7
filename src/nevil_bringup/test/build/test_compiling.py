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

"""A source is compiled when it, or what it includes, says something else than before."""

from __future__ import annotations

from pathlib import Path
import shutil

from nevil_bringup.build.compiling import Compiler
from nevil_bringup.build.compiling import CompilerFailed
import pytest

NOTE = """#!/bin/sh
echo "$@" >> "{note}"
for word; do out=$word; done
echo object > "$out"
"""


class Bench:
    """Sources and a compiler that notes what it is called with."""

    def __init__(self, folder: Path) -> None:
        """Make two sources, one of which includes a header that includes another."""
        self.folder, self.note = folder, folder / 'note'
        self.command = folder / 'cc'
        self.command.write_text(NOTE.format(note=self.note))
        self.command.chmod(0o755)
        self.root = folder / 'generated'
        for name, text in (('p/a.c', '#include "p/a.h"'), ('p/a.h', '# include  "b.h"'),
                           ('p/b.h', 'int b;'), ('p/c.c', '#include <stdio.h>')):
            self.write(name, text)

    def write(self, name: str, text: str) -> None:
        """Write a source."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def compiled(self, *flags: str) -> list[str]:
        """Compile both; return those that really were."""
        self.note.write_text('')
        self.percent: list[int] = []
        compiler = Compiler({'.c': str(self.command)}, [self.root], [], self.folder / 'objects',
                            self.percent.append)
        self.made = compiler.compile([(self.root / 'p' / name, flags) for name in ('a.c', 'c.c')])
        return sorted(Path(line.split(' -c ')[1].split()[0]).name
                      for line in self.note.read_text().splitlines())


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """Return one."""
    return Bench(tmp_path)


def test_nothing_is_compiled_twice(bench: Bench) -> None:
    """Also where all files were written again."""
    assert bench.compiled() == ['a.c', 'c.c']
    assert bench.percent == [50, 100]
    before = bench.made
    shutil.copytree(bench.root, bench.folder / 'copy')
    shutil.rmtree(bench.root)
    shutil.copytree(bench.folder / 'copy', bench.root)
    assert bench.compiled() == []
    assert bench.made == before


@pytest.mark.parametrize(('name', 'text', 'compiled'), [
    ('p/a.c', '#include "p/a.h"\nint a;', ['a.c']), ('p/a.h', 'int a;', ['a.c']),
    ('p/b.h', 'int c;', ['a.c']), ('p/c.c', '', ['c.c']), ('p/other.h', 'int x;', []),
])
def test_what_depends_on_an_edit_is_compiled(
    bench: Bench, name: str, text: str, compiled: list[str],
) -> None:
    """Over any number of headers, and nothing else."""
    bench.compiled()
    bench.write(name, text)
    assert bench.compiled() == compiled


def test_other_flags_make_other_objects(bench: Bench) -> None:
    """And those that nobody needs any more are removed."""
    bench.compiled()
    before = bench.made
    assert bench.compiled('-DX') == ['a.c', 'c.c']
    assert not any(path.exists() for path in before)
    assert all(path.exists() for path in bench.made)


def test_what_a_compiler_says_is_the_reason(bench: Bench) -> None:
    """And no object is left that looks right."""
    bench.command.write_text('#!/bin/sh\necho "a.c:1: error: no"; exit 1\n')
    with pytest.raises(CompilerFailed, match='a.c:1: error: no'):
        bench.compiled()
    assert not list((bench.folder / 'objects').iterdir())
