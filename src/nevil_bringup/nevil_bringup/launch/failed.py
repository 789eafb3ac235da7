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

"""What has gone wrong with a robot, where launch's exit status notices it."""

from __future__ import annotations

from typing import Any

from launch import Event

__all__ = ['Failed', 'raise_failed']


class Failed(Event):  # type: ignore[misc]
    """Something has gone wrong that launch's exit status has to show."""

    name = 'nevil_bringup.Failed'

    def __init__(self, error: Exception) -> None:
        """Take what it is."""
        super().__init__()
        self.error = error


def raise_failed(context: Any) -> None:
    """Raise it where launch notices."""
    raise context.locals.event.error
