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

"""What source files and pages refer to: decisions, pages, files, headings."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
import re

from quality.sources import PACKAGES
from quality.sources import ROOT

__all__ = ['dangling', 'DECISIONS', 'files']

DECISIONS = ROOT / 'docs' / 'adr'
_FOLDERS = ('src', 'tests', 'scripts', 'benchmarks', 'docker', 'docs')
# No .json and .txt: nobody writes references there, and a robot may write such files meanwhile.
_SUFFIXES = ('', '.ini', '.md', '.messages', '.msg', '.nodes', '.py', '.rst', '.sh', '.srv',
             '.xml', '.yaml')
_DECISION = re.compile(r'\bADRs?[ -]?0*(\d+)')
# Not inside a web address, where a / stands before each part.
_PAGE = re.compile(r'(?<![\w./-])((?:\.\./)*\w[\w./-]*\.md)\b')
_LINK = re.compile(r'\]\((?!\w+:)([^)#\s]*)(?:#([^)\s]+))?\)')
# Only of our own folders: a page for users also names files of their projects.
_CODE = re.compile(
    r'`((?:src|scripts|benchmarks|docker|docs|nevil_\w+)/[a-z_][\w./*-]+|[\w/]*test_[\w*]+\.py)`')


@lru_cache
def _tree() -> tuple[str, ...]:
    """Return every file and folder, without hidden ones and caches; / is the root."""
    return tuple(f'/{path.relative_to(ROOT)}' for folder in _FOLDERS
                 for path in (ROOT / folder, *(ROOT / folder).rglob('*'))
                 if not any(part == '__pycache__' or part.startswith('.')
                            for part in path.relative_to(ROOT).parts[:-1]))


def files() -> list[Path]:
    """Return the texts of the repository."""
    below = [ROOT / name[1:] for name in _tree()]
    return sorted(path for path in [*below, *ROOT.glob('*.md')]
                  if path.suffix in _SUFFIXES and path.is_file())


def dangling(file: Path, text: str) -> Iterator[str]:
    """
    Yield each reference to what is not there, with its line.

    :param file: where the text stands
    """
    for number, line in enumerate(text.splitlines(), 1):
        missing = [*_decisions(line), *_pages(file, line)]
        if file.suffix == '.md':
            missing += [*_links(file, line), *_code(line)]
        for what in dict.fromkeys(missing):
            yield f'{file.relative_to(ROOT)}:{number}: {what}'


def _decisions(line: str) -> Iterator[str]:
    for match in _DECISION.finditer(line):
        if not list(DECISIONS.glob(f'{int(match[1]):04}-*.md')):
            yield match[0]


def _pages(file: Path, line: str) -> Iterator[str]:
    for match in _PAGE.finditer(line):
        if not any((folder / match[1]).is_file()
                   for folder in (file.parent, ROOT, ROOT / 'docs', *PACKAGES)):
            yield match[1]


def _links(file: Path, line: str) -> Iterator[str]:
    for match in _LINK.finditer(line):
        target = (file.parent / match[1]).resolve() if match[1] else file
        if not target.exists() or (
                match[2] and target.suffix == '.md' and match[2] not in _anchors(target)):
            yield match[0][2:-1]


def _code(line: str) -> Iterator[str]:
    for match in _CODE.finditer(line):
        name = match[1].rstrip('/')
        if not any(fnmatchcase(path, f'*/{name}{ending}')
                   for ending in ('', '.msg', '.srv') for path in _tree()):
            yield match[1]


@lru_cache
def _anchors(page: Path) -> frozenset[str]:
    """Return what may stand behind the #: headings, as GitHub makes them, and marks."""
    text = page.read_text(encoding='utf-8')
    headings = re.findall(r'^#+ +(.+)$', text, re.MULTILINE)
    return frozenset([
        *(re.sub(r'[^\w -]', '', heading.lower()).replace(' ', '-') for heading in headings),
        *re.findall(r'<a id="([^"]+)">', text)])
