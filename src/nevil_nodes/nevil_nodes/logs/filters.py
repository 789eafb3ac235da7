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

"""Which records to keep: predicates that combine."""

from __future__ import annotations

from collections.abc import Callable
import re

from nevil_nodes.logs.format import LEVELS
from nevil_nodes.logs.format import Record
from nevil_nodes.logs.words import Flag
from nevil_nodes.logs.words import flags_of

__all__ = ['Predicate', 'all_of', 'at_least', 'crash_related', 'lacking', 'matching', 'since']

Predicate = Callable[[Record], bool]


def at_least(level: str) -> Predicate:
    """Keep records of this level of ``LEVELS`` and above."""
    keep = frozenset(name for name, rank in LEVELS.items() if rank >= LEVELS[level])
    return lambda record: record.level in keep


def matching(pattern: str) -> Predicate:
    """
    Keep records in whose message the regular expression is found.

    :raises ValueError: the pattern is not a regular expression; says where and why
    """
    try:
        search = re.compile(pattern).search
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f'{pattern!r} is not a regular expression: {error}') from None
    return lambda record: search(record.message) is not None


def lacking(pattern: str) -> Predicate:
    """
    Keep records in whose message the regular expression is not found.

    :raises ValueError: the pattern is not a regular expression; says where and why
    """
    found = matching(pattern)
    return lambda record: not found(record)


def crash_related(record: Record) -> bool:
    """Keep errors, and what speaks of failure: LogScope's crash mode."""
    return bool(flags_of(record.level, record.node, record.message) & Flag.CRASH)


def since(at_ns: int) -> Predicate:
    """Keep records of this time and later."""
    return lambda record: record.at_ns >= at_ns


def all_of(*predicates: Predicate) -> Predicate:
    """Keep records that every predicate keeps."""
    return lambda record: all(predicate(record) for predicate in predicates)
