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
The text that whatever a regular expression matches must hold.

Rows without it need not be asked, and bytes are found a dozen times as fast as a pattern.
"""

from __future__ import annotations

from collections.abc import Iterator
import re
from typing import Any
import warnings

try:
    import re._constants as codes  # type: ignore[import-not-found, unused-ignore]
    import re._parser as parser  # type: ignore[import-not-found, unused-ignore]
except ImportError:  # Python 3.10
    import sre_constants as codes
    import sre_parse as parser

__all__ = ['required_text']

_PRINTABLE = range(0x20, 0x7f)
_BREAK = ''


def required_text(pattern: str, case: bool) -> tuple[str, bool]:
    """
    Return the longest text that every match holds, '' for none; and whether its case matters.

    A pattern that other engines understand differently has none.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter('error')  # `[[:alpha:]]` is a class elsewhere
            parsed: Any = parser.parse(pattern, 0 if case else re.IGNORECASE)
    except (re.error, RecursionError, OverflowError, Warning):
        return '', True
    flags = parsed.state.flags
    if flags & re.VERBOSE:
        return '', True
    runs = ''.join(sign if sign else '\n' for sign in _signs(parsed)).split('\n')
    return max(runs, key=len), not flags & re.IGNORECASE


def _signs(parsed: Any) -> Iterator[str]:
    """Yield the signs that follow each other in every match; an empty one where others may be."""
    for code, value in parsed:
        if code is codes.LITERAL and value in _PRINTABLE:
            yield chr(value)
        elif code is codes.SUBPATTERN and not value[1] and not value[2]:
            yield from _signs(value[3])
        elif code in (codes.MAX_REPEAT, codes.MIN_REPEAT) and value[0] > 0:
            yield _BREAK
            yield from _signs(value[2])
            yield _BREAK
        elif code is not codes.AT:
            yield _BREAK
