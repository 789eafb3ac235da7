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
From observations to evaluation: every signal its own level, with thresholds, hysteresis, history.

Pure and deterministic: time is an argument, nothing is read and nobody is called.
"""

from __future__ import annotations

from nevil_health.signals.evaluation import Evaluation
from nevil_health.signals.observations import CheckResult
from nevil_health.signals.observations import Counters
from nevil_health.signals.observations import NodeRules
from nevil_health.signals.observations import NodeSample
from nevil_health.signals.observations import SystemRules
from nevil_health.signals.observations import SystemSample
from nevil_health.signals.probes import ProbeReading
from nevil_health.signals.probes import ProbeRule
from nevil_health.signals.views import Level
from nevil_health.signals.views import LevelChange
from nevil_health.signals.views import MetricSummary
from nevil_health.signals.views import NODE_SIGNALS
from nevil_health.signals.views import NodeHealth
from nevil_health.signals.views import SignalView
from nevil_health.signals.views import SYSTEM_SIGNALS
from nevil_health.signals.views import SystemHealth

__all__ = [
    'CheckResult', 'Counters', 'Evaluation', 'Level', 'LevelChange', 'MetricSummary',
    'NODE_SIGNALS', 'NodeHealth', 'NodeRules', 'NodeSample', 'ProbeReading', 'ProbeRule',
    'SignalView', 'SYSTEM_SIGNALS', 'SystemHealth', 'SystemRules', 'SystemSample',
]
