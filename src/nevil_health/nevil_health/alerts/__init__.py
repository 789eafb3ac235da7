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
Alerts: one incident per cause; notifications when it begins, repeats, gets worse and ends.

Pure and deterministic: time is an argument, nothing is read and nobody is called.
"""

from __future__ import annotations

from nevil_health.alerts.book import AlertBook
from nevil_health.alerts.views import Alert
from nevil_health.alerts.views import AlertNews
from nevil_health.alerts.views import AlertRules
from nevil_health.alerts.views import Severity
from nevil_health.alerts.views import Silence
from nevil_health.alerts.views import Step
from nevil_health.alerts.why import explain
from nevil_health.alerts.why import explain_system

__all__ = [
    'Alert', 'AlertBook', 'AlertNews', 'AlertRules', 'explain', 'explain_system', 'Severity',
    'Silence', 'Step',
]
