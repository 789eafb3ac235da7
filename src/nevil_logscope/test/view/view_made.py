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

"""Made entries, a source that gives them, and a LogScope that shows them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from nevil_logscope.binding import QtCore
from nevil_logscope.binding import QtWidgets
from nevil_logscope.store import Batch
from nevil_logscope.store import Entry
from nevil_logscope.store import LEVEL_NAMES
from nevil_logscope.store import Store
from nevil_logscope.view.widget import LogScopeWidget
from nevil_nodes.logs.flags import flags_of

__all__ = ['Bench', 'NODES', 'START_NS', 'QueueSource', 'made_entry']

START_NS = 1_790_000_000_000_000_000
NODES = ('camera', 'system', 'speech_recognition', 'navigation', 'ai_cognition')
_STEP_NS = 100_000_000
TRACEBACK = ('planning failed\nTraceback (most recent call last):\n'
             '  File "plan.py", line 3, in plan\nKeyError: \'goal\'')


def made_entry(number: int, **values: Any) -> Entry:
    """Return entry number so and so: level and node follow from it."""
    level = LEVEL_NAMES[(0, 1, 1, 1, 1, 2, 1, 1, 3, 1)[number % 10]]
    node = NODES[number % len(NODES)]
    message = f'step {number} took {number % 7} ms'
    if number % 50 == 28:
        message = TRACEBACK
    if number % 100 == 31:
        level, message = 'CRITICAL', f'motor {number} is on fire'
    entry = Entry(0, START_NS + number * _STEP_NS, level, node, 'core', 'files', 0, message)
    entry = entry._replace(**values)
    return entry._replace(flags=int(flags_of(entry.level, entry.node, entry.message)))


class QueueSource:
    """A source that gives what is put into it."""

    def __init__(self, store: Store, name: str = 'files') -> None:
        self.name = name
        self.status, self.ok, self.loading = 'made up', True, False
        self.received = self.dropped = 0
        self.error: Exception | None = None
        self.closed = 0
        self._names = store.names
        self._waiting: list[Batch] = []

    def put(self, entries: Iterable[Entry]) -> None:
        """Give these at the next poll."""
        self._waiting.append(Batch.of_entries(entries, self._names))

    def poll(self, budget_s: float) -> list[Batch]:
        """Return what was put."""
        if self.error is not None:
            raise self.error
        waiting, self._waiting = self._waiting, []
        self.received += sum(map(len, waiting))
        return waiting

    def close(self) -> None:
        """Count it."""
        self.closed += 1


class Bench:
    """A LogScope over one source; time passes only when a test says so."""

    def __init__(self, max_entries: int = 10_000, **options: Any) -> None:
        self.store = Store(max_entries)
        self.source = QueueSource(self.store)
        self.scope = LogScopeWidget(self.store, [self.source], **options)
        self.made = 0

    def add(self, many: int, **values: Any) -> None:
        """Let entries come."""
        self.put([made_entry(number, **values) for number in range(self.made, self.made + many)])
        self.made += many

    def put(self, entries: list[Entry]) -> None:
        """Let these come, and show them."""
        self.source.put(entries)
        self.scope.intake.tick()
        self.scope.panels.refresh_soon()
        self.settle()

    def settle(self) -> None:
        """Let searches end and everything be painted."""
        self.scope.searcher.finish()
        self.scope.refresh()
        QtWidgets.QApplication.processEvents()

    def do(self, name: str) -> None:
        """Do a command, to its end."""
        self.scope.commands.do(name)
        self.settle()

    def type(self, text: str) -> None:  # noqa: A003 - what one does
        """Type into the search field."""
        self.scope.search.field.setText(text)
        self.settle()

    def messages(self) -> list[str]:
        """Return the messages of the rows, first lines."""
        model = self.scope.model
        return [model.line(row).message for row in range(len(model))]

    def levels(self) -> set[str]:
        """Return the levels of the rows."""
        model = self.scope.model
        return {model.line(row).entry.level for row in range(len(model))}

    def nodes(self) -> set[str]:
        """Return the nodes of the rows."""
        model = self.scope.model
        return {model.line(row).entry.node for row in range(len(model))}

    def current(self) -> Entry:
        """Return the entry that is current."""
        current = self.scope.table.current_id
        assert current is not None
        return self.store.entry(current)

    def at_end(self) -> bool:
        """Return whether the newest row is seen."""
        bar = self.scope.table.verticalScrollBar()
        return bool(bar.value() == bar.maximum())


def key(name: str) -> Any:
    """Return Qt's key of that name."""
    return getattr(QtCore.Qt.Key, f'Key_{name}')
