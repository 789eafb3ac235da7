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

"""Do a thing once for all who asked for it in one turn of the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

__all__ = ['OnceATurn']


class OnceATurn:
    """Called any number of times in a turn, it calls its function once, in the next."""

    def __init__(self, function: Callable[[], None]) -> None:
        """Remember the function."""
        self._function = function
        self._scheduled = False

    def __call__(self) -> None:
        """Ask for it."""
        if not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._run)

    def _run(self) -> None:
        self._scheduled = False
        self._function()
