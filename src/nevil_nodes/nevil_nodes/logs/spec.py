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

"""A filter of records as a value: what is kept, as JSON, and record by record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from dataclasses import field
from functools import lru_cache
import json
import re
from typing import Any
from typing import Protocol

from nevil_nodes.lazy_dataclass import dataclass
from nevil_nodes.logs.flags import Flag
from nevil_nodes.logs.record import LEVELS

__all__ = ['FilterSpec', 'TextTerm']


class Matchable(Protocol):
    """What a filter looks at; entries of LogScope have it all."""

    @property
    def at_ns(self) -> int: ...
    @property
    def level(self) -> str: ...
    @property
    def node(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def flags(self) -> int: ...
    @property
    def message(self) -> str: ...


@dataclass(frozen=True)
class TextTerm:
    """
    A text that the message must hold, or must not.

    :param mode: ``plain`` or ``regex``
    :param case: upper and lower case differ
    :param exclude: records that hold it are left out
    """

    text: str
    mode: str = 'plain'
    case: bool = False
    exclude: bool = False

    def __post_init__(self) -> None:
        if self.mode not in ('plain', 'regex'):
            raise ValueError(f"mode: {self.mode!r} is not one of 'plain', 'regex'")

    @classmethod
    def of_regex(cls, pattern: str) -> TextTerm:
        """
        Return the term of a regular expression, for which upper and lower case differ.

        :raises ValueError: the pattern is not a regular expression; says where and why
        """
        term = cls(pattern, 'regex', case=True)
        try:
            _compiled(term)
        except (re.error, OverflowError, RecursionError) as error:
            raise ValueError(f'{pattern!r} is not a regular expression: {error}') from None
        return term

    def found(self, message: str) -> bool:
        """Return whether the text is in a message; its lines are one to ``.`` and ``$``."""
        message = message.replace('\n', '\x0b')
        if self.mode == 'plain' and self.case:
            return self.text in message
        return _compiled(self).search(message) is not None


@dataclass(frozen=True)
class FilterSpec:
    """
    What is kept: records that agree with all that is given.

    :param levels: keys of ``LEVELS``; None is every level, as None is everywhere
    :param nodes: only these
    :param without_nodes: not these
    :param sources: only these (``files``, ``/rosout``)
    :param since_ns: of this time and later
    :param until_ns: earlier than this time
    :param flags: marked by all of these
    :param terms: all that is to be found, nothing that is excluded
    """

    levels: frozenset[str] | None = None
    nodes: frozenset[str] | None = None
    without_nodes: frozenset[str] = frozenset()
    sources: frozenset[str] | None = None
    since_ns: int | None = None
    until_ns: int | None = None
    flags: Flag = Flag(0)
    terms: tuple[TextTerm, ...] = field(default=())

    def matches(self, record: Matchable) -> bool:
        """
        Return whether a record is kept.

        :raises re.error: a term is no regular expression
        """
        return (
            (self.levels is None or record.level in self.levels)
            and (self.nodes is None or record.node in self.nodes)
            and record.node not in self.without_nodes
            and (self.sources is None or record.source in self.sources)
            and (self.since_ns is None or record.at_ns >= self.since_ns)
            and (self.until_ns is None or record.at_ns < self.until_ns)
            and (not self.flags or not self.flags & ~record.flags)
            and all(term.found(record.message) != term.exclude for term in self.terms))

    def to_json(self) -> str:
        """Return the filter as JSON; what keeps everything is left out."""
        values: dict[str, Any] = {}
        for name in ('levels', 'nodes', 'without_nodes', 'sources'):
            names = getattr(self, name)
            if names is not None and (names or name != 'without_nodes'):
                values[name] = sorted(names)
        for name in ('since_ns', 'until_ns'):
            if getattr(self, name) is not None:
                values[name] = getattr(self, name)
        if self.flags:
            values['flags'] = [name.lower() for name, flag in Flag.__members__.items()
                               if flag in self.flags]
        if self.terms:
            values['terms'] = [asdict(term) for term in self.terms]
        return json.dumps(values, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> FilterSpec:
        """
        Return the filter that JSON describes.

        :raises ValueError: it describes none; says what is wrong
        """
        values = json.loads(text)
        try:
            return cls(**{name: _READ[name](value) for name, value in values.items()})
        except KeyError as error:
            raise ValueError(f'{error} is not a key of a filter') from None
        except (TypeError, AttributeError) as error:
            raise ValueError(f'this is not a filter: {error}') from None


def _levels(value: Any) -> frozenset[str]:
    if unknown := [level for level in value if level not in LEVELS]:
        raise ValueError(f'levels: {unknown[0]!r} is not one of {", ".join(LEVELS)}')
    return frozenset(value)


def _names(value: Any) -> frozenset[str]:
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise ValueError(f'{value!r} is not a list of names')
    return frozenset(value)


def _number(value: Any) -> int:
    if type(value) is not int:
        raise ValueError(f'{value!r} is not a number of nanoseconds')
    return value


def _flags(value: Any) -> Flag:
    flags = Flag(0)
    for name in value:
        if name.upper() not in Flag.__members__:
            raise ValueError(f'flags: {name!r} is not one of '
                             + ', '.join(flag.lower() for flag in Flag.__members__))
        flags |= Flag[name.upper()]
    return flags


def _terms(value: Any) -> tuple[TextTerm, ...]:
    return tuple(TextTerm(**term) for term in value)


_READ: Mapping[str, Any] = {
    'levels': _levels, 'nodes': _names, 'without_nodes': _names, 'sources': _names,
    'since_ns': _number, 'until_ns': _number, 'flags': _flags, 'terms': _terms}


@lru_cache(maxsize=64)
def _compiled(term: TextTerm) -> re.Pattern[str]:
    pattern = re.escape(term.text) if term.mode == 'plain' else term.text
    return re.compile(pattern, 0 if term.case else re.IGNORECASE)
