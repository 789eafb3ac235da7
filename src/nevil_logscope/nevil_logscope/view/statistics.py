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

"""Numbers about what is here: how many, how fast, of whom, and what they cost."""

from __future__ import annotations

from typing import Any

from nevil_logscope.binding import QtWidgets
from nevil_logscope.search.overview import counts
from nevil_logscope.store import Store
from nevil_logscope.view.intake import Intake
from nevil_logscope.view.searcher import Searcher
from nevil_logscope.view.theme import LEVEL_NAMES
from nevil_logscope.view.theme import LEVEL_SIGNS

__all__ = ['Statistics', 'grouped']

_MAX_NODES = 200


def grouped(number: int) -> str:
    """Return a number with its thousands apart."""
    return f'{number:,}'.replace(',', '\u202f')


class Statistics(QtWidgets.QPlainTextEdit):
    """The numbers as a text, so that they can be copied."""

    def __init__(self, store: Store, intake: Intake, searcher: Searcher,
                 parent: Any = None) -> None:
        super().__init__(parent)
        self.setReadOnly(True)
        self.setTabChangesFocus(True)
        self.setAccessibleName('Statistics')
        self.setLineWrapMode(QtWidgets.QPlainTextEdit.LineWrapMode.NoWrap)
        self._store, self._intake, self._searcher = store, intake, searcher

    def refresh(self, shown: int) -> None:
        """Rewrite the numbers; ``shown`` is how many rows the table has."""
        text = '\n'.join(self._lines(shown))
        if text != self.toPlainText():
            bar = self.verticalScrollBar()
            at = bar.value()
            self.setPlainText(text)
            bar.setValue(at)

    def _lines(self, shown: int) -> list[str]:
        store, intake = self._store, self._intake
        memory = store.memory()
        kept = len(store)
        lines = [
            f'received    {grouped(intake.received):>14}    kept {grouped(kept)} of at most '
            f'{grouped(store.max_entries)}',
            f'shown       {grouped(shown):>14}    {100 * shown / max(1, kept):.1f} % of those '
            f'kept, found in {self._searcher.took_s * 1000:.0f} ms',
            f'dropped     {grouped(intake.dropped):>14}    from sources that were too fast',
            f'a second    {intake.rate(1):>14.0f}    {intake.rate(10):.1f} over 10 s, '
            f'{intake.rate(60):.1f} over a minute',
            f'memory      {memory / 1e6:>11.1f} MB    {memory / max(1, kept):.0f} bytes an entry',
            '',
            '  '.join([f'{"node":<24}', f'{"all":>10}',
                       *(f'{sign} {name:>8}' for sign, name in zip(LEVEL_SIGNS, LEVEL_NAMES))])]
        names, every = store.names.nodes.names, counts(store)
        sums = every.sum(axis=1)
        for node in (-sums).argsort(kind='stable')[:_MAX_NODES].tolist():
            if sums[node]:
                lines.append('  '.join([
                    f'{names[node][:24] or "(no node)":<24}', f'{grouped(int(sums[node])):>10}',
                    *(f'{grouped(int(count)):>10}' for count in every[node])]))
        return lines
