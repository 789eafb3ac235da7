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
What the policy core refuses.

::

    CoreError
    ├── ForbiddenTransition   a step that is not in the table: a mistake in the core itself
    ├── InvalidUnits          the units given to the core contradict each other
    ├── UnexpectedEvent       a fact that the unit's state does not know
    └── UnitRefused           an operator's request that cannot be met; the text is for him

After any but the first, the core is unchanged.
"""

from __future__ import annotations

__all__ = [
    'CoreError', 'ForbiddenTransition', 'InvalidUnits', 'UnexpectedEvent', 'UnitRefused',
]


class CoreError(Exception):
    """Anything the policy core refuses."""


class ForbiddenTransition(CoreError):
    """A reaction wanted a step that the table of transitions does not have."""


class InvalidUnits(CoreError):
    """The units contradict each other: names given twice or unknown, or a cycle."""


class UnexpectedEvent(CoreError):
    """A fact that the unit's state, or the system's, does not know."""


class UnitRefused(CoreError):
    """An operator's request that cannot be met; the text says why and what to do."""
