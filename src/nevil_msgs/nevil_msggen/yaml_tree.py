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
Build plain data and the line of every key path from YAML events, within bounds.

The composer of libyaml is recursive: fifty thousand brackets end the process. This one keeps its
own stack, so that depth and the expansion of aliases are limits with a message.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field
import math
from typing import Any

from nevil_msggen.problem import Problem
from nevil_msggen.scalars import plain_value
import yaml

__all__ = ['KeyPath', 'RefusedYaml', 'TreeBuilder']

KeyPath = tuple[str | int, ...]

MAX_DEPTH = 64
MAX_ALIASED = 20_000
INT64 = 2 ** 63
_CORE = 'tag:yaml.org,2002:'
_TAGGED: dict[str, type | tuple[type, ...]] = {
    _CORE + 'null': type(None), _CORE + 'bool': bool, _CORE + 'int': int,
    _CORE + 'float': (int, float),
}


class RefusedYaml(Exception):
    """The file cannot be read any further."""

    def __init__(self, problem: Problem) -> None:
        """Keep what to tell the user."""
        super().__init__(str(problem))
        self.problem = problem


@dataclass
class _Frame:
    """One open mapping or list."""

    value: Any
    path: KeyPath
    anchor: str | None
    key: str | None = None
    merges: bool = False
    key_lines: dict[str, int] = field(default_factory=dict)


