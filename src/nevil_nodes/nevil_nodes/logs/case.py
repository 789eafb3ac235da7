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
Cases: one file with log entries and what one has made of them, to be handed over.

A ``.nlog`` is JSON lines in UTF-8: an object with ``"nlog": 1``, the filters (``tabs``), marks and
a note, then an object for each entry. What a reader does not know is ignored.
"""

from __future__ import annotations

from collections.abc import Generator
from collections.abc import Iterable
import json
import os
from pathlib import Path
import tempfile
from typing import Any
from typing import IO

from nevil_nodes.logs.record import LEVELS
from nevil_nodes.logs.record import Record
from nevil_nodes.logs.spec import FilterSpec

__all__ = [
    'CASE_SUFFIX', 'case_head', 'entry_line', 'head_line', 'put_in_place', 'read_case',
    'write_case',
]

CASE_SUFFIX = '.nlog'
_VERSION = 1


def head_line(**values: Any) -> str:
    """Return the first line of a case."""
    return json.dumps({'nlog': _VERSION} | values, ensure_ascii=False) + '\n'


def entry_line(record: Record, **values: Any) -> str:
    """Return the line of an entry."""
    return json.dumps(record._asdict() | values, ensure_ascii=False) + '\n'


def write_case(path: Path, records: Iterable[Record], spec: FilterSpec, note: str) -> int:
    """
    Write a case; return how many entries it has. It appears whole or not at all.

    :param spec: the filter that its first tab shall have
    :raises OSError: it cannot be written
    """
    tabs = [{'name': 'Unified', 'spec': spec.to_json(), 'query': {}, 'mode': ''}]
    kept = list(records)
    with tempfile.NamedTemporaryFile(
            'w', dir=path.parent, prefix=f'.{path.name}.', delete=False, encoding='utf-8',
            errors='replace', newline='\n') as file:
        try:
            file.write(head_line(note=note, tabs=tabs, bookmarks=[], entries=len(kept)))
            file.writelines(entry_line(record) for record in kept)
            put_in_place(file, path)
        except BaseException:
            os.unlink(file.name)
            raise
    return len(kept)


def put_in_place(file: IO[str], path: Path) -> None:
    """
    Let a temporary file of the same folder become the file, with the permissions of a new one.

    :raises OSError: it cannot; what was there before is unchanged
    """
    file.flush()
    os.fsync(file.fileno())
    mask = os.umask(0)
    os.umask(mask)
    os.fchmod(file.fileno(), 0o666 & ~mask)
    os.replace(file.name, path)


def case_head(path: str | Path) -> dict[str, Any]:
    """
    Return what a case says before its entries.

    :raises ValueError: it is no case, or one of a newer kind; says so
    :raises OSError: it cannot be read
    """
    with open(path, encoding='utf-8', errors='replace') as file:
        head = _object(file.readline())
    if not isinstance(head.get('nlog'), int):
        raise ValueError('is not a case written by Nevil')
    if head['nlog'] > _VERSION:
        raise ValueError('was written by a newer Nevil')
    return head


def read_case(path: str | Path) -> Generator[tuple[Record, dict[str, Any]], None, None]:
    """
    Yield the entries of a case, each with all that its line says; other lines are left out.

    :raises OSError: it cannot be read
    """
    with open(path, encoding='utf-8', errors='replace') as file:
        file.readline()
        for line in file:
            values = _object(line)
            fields: list[Any] = [values.get(name) for name in Record._fields]
            record = Record(*fields)
            if type(record.at_ns) is int and record.level in LEVELS and all(
                    isinstance(text, str) for text in record[2:]):
                yield record, values


def _object(line: str) -> dict[str, Any]:
    try:
        values = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return values if isinstance(values, dict) else {}
