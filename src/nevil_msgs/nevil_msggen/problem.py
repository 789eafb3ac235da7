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

"""What is wrong in a user's file: where, what, by which rule, and the way out."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Sequence
from dataclasses import dataclass
import difflib
from typing import Literal

__all__ = ['Problem', 'Severity', 'did_you_mean', 'has_errors']

Severity = Literal['error', 'warning']


@dataclass(frozen=True, kw_only=True)
class Problem:
    """
    One problem in one place of one file.

    :param file: path as shown to the user (relative to the project where possible)
    :param line: 1-based line, 0 where the whole file is meant
    :param key: dotted key (``runtime.restart_policy``), empty where none applies
    :param text: value and rule (``'sometimes' is not one of always, never``)
    :param fix: the way out, an imperative clause; empty where the text says it already
    :param severity: an error refuses to start, a warning only with ``--strict``
    """

    file: str
    line: int
    key: str
    text: str
    fix: str = ''
    severity: Severity = 'error'

    def __str__(self) -> str:
        """Return ``file:line: key: text; fix`` in one line."""
        place = f'{self.file}:{self.line}' if self.line else self.file
        key = f'{self.key}: ' if self.key else ''
        fix = f'; {self.fix}' if self.fix else ''
        return f'{place}: {key}{self.text}{fix}'

    def sort_key(self) -> tuple[str, int, str, str]:
        """Order problems as a reader walks the files."""
        return self.file, self.line, self.key, self.text


def has_errors(problems: Iterable[Problem]) -> bool:
    """Return whether one of the problems refuses a start."""
    return any(problem.severity == 'error' for problem in problems)


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """Return ``did you mean 'x'?`` for the nearest known word, or an empty string."""
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    return f"did you mean '{near[0]}'?" if near else ''
