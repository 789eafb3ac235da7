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

"""A source that never raises: what goes wrong is its state, and it is tried again later."""

from __future__ import annotations

import time
from typing import Any

from nevil_logscope.sources import Source
from nevil_logscope.store import Batch
from nevil_logscope.view.guard import report

__all__ = ['SafeSource']

_RETRY_S = 2.0


class SafeSource:
    """
    A source for the window.

    :param where: a QObject of the LogScope that problems are shown in
    """

    def __init__(self, source: Source, where: Any) -> None:
        self._source, self._where = source, where
        self.name = source.name
        self._problem = ''
        self._again_s = 0.0

    @property
    def status(self) -> str:
        """Return its state, or what went wrong."""
        return self._problem or str(self._get('status', 'no state'))

    @property
    def ok(self) -> bool:
        """Return whether it works."""
        return not self._problem and bool(self._get('ok', False))

    @property
    def loading(self) -> bool:
        """Return whether it reads what was there before; what fails keeps nobody waiting."""
        return not self._problem and bool(self._get('loading', False))

    @property
    def received(self) -> int:
        """Return how many entries it has given."""
        return int(self._get('received', 0))

    @property
    def dropped(self) -> int:
        """Return how many entries it could not take."""
        return int(self._get('dropped', 0))

    def poll(self, budget_s: float) -> list[Batch]:
        """Return what is new."""
        now_s = time.monotonic()
        if now_s < self._again_s:
            return []
        try:
            batches = self._source.poll(budget_s)
        except Exception as error:  # noqa: B902 - shown as its state
            self._failed(error)
            self._again_s = now_s + _RETRY_S
            return []
        self._problem, self._again_s = '', 0.0
        return batches

    def close(self) -> None:
        """Close it."""
        try:
            self._source.close()
        except Exception as error:  # noqa: B902 - the others are closed as well
            self._failed(error)

    def _get(self, name: str, otherwise: Any) -> Any:
        try:
            return getattr(self._source, name)
        except Exception as error:  # noqa: B902 - shown as its state
            self._failed(error)
            return otherwise

    def _failed(self, error: Exception) -> None:
        self._problem = f'{type(error).__name__}: {error}'
        report(self._where, f'{self.name}: {self._problem}', error)
