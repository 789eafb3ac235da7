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

"""Show how far something is: in one line of a terminal, or the steps as lines."""

from __future__ import annotations

import sys
from typing import TextIO

__all__ = ['Progress']


class Progress:
    """
    A line that is replaced by the next one; elsewhere than on a terminal percentages are left out.

    A context manager, which ends the line.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        """Choose where."""
        self._stream = sys.stdout if stream is None else stream
        self._terminal = self._stream.isatty()
        self._open = False

    def __enter__(self) -> Progress:
        """Return it."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the line."""
        if self._open:
            self._stream.write('\n')

    def __call__(self, text: str) -> None:
        """Show a line."""
        if self._terminal:
            # Only the text is other people's.
            getattr(self._stream, 'control', self._stream.write)('\r\x1b[K')
            self._stream.write(text)
            self._open = True
        elif '%' not in text:
            self._stream.write(f'{text}\n')
        self._stream.flush()
