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

"""Print log records: as lines in the colour of their level, or as JSON."""

from __future__ import annotations

from collections.abc import Iterable
import json
import sys

from nevil_bringup.printing.terminal import colours_wanted
from nevil_bringup.printing.terminal import paint
from nevil_nodes.logs import format_record
from nevil_nodes.logs import Record
from nevil_nodes.logs import stamp

__all__ = ['Printer']


class Printer:
    """Prints records to standard output."""

    def __init__(self, *, as_json: bool = False) -> None:
        """Choose how."""
        self._as_json = as_json
        self._coloured = colours_wanted() and not as_json

    def show(self, records: Iterable[Record]) -> None:
        """Print records and see that they are out."""
        written = False
        for record in records:
            sys.stdout.write(self._text(record) + '\n')
            written = True
        if written:
            sys.stdout.flush()

    def _text(self, record: Record) -> str:
        if self._as_json:
            return json.dumps({'at': stamp(record.at_ns), **record._asdict()})
        return paint(format_record(record), record.level, self._coloured)
