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

"""Rows that need more time than anybody has: tests of the pure parts, where time is a number."""

from __future__ import annotations

from row import row
from stage import Stage

_CORE = 'nevil_health/test/core/'
_NOTHING = {'signal': '', 'alerts': 0, 'restarts': 0}


@row('7', 'backoff up to its cap', **_NOTHING,
     tests=f'{_CORE}test_core_restart.py -k "backoff_follows or cap_holds or jitter"')
@row('8', 'budget is reset by a stable run', **_NOTHING,
     tests=f'{_CORE}test_core_restart.py -k "reset_after_a_stable or stable_run"')
@row('74a', '10 000 nodes with random faults', **_NOTHING,
     tests=f'{_CORE}test_core_scale.py {_CORE}test_core_properties.py')
def virtual(stage: Stage) -> None:
    """Need no robot."""
