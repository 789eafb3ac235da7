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

"""Values as they appear in messages to the user."""

from __future__ import annotations

import math
from typing import Any

__all__ = ['short_repr', 'shortened', 'shown']

# So that place, value, rule and way out still fit into one line.
_MAX = 60


def shown(value: Any) -> str:
    """Return a value as it looks in a YAML file, shortened."""
    if isinstance(value, bool):
        return 'true' if value else 'false'
    if isinstance(value, float) and not math.isfinite(value):
        return repr(value).replace('inf', '.inf').replace('nan', '.nan')
    return short_repr(value)


def short_repr(value: Any) -> str:
    """Return a value as it looks in Python, shortened."""
    return shortened(repr(value))


def shortened(text: str) -> str:
    """Return a text, cut where it is too long for a message of one line."""
    return text if len(text) <= _MAX else f'{text[:_MAX - 3]}...'
