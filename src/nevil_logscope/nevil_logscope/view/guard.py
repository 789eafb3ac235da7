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
No exception leaves a slot, an event handler or a model.

PyQt ends the process where one does. Here it is logged once, shown in the status bar of the
LogScope it happened in, and the window lives on.
"""

from __future__ import annotations

from collections.abc import Callable
import functools
import inspect
import logging
from typing import Any

__all__ = ['LOGGER', 'guarded', 'report']

LOGGER = logging.getLogger('nevil_logscope')
_MAX_LOGGED = 100
_logged: set[str] = set()


def guarded(default: Any = None) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """
    Make a method safe to be called by Qt.

    :param default: returned where the method raised
    """
    def decorate(method: Callable[..., Any]) -> Callable[..., Any]:
        parameters = inspect.signature(method).parameters.values()
        takes_all = any(one.kind is one.VAR_POSITIONAL for one in parameters)
        # Qt may give a slot more than it takes (``clicked(bool)``).
        limit = None if takes_all else sum(
            one.kind is not one.KEYWORD_ONLY for one in parameters) - 1

        @functools.wraps(method)
        def safe(self: Any, *args: Any, **options: Any) -> Any:
            try:
                return method(self, *args[:limit], **options)
            except Exception as error:  # noqa: B902 - whatever it is, Qt must not see it
                report(self, f'{method.__qualname__}: {type(error).__name__}: {error}', error)
                return default

        return safe

    return decorate


def report(where: Any, text: str, error: BaseException | None = None) -> None:
    """Log a problem once, and show it in the status bar of the LogScope that the object is in."""
    if text not in _logged and len(_logged) < _MAX_LOGGED:
        _logged.add(text)
        LOGGER.error(text, exc_info=error)
    try:
        while where is not None and not hasattr(where, 'show_problem'):
            where = where.parent()
        if where is not None:
            where.show_problem(text)
    except Exception:  # noqa: B902 - the object may be half deleted already
        LOGGER.debug('cannot show: %s', text)
