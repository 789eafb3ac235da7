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

"""Find out whether a window can be opened: Qt ends the process where it cannot."""

from __future__ import annotations

import os
import sys

__all__ = ['why_no_display']

_VARIABLES = ('DISPLAY', 'WAYLAND_DISPLAY')


def why_no_display() -> str:
    """Return why no window can be opened here, with the way out; '' where one can."""
    if os.environ.get('QT_QPA_PLATFORM') or sys.platform != 'linux':
        return ''
    shown = {name: os.environ[name] for name in _VARIABLES if os.environ.get(name)}
    if not shown:
        return ('there is no display: DISPLAY and WAYLAND_DISPLAY are not set '
                "(over ssh: ssh -X; 'nevil logs -f' needs none)")
    if _opens():
        return ''
    where = ', '.join(f'{name}={value}' for name, value in shown.items())
    return (f'the display cannot be opened ({where}). Is it yours, and are the libraries there '
            'that Qt needs for it (apt install libxcb-cursor0 libxkbcommon-x11-0)?')


def _opens() -> bool:
    """Return whether a child of ours can open the display."""
    from nevil_logscope.binding import QtWidgets
    child = os.fork()
    if child == 0:
        status = 1
        try:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, 2)
            QtWidgets.QApplication(['logscope'])
            status = 0
        finally:
            os._exit(status)
    _, status = os.waitpid(child, 0)
    return status == 0
