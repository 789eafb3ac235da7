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

"""The line at the bottom: what is shown, which sources there are, and what went wrong."""

from __future__ import annotations

import time
from typing import Any

from nevil_logscope.binding import QtCore
from nevil_logscope.binding import QtWidgets

__all__ = ['StatusLine']

_MESSAGE_S = 8.0


class StatusLine(QtWidgets.QWidget):
    """Counts left, then a message for a while, sources right."""

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(2, 0, 2, 0)
        layout.setSpacing(14)
        self.counts = QtWidgets.QLabel('')
        self.message = QtWidgets.QLabel('')
        self.dropped = QtWidgets.QLabel('')
        self.sources = QtWidgets.QLabel('')
        self.dropped.setProperty('role', 'wrong')
        self.sources.setProperty('role', 'muted')
        for label in (self.counts, self.message, self.dropped, self.sources):
            label.setTextFormat(QtCore.Qt.TextFormat.PlainText)
        self.message.setSizePolicy(QtWidgets.QSizePolicy.Policy.Ignored,
                                   QtWidgets.QSizePolicy.Policy.Preferred)
        layout.addWidget(self.counts)
        layout.addWidget(self.message, 1)
        layout.addWidget(self.dropped)
        layout.addWidget(self.sources)
        self._until_s = 0.0

    def say(self, text: str, wrong: bool = False) -> None:
        """Show a message for some seconds."""
        self.message.setText(text)
        self.message.setToolTip(text)
        self.message.setProperty('role', 'wrong' if wrong else '')
        self.message.style().unpolish(self.message)
        self.message.style().polish(self.message)
        self._until_s = time.monotonic() + _MESSAGE_S

    def put(self, counts: str, states: list[tuple[str, str, bool]], dropped: int) -> None:
        """Show counts and sources; an old message goes."""
        self.counts.setText(counts)
        self.sources.setText('   '.join(
            f'{"●" if works else "○"} {name}: {text}' for name, text, works in states))
        self.sources.setToolTip('\n'.join(f'{name}: {text}' for name, text, _ in states))
        self.dropped.setText(f'✖ {dropped} dropped' if dropped else '')
        if self.message.text() and time.monotonic() > self._until_s:
            self.message.setText('')