class TreeBuilder:
    """Take YAML events one by one; then ``root``, ``lines`` and ``problems`` are complete."""

    def __init__(self, file: str) -> None:
        """Begin a document shown as ``file``."""
        self.root: Any = None
        self.lines: dict[KeyPath, int] = {}
        self.problems: list[Problem] = []
        self._file = file
        self._stack: list[_Frame] = []
        self._anchors: dict[str, tuple[Any, KeyPath]] = {}
        self._aliased = 0
        self._documents = 0

    def feed(self, event: Any) -> None:
        """
        Take the next event.

        :raises RefusedYaml: the file leaves the bounds
        """
        kind = type(event)
        if kind is yaml.ScalarEvent:
            self._scalar(event)
        elif kind is yaml.MappingStartEvent:
            self._open(event, {})
        elif kind is yaml.SequenceStartEvent:
            self._open(event, [])
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            self._close()
        elif kind is yaml.AliasEvent:
            self._alias(event)
        elif kind is yaml.DocumentStartEvent:
            self._documents += 1
            if self._documents > 1:
                self._refuse(event, (), 'a second YAML document begins here',
                             'keep one document, without `---` in the middle')

    def _scalar(self, event: Any) -> None:
        frame = self._stack[-1] if self._stack else None
        if frame is not None and frame.key is None and type(frame.value) is dict:
            self._take_key(frame, event)
            return
        path = self._place(event)
        value = self._resolve(event, path)
        if event.anchor:
            self._anchors[event.anchor] = value, path
        self._put(value)

    def _take_key(self, frame: _Frame, event: Any) -> None:
        key, line = event.value, event.start_mark.line + 1
        first = frame.key_lines.get(key)
        if first is not None:
            self._problem(line, (*frame.path, key),
                          f"'{key}' is given twice, here and in line {first}", 'keep one of them')
        else:
            frame.key_lines[key] = line
        if not key:
            self._problem(line, frame.path, 'a key is empty', 'write a word before the colon')
        elif key == '<<' and event.implicit[0]:
            frame.merges = True
        if event.anchor:
            self._anchors[event.anchor] = key, (*frame.path, key)
        frame.key = key

    def _open(self, event: Any, value: dict[str, Any] | list[Any]) -> None:
        frame = self._stack[-1] if self._stack else None
        if frame is not None and frame.key is None and type(frame.value) is dict:
            self._refuse(event, frame.path, 'a key is a list or a mapping', 'write a plain word')
        if len(self._stack) >= MAX_DEPTH:
            self._refuse(event, (), f'is nested deeper than {MAX_DEPTH} levels', 'make it flatter')
        path = self._place(event)
        if event.tag and event.tag not in (_CORE + 'map', _CORE + 'seq', '!'):
            self._problem(event.start_mark.line + 1, path,
                          f"tag '{_shown(event.tag)}' is not understood", 'remove it')
        self._stack.append(_Frame(value, path, event.anchor))

    def _close(self) -> None:
        frame = self._stack.pop()
        if frame.merges:
            self._merge(frame)
        if frame.anchor:
            self._anchors[frame.anchor] = frame.value, frame.path
        self._put(frame.value)

    def _alias(self, event: Any) -> None:
        name = str(event.anchor)
        frame = self._stack[-1] if self._stack else None
        if frame is not None and frame.key is None and type(frame.value) is dict:
            self._refuse(event, frame.path, f"alias '*{name}' is used as a key", 'write the key')
        path = self._place(event)
        if any(open_frame.anchor == name for open_frame in self._stack):
            self._refuse(event, path, f"alias '*{name}' contains itself", 'remove the alias')
        if name not in self._anchors:
            self._refuse(event, path, f"alias '*{name}' has no anchor '&{name}' before it",
                         'define it first')
        value, origin = self._anchors[name]
        self._put(self._copy(event, value, origin, path))

    def _copy(self, event: Any, value: Any, origin: KeyPath, path: KeyPath) -> Any:
        """Return a copy of an anchored value, its lines entered below its new path too."""
        self._aliased += 1
        if self._aliased > MAX_ALIASED or len(path) > MAX_DEPTH:
            self._refuse(event, (), f'aliases expand to more than {MAX_ALIASED} values'
                         f' or {MAX_DEPTH} levels', 'use fewer aliases')
        self.lines.setdefault(path, self.lines.get(origin, event.start_mark.line + 1))
        if isinstance(value, dict):
            return {key: self._copy(event, item, (*origin, key), (*path, key))
                    for key, item in value.items()}
        if isinstance(value, list):
            return [self._copy(event, item, (*origin, index), (*path, index))
                    for index, item in enumerate(value)]
        return value

    def _merge(self, frame: _Frame) -> None:
        """Fill in what ``<<`` names; the mapping's own keys win, then the first one named."""
        merged = frame.value.pop('<<')
        origin: KeyPath = (*frame.path, '<<')
        sources: Iterator[tuple[KeyPath, Any]]
        if isinstance(merged, list):
            sources = (((*origin, index), item) for index, item in enumerate(merged))
        else:
            sources = iter([(origin, merged)])
        for source_path, source in sources:
            if not isinstance(source, dict):
                self._problem(frame.key_lines['<<'], origin, "'<<' needs a mapping",
                              'name an anchored mapping (`<<: *name`)')
                continue
            for key, item in source.items():
                if key not in frame.value:
                    frame.value[key] = item
                    self._move_lines(item, (*source_path, key), (*frame.path, key))

    def _move_lines(self, value: Any, origin: KeyPath, path: KeyPath) -> None:
        if origin in self.lines:
            self.lines[path] = self.lines[origin]
        if isinstance(value, (dict, list)):
            for key in value if isinstance(value, dict) else range(len(value)):
                self._move_lines(value[key], (*origin, key), (*path, key))

    def _place(self, event: Any) -> KeyPath:
        """Return the path of the value that begins here, and enter its line."""
        line = event.start_mark.line + 1
        if not self._stack:
            path: KeyPath = ()
        else:
            frame = self._stack[-1]
            if frame.key is None:
                path = (*frame.path, len(frame.value))
            else:
                path = (*frame.path, frame.key)
                line = frame.key_lines[frame.key]
        self.lines[path] = line
        return path

    def _put(self, value: Any) -> None:
        if not self._stack:
            self.root = value
            return
        frame = self._stack[-1]
        if frame.key is None:
            frame.value.append(value)
        else:
            frame.value.setdefault(frame.key, value)
            frame.key = None

    def _resolve(self, event: Any, path: KeyPath) -> Any:
        """Return the scalar's value; dates stay as they are written."""
        text, tag, line = event.value, event.tag, event.start_mark.line + 1
        if tag is None or tag == '!':
            value = plain_value(text) if event.implicit[0] else text
        elif tag == _CORE + 'str':
            value = text
        elif tag in _TAGGED:
            value = plain_value(text)
            if not isinstance(value, _TAGGED[tag]):
                return self._bad_number(
                    line, path, f"'{text}' cannot be read as {tag[len(_CORE):]}")
        else:
            self._problem(line, path, f"tag '{_shown(tag)}' is not understood", 'remove it')
            value = text
        if type(value) is int and not -INT64 <= value < INT64:
            return self._bad_number(line, path, f'{text[:40]} does not fit in 64 bits')
        if type(value) is float and math.isinf(value) and 'i' not in text.lower():
            return self._bad_number(line, path, f'{text[:40]} is larger than any number')
        return value

    def _bad_number(self, line: int, path: KeyPath, text: str) -> int:
        self._problem(line, path, text, 'write a number in range, or put it in quotes')
        return 0

    def _problem(self, line: int, path: KeyPath, text: str, fix: str) -> None:
        self.problems.append(Problem(
            file=self._file, line=line, key='.'.join(map(str, path)), text=text, fix=fix))

    def _refuse(self, event: Any, path: KeyPath, text: str, fix: str) -> None:
        raise RefusedYaml(Problem(
            file=self._file, line=event.start_mark.line + 1, key='.'.join(map(str, path)),
            text=text, fix=fix))


def _shown(tag: str) -> str:
    return f'!!{tag[len(_CORE):]}' if tag.startswith(_CORE) else tag
