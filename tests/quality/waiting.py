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

"""Wait for a condition, with a deadline: the only way in which a test waits."""

from __future__ import annotations

from collections.abc import Callable
import time
from typing import Any

__all__ = ['wait_for']

_BETWEEN_LOOKS_S = 0.01


def wait_for(
    condition: Callable[[], Any], timeout_s: float = 30.0, *,
    what: str | Callable[[], object] = '', step: Callable[[], object] | None = None,
) -> Any:
    """
    Return the first true value of a condition; fail when there is none in time.

    :param what: told when it fails: what was waited for, or a call that returns what was seen
    :param step: done between two looks instead of a short sleep
    """
    deadline = time.monotonic() + timeout_s
    while not (value := condition()):
        if time.monotonic() > deadline:
            seen = what() if callable(what) else what
            raise AssertionError(f'not within {timeout_s:g} s: {seen or condition}')
        if step is None:
            time.sleep(_BETWEEN_LOOKS_S)
        else:
            step()
    return value
