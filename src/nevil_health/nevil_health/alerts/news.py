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

"""What of an incident is news, and whether it is a notification or merely shown."""

from __future__ import annotations

from typing import Literal

from nevil_health.alerts.incident import Incident
from nevil_health.alerts.kinds import TOGETHER_S
from nevil_health.alerts.views import AlertNews

__all__ = ['news_of']


def news_of(one: Incident, at: float) -> AlertNews | None:
    """Return the news of an incident since this was last asked, None if there is none."""
    before, one.shown = one.shown, one.view()
    if one.state == 'resolved':
        loud = one.notified.times > 0 and not one.silenced
        return AlertNews(kind='resolved', alert=one.shown, loud=loud)
    kind = _due(one, at) if one.audible else None
    if kind is not None:
        return AlertNews(kind=kind, alert=one.shown, loud=True)
    if one.state == 'firing' and (before is None or before.state != 'firing'):
        return AlertNews(kind='firing', alert=one.shown, loud=False)
    if before != one.shown:
        return AlertNews(kind='changed', alert=one.shown, loud=False)
    return None


def _due(one: Incident, at: float) -> Literal['firing', 'repeated', 'changed'] | None:
    """Return the kind of notification that is due for an incident, None if none is."""
    notified, rank, rules = one.notified, one.rank, one.rules
    if not notified.times:
        notified.first(at, rank, rules, flapping=one.flapping)
        return 'firing'
    if notified.worse(at, rank, rules, flapping=one.flapping):
        return 'changed'
    if at >= one.since + TOGETHER_S and notified.more(at, one.with_it, rank, rules):
        return 'changed'
    if one.flapping:
        return 'changed' if notified.flaps(at, rank, rules) else None
    return 'repeated' if notified.again(at, rank, rules) else None
