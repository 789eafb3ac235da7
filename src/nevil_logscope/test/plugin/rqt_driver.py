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
The real rqt, driven from within: ``python rqt_driver.py DO [ARGUMENT OF RQT ...]``.

DO is a Python expression, looked at ten times a second with ``scopes`` (the widgets of all
instances), ``state`` (a dictionary, empty at first), ``window`` (rqt's), ``pick`` (chooses an
action of its menus), ``binding`` and ``Settings``. What it returns is printed as JSON when it is
not None, and rqt is closed.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from rqt_gui.main import Main


class Driven(Main):  # type: ignore[misc]  # rqt is not annotated
    """An rqt that does what it is told once it is there."""

    def create_application(self, argv: Any) -> Any:
        """Make the application, and look after it."""
        from python_qt_binding.QtCore import QTimer
        application = super().create_application(argv)
        self._state: dict[str, Any] = {}
        self._timer = QTimer()
        self._timer.timeout.connect(lambda: self._look(application))
        self._timer.start(100)
        return application

    def _look(self, application: Any) -> None:
        from nevil_logscope import binding
        from nevil_logscope.settings import Settings
        from nevil_logscope.view.widget import LogScopeWidget
        from python_qt_binding.QtWidgets import QMainWindow
        windows = [one for one in application.topLevelWidgets() if isinstance(one, QMainWindow)
                   and one.isVisible()]
        if not windows:
            return
        scopes = [one for one in application.allWidgets() if isinstance(one, LogScopeWidget)]
        found = eval(sys.argv[1], {  # noqa: S307 - written by the test
            'scopes': sorted(scopes, key=lambda one: str(one.windowTitle())),
            'state': self._state, 'window': windows[0], 'binding': binding,
            'Settings': Settings,
            'pick': lambda text: self._pick(windows[0], text)})
        if found is not None:
            self._timer.stop()
            print(json.dumps(found), flush=True)
            windows[0].close()

    @staticmethod
    def _pick(window: Any, text: str) -> bool:
        from python_qt_binding.QtWidgets import QAction
        actions = [one for one in window.findChildren(QAction) if one.text() == text]
        for action in actions[:1]:
            action.trigger()
        return bool(actions)


if __name__ == '__main__':
    sys.exit(Driven().main(['rqt', *sys.argv[2:]]))
