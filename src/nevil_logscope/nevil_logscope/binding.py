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
The one place that chooses the Qt binding; everything else takes Qt's names from here.

Inside rqt it is rqt's own (python_qt_binding), else one that this process has loaded already,
else the one that the environment variable QT_API names, else PyQt5, else PyQt6.
"""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any

__all__ = [
    'NAME', 'QAction', 'QShortcut', 'QtCore', 'QtGui', 'QtWidgets', 'Signal', 'mouse_position',
]

_OURS = ('PyQt5', 'PyQt6')


class QtBindingError(ImportError):
    """No Qt binding can be imported."""


def _candidates() -> tuple[str, ...]:
    if 'qt_gui' in sys.modules:
        return ('python_qt_binding',)
    loaded = [name for name in _OURS if f'{name}.QtCore' in sys.modules]
    if loaded:
        return (loaded[0],)
    preferred = os.environ.get('QT_API', '').lower()
    return tuple(sorted(_OURS, key=lambda name: name.lower() != preferred))


def _load() -> tuple[str, Any, Any, Any]:
    reasons = []
    for name in _candidates():
        try:
            modules = [importlib.import_module(f'{name}.{part}')
                       for part in ('QtCore', 'QtGui', 'QtWidgets')]
        except ImportError as error:
            reasons.append(f'{name}: {error}')
            continue
        return name, modules[0], modules[1], modules[2]
    raise QtBindingError(
        'LogScope needs PyQt5 or PyQt6: apt install python3-pyqt5, or pip install PyQt5 '
        f'({"; ".join(reasons)})')


NAME, QtCore, QtGui, QtWidgets = _load()
Signal: Any = getattr(QtCore, 'pyqtSignal', None) or QtCore.Signal
# Qt 6 moved these two.
QAction: Any = getattr(QtGui, 'QAction', None) or QtWidgets.QAction
QShortcut: Any = getattr(QtGui, 'QShortcut', None) or QtWidgets.QShortcut


def mouse_position(event: Any) -> Any:
    """Return where a mouse event happened in its widget, as a QPoint."""
    return event.position().toPoint() if hasattr(event, 'position') else event.pos()
