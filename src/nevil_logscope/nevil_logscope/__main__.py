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
Open LogScope, the log viewer, in a window.

Exit status: 0 it was closed; 1 no window can be opened, with the reason; 2 wrong usage.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
import os
import signal
import sys
from typing import Any

from nevil_logscope.opened import report_opened
from nevil_logscope.options import add_options
from nevil_nodes.logs.remote.address import SCHEME

__all__ = ['main']


def main(arguments: Sequence[str] | None = None) -> int:
    """Run LogScope."""
    options = _parser().parse_args(arguments)
    why = _why_not()
    if why:
        print(f'logscope: {why}', file=sys.stderr)
        return 1
    return _run(options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog='python -m nevil_logscope', description='Show the logs of a robot, live.')
    add_options(parser)
    parser.add_argument('--title', default='', metavar='TEXT', help='of the window')
    return parser


def _why_not() -> str:
    """Return why no window can be opened, '' where one can."""
    try:
        import nevil_logscope.binding  # noqa: F401 - to see whether it can be
    except ImportError as error:
        return str(error)
    try:
        import numpy  # noqa: F401 - as above
    except ImportError as error:
        return f'it needs numpy: apt install python3-numpy, or pip install numpy ({error})'
    from nevil_logscope.display import why_no_display
    return why_no_display()


def _run(options: Any) -> int:
    from nevil_logscope.binding import QtCore
    from nevil_logscope.open_sources import open_sources
    from nevil_logscope.store import Store
    from nevil_logscope.window import LogScopeWindow
    from nevil_logscope.window import make_application
    application = make_application(sys.argv[:1])
    case = _case(options.files)
    store = Store(max(options.max_entries, case.get('entries') or 0))
    sources, health = open_sources(store, options.log_dir, options.files)
    window = LogScopeWindow(store, sources, title=options.title, theme=options.theme,
                            health=health, data=_data(options), at=options.at,
                            node=options.node, remembered=_of_case(case))
    if case.get('note'):
        window.scope.status.say(f'Note: {case["note"]}')
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # Python looks at signals whenever a timer of ours runs; one that comes before the event
        # loop waits for it.
        signal.signal(number, lambda *_: QtCore.QTimer.singleShot(0, application.quit))
    window.show()
    report_opened()
    try:
        application.exec()
    finally:
        window.shut()
    return 0


def _case(files: Sequence[str]) -> dict[str, Any]:
    """Return what a case says that is opened alone; nothing where it is none."""
    from nevil_nodes.logs.case import case_head
    from nevil_nodes.logs.case import CASE_SUFFIX
    if len(files) != 1 or not files[0].endswith(CASE_SUFFIX):
        return {}
    try:
        return case_head(files[0])
    except (OSError, ValueError):
        return {}  # the source says why


def _of_case(case: dict[str, Any]) -> Any:
    """Return what the window remembers, with the tabs and marks of a case; None without one."""
    from nevil_logscope.settings import load
    return load().with_case(case) if case else None


def _data(options: Any) -> str:
    """Return what is shown, as a name for it."""
    return '\n'.join(path if path.startswith(SCHEME) else os.path.abspath(path)
                     for path in options.files or [options.log_dir or '.'])


if __name__ == '__main__':
    sys.exit(main())
