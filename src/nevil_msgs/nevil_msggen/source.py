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


"""Read YAML files safely and remember the line of every key and value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path
import stat
from typing import Any

from nevil_msggen.problem import Problem
from nevil_msggen.problem import Severity
from nevil_msggen.yaml_tree import KeyPath
from nevil_msggen.yaml_tree import RefusedYaml
from nevil_msggen.yaml_tree import TreeBuilder
import yaml

__all__ = ['Document', 'KeyPath', 'read_document', 'read_text']

MAX_BYTES = 4 * 1024 * 1024
_Loader = getattr(yaml, 'CSafeLoader', yaml.SafeLoader)


@dataclass(frozen=True)
class Document:
    """
    A YAML mapping with its lines.

    :param file: the path as shown to the user
    :param data: plain Python data, always a mapping at the top, keys always as written (str)
    :param lines: line (1-based) of each key path, for a mapping value that of its key;
        ``()`` is the document
    """

    file: str
    data: dict[str, Any]
    lines: Mapping[KeyPath, int] = field(default_factory=dict)

    def line(self, *path: str | int) -> int:
        """Return the line of a key path, or of its nearest known parent."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 0)

    @property
    def expanded(self) -> frozenset[KeyPath]:
        """Return the values that held a variable: as a file is written, none."""
        return frozenset()

    def problem(
            self, path: KeyPath, text: str, fix: str = '',
            severity: Severity = 'error') -> Problem:
        """Return a problem at the place of the value at a path."""
        return Problem(file=self.file, line=self.line(*path), key='.'.join(map(str, path)),
                       text=text, fix=fix, severity=severity)


def read_document(path: Path, shown_as: str) -> tuple[Document, list[Problem]]:
    """
    Read one file; never raise for its content.

    :param path: the file
    :param shown_as: how the file is named in problems
    :returns: the document (empty when unreadable) and what is wrong with the file
    """
    try:
        raw = _read_bytes(path)
    except (OSError, ValueError) as error:
        reason = getattr(error, 'strerror', None) or str(error)
        return _refuse(shown_as, 0, f'cannot be read: {reason}',
                       'make it a readable regular file')
    if b'\0' in raw:
        return _refuse(shown_as, raw[:raw.index(b'\0')].count(b'\n') + 1,
                       'is not a text file (it holds NUL bytes)', 'save it as UTF-8 text')
    try:
        text = raw.decode('utf-8-sig')
    except UnicodeDecodeError as error:
        return _refuse(shown_as, raw[:error.start].count(b'\n') + 1,
                       f'byte 0x{raw[error.start]:02x} is not UTF-8', 'save the file as UTF-8')
    return read_text(text, shown_as)


def read_text(text: str, shown_as: str) -> tuple[Document, list[Problem]]:
    """
    Read the text of one file; never raise for its content.

    :param text: YAML
    :param shown_as: how the file is named in problems
    :returns: the document (empty when it is not YAML) and what is wrong with it
    """
    builder = TreeBuilder(shown_as)
    try:
        for event in yaml.parse(text, _Loader):
            builder.feed(event)
    except RefusedYaml as error:
        return Document(shown_as, {}), [*builder.problems, error.problem]
    except yaml.MarkedYAMLError as error:
        return _refuse_syntax(text, shown_as, error)
    except (yaml.YAMLError, UnicodeError):
        return _refuse_character(text, shown_as)
    if builder.root is None:
        return Document(shown_as, {}), [Problem(
            file=shown_as, line=1, key='', severity='warning', text='the file is empty',
            fix='write its keys (`version: "1.0"` to begin with), or delete it')]
    if not isinstance(builder.root, dict):
        return _refuse(shown_as, builder.lines.get((), 1),
                       'the file must hold `key: value` lines at its top',
                       f'it holds {_kind(builder.root)}; give it a key')
    return Document(shown_as, builder.root, builder.lines), builder.problems


def _read_bytes(path: Path) -> bytes:
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise ValueError('it is not a regular file')
    if status.st_size > MAX_BYTES:
        raise ValueError(f'it has {status.st_size} bytes, more than {MAX_BYTES}')
    return path.read_bytes()


def _refuse(file: str, line: int, text: str, fix: str) -> tuple[Document, list[Problem]]:
    return Document(file, {}), [Problem(file=file, line=line, key='', text=text, fix=fix)]


def _refuse_syntax(
        text: str, file: str, error: yaml.MarkedYAMLError) -> tuple[Document, list[Problem]]:
    mark = error.problem_mark or error.context_mark
    number = mark.line if mark else 0
    lines = text.split('\n')
    number = min(number, len(lines) - 1)
    line = lines[number]
    what = error.problem or error.context or 'it cannot be parsed'
    began = ''
    if error.context and error.context_mark and error.context_mark.line != number:
        began = f' ({error.context} that began in line {error.context_mark.line + 1})'
    fix = 'check the indentation, the quotes and the brackets here and in the line above'
    if '\t' in line[:len(line) - len(line.lstrip())] or 'tab' in what or "'\\t'" in what:
        fix = 'indent with spaces: YAML allows no tab there'
    elif 'mapping values are not allowed' in what:
        fix = 'put a value that holds `: ` in quotes'
    elif 'cannot start any token' in what:
        fix = 'put the value in quotes'
    return _refuse(file, number + 1, f'is not YAML: {what}{began}', fix)


def _refuse_character(text: str, file: str) -> tuple[Document, list[Problem]]:
    found = yaml.reader.Reader.NON_PRINTABLE.search(text)
    if found is None:
        return _refuse(file, 0, 'is not YAML', 'save the file as plain UTF-8 text')
    line = text.count('\n', 0, found.start()) + 1
    return _refuse(file, line, f'character U+{ord(found.group()):04X} is not allowed in YAML',
                   'delete it, or write it as an escape in double quotes')


def _kind(value: object) -> str:
    return 'a list' if isinstance(value, list) else 'a single value'
