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
Write entries to a file: as Nevil's log lines, CSV or JSON lines.

The file appears whole or not at all: what was there before stays as it was until all is written.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterable
import csv
import io
import json
from pathlib import Path
import tempfile
import time
from typing import IO

from nevil_logscope.store import Entry
from nevil_logscope.view import times
from nevil_nodes.logs import format_record
from nevil_nodes.logs import Record
from nevil_nodes.logs.case import CASE_SUFFIX
from nevil_nodes.logs.case import entry_line
from nevil_nodes.logs.case import put_in_place

__all__ = ['EXTENSIONS', 'Export', 'ExportError', 'as_text']

EXTENSIONS = {'.log': 'Log lines', '.csv': 'CSV', '.json': 'JSON lines',
              CASE_SUFFIX: 'Case, with filters and marks'}
_CSV_HEAD = 'time,level,node,component,source,message\r\n'


class ExportError(Exception):
    """Nothing was written; says to where and why."""


def as_text(entry: Entry) -> str:
    """Return an entry as Nevil writes its logs, with its further lines."""
    return format_record(Record(
        entry.at_ns, entry.level, entry.node, entry.component, entry.message)) + '\n'


def _as_csv(entry: Entry) -> str:
    row = io.StringIO()
    csv.writer(row).writerow([
        times.full(entry.at_ns) if entry.at_ns > 0 else '', entry.level, entry.node,
        entry.component, entry.source, entry.message.replace('\0', '')])
    return row.getvalue()


def _as_json(entry: Entry) -> str:
    return json.dumps({
        'at_ns': entry.at_ns, 'time': times.full(entry.at_ns) if entry.at_ns > 0 else None,
        'level': entry.level, 'node': entry.node, 'component': entry.component,
        'source': entry.source, 'message': entry.message}, ensure_ascii=False) + '\n'


def _as_case(entry: Entry) -> str:
    return entry_line(Record(entry.at_ns, entry.level, entry.node, entry.component, entry.message),
                      source=entry.source, origin=entry.origin)


_WRITERS: dict[str, Callable[[Entry], str]] = {
    '.log': as_text, '.csv': _as_csv, '.json': _as_json, CASE_SUFFIX: _as_case}


class Export:
    """
    One export, done in slices.

    :param path: its ending chooses the format; anything but ``.csv``, ``.json`` and ``.nlog`` is
        log lines
    :param head: what stands before the entries
    :param ids: of the entries; those that leave the store meanwhile are counted in ``missed``
    :raises ExportError: nothing can be written there
    """

    def __init__(self, path: str | Path, ids: Iterable[int],
                 entry: Callable[[int], Entry], head: str = '') -> None:
        self._path = Path(path)
        self._ids = iter(ids)
        self._entry = entry
        self._line = _WRITERS.get(self._path.suffix.lower(), as_text)
        self.written = self.missed = 0
        self._file: IO[str] | None = None
        try:
            if self._path.is_dir():
                raise IsADirectoryError('it is a folder')
            self._file = tempfile.NamedTemporaryFile(  # noqa: SIM115 - lives with the export
                'w', dir=self._path.parent, prefix=f'.{self._path.name}.', delete=False,
                encoding='utf-8', errors='replace', newline='')
            self._file.write(_CSV_HEAD if self._path.suffix.lower() == '.csv' else head)
        except OSError as error:
            raise self._stopped(error) from None

    def advance(self, budget_s: float) -> bool:
        """
        Write on for about that long; return whether all is written and in its place.

        :raises ExportError: it failed; what was there before is unchanged
        """
        if self._file is None:
            return True
        until_s = time.monotonic() + budget_s
        try:
            while time.monotonic() < until_s:
                for _ in range(50):
                    entry_id = next(self._ids, None)
                    if entry_id is None:
                        self._finish()
                        return True
                    try:
                        line = self._line(self._entry(entry_id))
                    except KeyError:
                        self.missed += 1
                        continue
                    self._file.write(line)
                    self.written += 1
        except OSError as error:
            raise self._stopped(error) from None
        return False

    def cancel(self) -> None:
        """Stop; what was there before is unchanged."""
        if self._file is not None:
            name, file, self._file = self._file.name, self._file, None
            try:
                file.close()
            except OSError:
                pass  # what could not be written is thrown away anyhow
            Path(name).unlink(missing_ok=True)

    def _finish(self) -> None:
        file = self._file
        if file is None:
            return
        put_in_place(file, self._path)
        file.close()
        self._file = None

    def _stopped(self, error: OSError) -> ExportError:
        self.cancel()
        reason = error.strerror or str(error)
        return ExportError(f'{self._path}: {reason}. Nothing was exported'
                           + (', the existing file is unchanged' if self._path.exists() else ''))
