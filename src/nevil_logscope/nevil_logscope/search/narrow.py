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

"""Whether a filter keeps only what another one keeps, so that its results are enough."""

from __future__ import annotations

from dataclasses import replace

from nevil_nodes.logs.spec import FilterSpec
from nevil_nodes.logs.spec import TextTerm

__all__ = ['narrows']


def narrows(before: FilterSpec, after: FilterSpec) -> bool:
    """Return whether all that ``after`` keeps is kept by ``before``, where that is easily seen."""
    if replace(before, terms=()) != replace(after, terms=()):
        return False
    return all(any(_implies(new, old) for new in after.terms) for old in before.terms)


def _implies(new: TextTerm, old: TextTerm) -> bool:
    """Return whether a message that agrees with the new term does with the old."""
    if new == old:
        return True
    if (new.mode, old.mode) != ('plain', 'plain') or new.exclude != old.exclude:
        return False
    if old.exclude:
        new, old = old, new
    if old.case:
        return new.case and old.text in new.text
    # Which letters are equal but for their case is simple for ASCII only.
    texts = old.text + new.text
    return texts.isascii() and old.text.lower() in new.text.lower()
