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


"""What the output of a build says: how far it is, and the first error."""

from __future__ import annotations

from collections.abc import Iterable
import re

__all__ = ['first_error', 'percent']

_PERCENT = re.compile(r'\[ *(\d+)%\]')
_CMAKE = re.compile(r'CMake Error')
_ERROR = re.compile(
    r'\b(?:fatal )?error\b[: ]|^Error processing|^\w*(?:Error|Exception): |No space left|'
    r'Killed signal|^ERROR\b', re.IGNORECASE)
_RESULT_ONLY = re.compile(r'^(?:g?make|ninja)\b|^Failed +<<<')


def percent(line: str) -> int | None:
    """Return how much is built after this line, None where it does not say."""
    found = _PERCENT.match(line)
    return int(found.group(1)) if found else None


def first_error(lines: Iterable[str]) -> str:
    """
    Return the line that says why a build failed, empty where none does.

    CMake breaks its message over indented lines; they are joined.
    """
    remaining = iter(lines)
    for line in remaining:
        line = line.strip()
        if _CMAKE.search(line):
            detail: list[str] = []
            for more in remaining:
                if detail and not more.strip():
                    break
                if more.strip():
                    detail.append(more.strip())
            return ' '.join([line, *detail])
        if _ERROR.search(line) and not _RESULT_ONLY.match(line):
            return line
    return ''
