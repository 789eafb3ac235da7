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


"""The one exception of the build."""

from __future__ import annotations

from pathlib import Path

__all__ = ['BuildError']


class BuildError(Exception):
    """
    The messages of a project could not be built; the text says why and what to do.

    :param log: the whole output of the build, None when it did not get that far
    """

    def __init__(self, text: str, log: Path | None = None) -> None:
        """Keep the text and the log."""
        super().__init__(text)
        self.log = log
