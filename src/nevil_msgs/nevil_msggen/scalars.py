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
What a plain scalar of a file means.

Numbers are read as rcl reads them in a parameter file (``strtol`` with base 0, then ``strtod``),
so that a value means the same in ``.nodes``, ``.messages`` and a file for ``--params-file``.
Booleans are those of YAML 1.1, as v3 read them.
"""

from __future__ import annotations

import math
import re

__all__ = ['number', 'plain_value']

_INTEGER = re.compile(r'[-+]?(?:0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)\Z')
_DECIMAL = re.compile(r'[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?\Z')
_HEXADECIMAL = re.compile(
    r'[-+]?0[xX](?:[0-9a-fA-F]+\.?[0-9a-fA-F]*|\.[0-9a-fA-F]+)(?:[pP][-+]?[0-9]+)?\Z')
# The words `nan` and `inf`, which strtod takes too, stay text: they are words.
_SPECIAL = re.compile(r'(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\Z')
_NULLS = frozenset({'', '~', 'null', 'Null', 'NULL'})
_BOOLEANS = {
    spelling: value
    for words, value in (('true yes on', True), ('false no off', False))
    for word in words.split() for spelling in (word, word.capitalize(), word.upper())}
# Python refuses to read integers of some thousand digits; none of these fits anywhere.
_MAX_DIGITS = 100
_TOO_LARGE = 2 ** 64


def plain_value(text: str) -> str | bool | int | float | None:
    """Return what a scalar without quotes and without a tag means."""
    if text in _NULLS:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    value = number(text)
    return text if value is None else value


def number(text: str) -> int | float | None:
    """Return the number that a text is, None where it is none."""
    if _INTEGER.match(text):
        return _integer(text)
    if _DECIMAL.match(text):
        return float(text)
    if _HEXADECIMAL.match(text):
        try:
            return float.fromhex(text)
        except OverflowError:
            return math.inf
    return float(text.replace('.', '')) if _SPECIAL.match(text) else None


def _integer(text: str) -> int:
    if len(text) > _MAX_DIGITS:
        return -_TOO_LARGE if text[0] == '-' else _TOO_LARGE
    digits = text.lstrip('+-')
    base = 16 if digits[1:2] in 'xX' and len(digits) > 1 else 8 if digits[0] == '0' else 10
    return int(text, base)
