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

"""LogScope in a window of its own."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from nevil_logscope import settings
from nevil_logscope.binding import QtCore
from nevil_logscope.binding import QtGui
from nevil_logscope.binding import QtWidgets
from nevil_logscope.settings import Settings
from nevil_logscope.sources import Source
from nevil_logscope.store import Store
from nevil_logscope.view.aim import Aim
from nevil_logscope.view.guard import guarded
from nevil_logscope.view.guard import LOGGER
from nevil_logscope.view.theme import DARK
from nevil_logscope.view.widget import Health
from nevil_logscope.view.widget import LogScopeWidget

__all__ = ['LogScopeWindow', 'make_application']

_SIZE = (1600, 1000)


class LogScopeWindow(QtWidgets.QMainWindow):
    """
    The window: it remembers where it was and what it showed.

    :param title: what is shown, such as the project's name
    :param theme: instead of the one that is remembered
    :param data: what is shown: its filters and bookmarks are remembered for it alone
    :param at: open at this time, as one types it; ``node``: at this node's entry
    """

    def __init__(
        self, store: Store, sources: Sequence[Source], *, title: str = '',
        theme: str | None = None, health: Health = dict,
        remembered: Settings | None = None, data: str = '', at: str = '', node: str = '',
    ) -> None:
        super().__init__()
        self.setWindowTitle(f'{title} – LogScope' if title else 'LogScope')
        self.setWindowIcon(_icon())
        self.scope = LogScopeWidget(store, sources, health=health)
        self.setCentralWidget(self.scope)
        self._data = data
        state = remembered if remembered is not None else settings.load().for_data(data)
        room = QtWidgets.QApplication.primaryScreen().availableSize()
        self.resize(QtCore.QSize(*_SIZE).boundedTo(room))
        if state.geometry:
            self.restoreGeometry(QtCore.QByteArray.fromBase64(state.geometry.encode()))
        self.scope.restore(replace(state, theme=theme) if theme else state)
        self.scope.start()
        if at or node:
            self.aim = Aim(self.scope, at, node)
        self._open = True

    def state(self) -> Settings:
        """Return what is to be remembered."""
        geometry = base64.b64encode(bytes(self.saveGeometry())).decode()
        return replace(self.scope.settings(), geometry=geometry)

    def shut(self) -> None:
        """Remember everything, and stop; may be called again."""
        if self._open:
            self._open = False
            problem = settings.save(self.state().with_data(self._data, settings.load()))
            if problem:
                LOGGER.warning(problem)
            self.scope.close_sources()

    @guarded()
    def closeEvent(self, event: Any) -> None:  # noqa: N802 - Qt's name
        self.shut()
        event.accept()


def make_application(arguments: Sequence[str]) -> Any:
    """Return the application, sharp on screens of any density."""
    application = QtWidgets.QApplication
    attribute = QtCore.Qt.ApplicationAttribute
    for name in ('AA_EnableHighDpiScaling', 'AA_UseHighDpiPixmaps'):  # Qt 6 does so by itself
        if hasattr(attribute, name):
            application.setAttribute(getattr(attribute, name))
    application.setHighDpiScaleFactorRoundingPolicy(
        QtCore.Qt.HighDpiScaleFactorRoundingPolicy.PassThrough)
    made = application(list(arguments))
    made.setApplicationName('LogScope')
    return made


def _icon() -> Any:
    """Return four lines of a log, one of them an error."""
    image = QtGui.QPixmap(64, 64)
    image.fill(QtGui.QColor(DARK.background))
    painter = QtGui.QPainter(image)
    for row, (level, width) in enumerate(((1, 40), (2, 30), (3, 46), (1, 24))):
        painter.fillRect(9, 10 + 12 * row, width, 7, QtGui.QColor(DARK.levels[level]))
    painter.end()
    return QtGui.QIcon(image)
