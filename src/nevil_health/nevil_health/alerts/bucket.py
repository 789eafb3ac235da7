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

"""A limit on notifications: a storm of alerts is summed up instead of passed on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from nevil_health.alerts.kinds import SEVERITIES
from nevil_health.alerts.views import Alert
from nevil_health.alerts.views import AlertNews
from nevil_health.alerts.views import Severity

__all__ = ['Bucket']

_PER_S = 10.0
_BURST = 50.0
_SUM_UP_AFTER_S = 1.0


class Bucket:
    """Tokens: one for each loud word, 10 a second, 50 at most; what finds none is summed up."""

    def __init__(self) -> None:
        """Begin full."""
        self._tokens = _BURST
        self._at = float('-inf')
        self._since: float | None = None
        self._worst: Severity = 'warning'
        self._untold = 0

    def limit(self, news: AlertNews, at: float) -> AlertNews:
        """Return the news; beyond the limit it is shown, without a notification."""
        if not news.loud:
            return news
        if at > self._at:
            self._tokens = min(_BURST, self._tokens + (at - self._at) * _PER_S)
            self._at = at
        if self._tokens >= 1.0:
            self._tokens -= 1.0
            return news
        self.untold(news.alert.severity, at)
        return replace(news, loud=False)

    def untold(self, severity: Severity, at: float) -> None:
        """Count a notification that is not sent."""
        self._untold += 1
        self._worst = max(self._worst, severity, key=SEVERITIES.index)
        if self._since is None:
            self._since = at

    @property
    def due(self) -> float | None:
        """When the notifications that were not sent are to be summed up."""
        return None if self._since is None else self._since + _SUM_UP_AFTER_S

    def sum_up(self, at: float, ident: Callable[[], str]) -> list[AlertNews]:
        """Return one notification about those that were not sent, when it is due."""
        if self._since is None or at < self._since + _SUM_UP_AFTER_S:
            return []
        what = 'alert' if self._untold == 1 else 'alerts'
        alert = Alert(
            id=ident(), key='/overflow', node='', signal='overflow', state='firing',
            severity=self._worst, text=f'{self._untold} more {what}: nevil status shows them',
            since=self._since, fired=at, count=self._untold)
        self._untold, self._since, self._worst = 0, None, 'warning'
        return [AlertNews(kind='firing', alert=alert, loud=True)]
