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

"""What every source of entries offers."""

from __future__ import annotations

from typing import Protocol

from nevil_logscope.store.batch import Batch

__all__ = ['Source']


class Source(Protocol):
    """
    Somewhere entries come from; polled, never blocking, all in one thread.

    ``name`` is in the entries' source column. ``status`` is one line for the status bar:
    ``12 files``, ``no such folder: logs``, ``ROS 2 is not installed``. ``ok`` is False when it
    gives nothing now. ``loading`` is True while it reads what was there before.
    """

    @property
    def name(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def ok(self) -> bool: ...
    @property
    def loading(self) -> bool: ...
    @property
    def received(self) -> int: ...
    @property
    def dropped(self) -> int: ...

    def poll(self, budget_s: float) -> list[Batch]:
        """Return what is new, stopping soon after the budget; each batch is in order."""

    def close(self) -> None:
        """Give back files, nodes and threads; may be called again."""
