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

"""The errors that a user sees, and the exit codes."""

from __future__ import annotations

__all__ = [
    'EXIT_DEGRADED', 'EXIT_FAILED', 'EXIT_INTERRUPTED', 'EXIT_NOT_RUNNING', 'EXIT_OK',
    'EXIT_UNKNOWN', 'EXIT_USAGE', 'ControlError', 'UserError',
]

EXIT_OK = 0
EXIT_FAILED = EXIT_DEGRADED = 1
EXIT_USAGE = 2
EXIT_NOT_RUNNING = 3
EXIT_UNKNOWN = 4
EXIT_INTERRUPTED = 130


class ControlError(Exception):
    """Something is wrong with the supervisor or the way to it."""


class UserError(Exception):
    """An error that the user sees in one line, with the exit code."""

    def __init__(self, text: str, status: int = EXIT_FAILED) -> None:
        """Remember both."""
        super().__init__(text)
        self.status = status
