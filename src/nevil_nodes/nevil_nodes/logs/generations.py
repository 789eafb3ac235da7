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

"""The files of one log: the one that is written, and those it was before (``x.log.2.gz``)."""

from __future__ import annotations

import os
import re

__all__ = ['NAMES_OF_LOGS', 'base_name', 'generations']

_MAX_GENERATIONS = 1000
# `x.log.1`, `x.log-20261122`, `x.log.2026-11-22_17-54`, each packed or not; `x.log.gz`
NAMES_OF_LOGS = r'(.+\.log)(?:[.-](\d[\d_.T:-]*))?(\.(?:gz|xz|bz2|zst))?'
_ROTATED = re.compile(NAMES_OF_LOGS)
_MOST_DIGITS_OF_A_NUMBER = 4


def base_name(name: str) -> str | None:
    """Return the name of the log that a file belongs to (``x.log``), None if it is none."""
    match = _ROTATED.fullmatch(name)
    return match[1] if match else None


def generations(path: str) -> list[tuple[str, bool]]:
    """Return the files of a log, newest first, and whether each is packed."""
    folder, name = os.path.split(path)
    found = [((0, 0), path, False)]
    try:
        names = os.listdir(folder or '.')
    except OSError:
        return [(path, False)]
    for other in names:
        if other != name and other.startswith(name) and (age := _age(other[len(name):])):
            found.append((age, os.path.join(folder, other), other[-1] not in '0123456789'))
    return [(one, packed) for _, one, packed in sorted(found)[:_MAX_GENERATIONS]]


def _age(rest: str) -> tuple[int, int] | None:
    """Return what sorts generations by age, None where it is another log's name."""
    match = _ROTATED.fullmatch('x.log' + rest)
    if match is None or match[1] != 'x.log':
        return None
    digits = re.sub(r'\D', '', match[2] or '')
    if len(digits) <= _MOST_DIGITS_OF_A_NUMBER:
        return 0, int(digits or 0)
    return 1, -int(digits[:14].ljust(14, '0'))  # a date: the later one is the newer one
