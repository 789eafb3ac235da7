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

"""A copy of a folder of logs, kept by what the other machine sends."""

from __future__ import annotations

from dataclasses import dataclass
import os
from pathlib import Path
from typing import Any
import zlib

from nevil_nodes.logs.bag import is_bag
from nevil_nodes.logs.generations import base_name
from nevil_nodes.logs.remote.program import FINGERPRINT_BYTES

__all__ = ['Mirror', 'MirrorError']


class MirrorError(ValueError):
    """What was sent makes no sense."""


@dataclass
class _Copy:
    """
    One file.

    :param path: of the copy
    :param start: where in the other machine's file it begins
    """

    path: Path
    start: int
    size: int = 0


class Mirror:
    """
    Copies of files, by their numbers on the other machine; they are renamed as those are.

    :param folder: of the copies
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._copies: dict[str, _Copy] = {}

    def have(self) -> dict[str, list[int]]:
        """Return of each file where its copy begins, how much that is, and its fingerprint."""
        return {key: [copy.start, copy.size, _fingerprint(copy)]
                for key, copy in self._copies.items()}

    def take(self, head: dict[str, Any], data: bytes) -> None:
        """
        Do what a frame says.

        :raises MirrorError: it makes no sense
        :raises OSError: a copy cannot be written
        """
        kind, key = head['kind'], head.get('file', '')
        if kind == 'names':
            self._rename(head['names'])
            if key:
                self._begin(key, head)
            return
        copy = self._copies.get(key)
        if copy is None:
            return
        if kind == 'data':
            self._append(copy, head, data)
        elif kind == 'cut':
            os.truncate(copy.path, 0)
            copy.start = copy.size = 0
        elif kind == 'gone':
            copy.path.unlink(missing_ok=True)
            del self._copies[key]

    def _append(self, copy: _Copy, head: dict[str, Any], data: bytes) -> None:
        if head['at'] != copy.start + copy.size:
            raise MirrorError(f'{copy.path.name}: bytes from {head["at"]} on came, '
                              f'{copy.start + copy.size} was next')
        with copy.path.open('ab') as file:
            file.write(data)
        copy.size += len(data)
        # Times without a date are understood by it.
        os.utime(copy.path, (head['written'], head['written']))

    def _begin(self, key: str, head: dict[str, Any]) -> None:
        """Begin a copy, or go on with one that is right so far."""
        copy = self._copies.get(key)
        path = self._path(head['names'][key])
        if copy is not None:
            if (copy.start, copy.start + copy.size) == (head['start'], head['offset']):
                return
            copy.path.unlink(missing_ok=True)  # its number is another file's now
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.touch()
        self._copies[key] = _Copy(path, head['start'])

    def _rename(self, names: dict[str, str]) -> None:
        moves: list[tuple[_Copy, Path, Path]] = []
        for key, name in names.items():
            copy = self._copies.get(key)
            if copy is not None and copy.path != (path := self._path(name)):
                aside = copy.path.with_name(f'.{copy.path.name}.{len(moves)}')
                os.replace(copy.path, aside)
                moves.append((copy, aside, path))
        for copy, aside, path in moves:
            path.parent.mkdir(parents=True, exist_ok=True)
            os.replace(aside, path)
            copy.path = path

    def _path(self, name: str) -> Path:
        """Return where a file is copied to: nowhere but here, and only a log."""
        parts = name.split('/')
        if '..' in parts or '' in parts or '.' in parts or base_name(
                parts[-1]) is None or is_bag(parts[-1]):
            raise MirrorError(f'{name!r} is no log')
        return self._folder.joinpath(*parts)


def _fingerprint(copy: _Copy) -> int:
    with copy.path.open('rb') as file:
        return zlib.crc32(file.read(FINGERPRINT_BYTES))
