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
Dataclasses to JSON and back, by their annotations: the one edge where data has no type yet.

``dataclasses`` takes longer to import than the command line has for an answer that it only
prints, so it is imported where one is made or read.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
from functools import lru_cache
import json
import types
from typing import Any
from typing import cast
from typing import get_args
from typing import get_origin
from typing import get_type_hints
from typing import Literal
from typing import TypeVar
from typing import Union

__all__ = ['build', 'content', 'left_out', 'parse_object', 'plain', 'to_line']

_T = TypeVar('_T')
_LEFT_OUT = 'left out when None'
Reader = Callable[[Any], Any]


def left_out() -> Any:
    """Return a field that is None by default, and then not sent at all."""
    import dataclasses
    return dataclasses.field(default=None, metadata={_LEFT_OUT: True})


def to_line(message: object) -> bytes:
    """Return a message as a line; names of files that are no UTF-8 stay what they are."""
    return json.dumps(message, separators=(',', ':'), default=content).encode() + b'\n'


def parse_object(line: bytes) -> dict[str, Any]:
    """
    Return the JSON object of a line.

    :raises ValueError: there is none
    """
    found = json.loads(line.decode())
    if not isinstance(found, dict):
        raise ValueError('not a JSON object')
    return found


def plain(value: Any) -> Any:
    """Return a value with everything inside as JSON has it: objects, lists, texts, numbers."""
    if value is None or isinstance(value, (str, int, float)):
        return value
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    return {name: plain(one) for name, one in content(value).items()}


def build(kind: type[_T], data: object) -> _T:
    """
    Return the dataclass that was sent as this data.

    What this version does not know is ignored; what is missing, or null, has its default.

    :raises ValueError: it is not understood; says which field is wrong
    """
    found: _T = _object(cast(Any, kind))(data)
    return found


def content(value: Any) -> dict[str, Any]:
    """Return the fields of a dataclass, or the items of a mapping, by name."""
    if isinstance(value, Mapping):
        return dict(value)
    return {name: one for name, optional in _names(cast(Any, type(value)))
            if (one := getattr(value, name)) is not None or not optional}


@lru_cache(maxsize=None)
def _names(kind: Any) -> tuple[tuple[str, bool], ...]:
    """
    Return the fields of a dataclass, and whether each is left out when None.

    :raises TypeError: it is none
    """
    import dataclasses
    return tuple((field.name, _LEFT_OUT in field.metadata) for field in dataclasses.fields(kind))


@lru_cache(maxsize=None)
def _object(kind: Any) -> Reader:
    import dataclasses
    hints = get_type_hints(kind)
    readers = {field.name: _reader(hints[field.name]) for field in dataclasses.fields(kind)}
    needed = [field.name for field in dataclasses.fields(kind)
              if field.default is dataclasses.MISSING
              and field.default_factory is dataclasses.MISSING]

    def read(data: Any) -> Any:
        if not isinstance(data, dict):
            raise ValueError(f'{_short(data)} is not an object')
        found = {name: _at(name, reader, data[name]) for name, reader in readers.items()
                 if data.get(name) is not None}
        for name in needed:
            if name not in found:
                raise ValueError(f'{name} is missing')
        return kind(**found)
    return read


def _reader(hint: Any) -> Reader:
    """Return what reads a value of that annotation."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        some, = (one for one in inner if one is not type(None))
        return _or_none(_reader(some))
    if origin is Literal:
        return _one_of(inner)
    if origin is tuple:
        return _list(_reader(inner[0]))
    if origin is not None and issubclass(origin, Mapping):
        return _mapping(_reader(inner[1]))
    if hint is Any:
        return lambda value: value
    return _ATOMS[hint] if hint in _ATOMS else _object(hint)


def _atom(rule: str, *kinds: type) -> Reader:
    def read(value: Any) -> Any:
        if type(value) not in kinds:
            raise ValueError(f'{_short(value)} is not {rule}')
        return value
    return read


def _or_none(inner: Reader) -> Reader:
    return lambda value: None if value is None else inner(value)


def _one_of(known: tuple[str, ...]) -> Reader:
    def read(value: Any) -> Any:
        if value not in known:
            raise ValueError(f'{_short(value)} is not one of {", ".join(known)}')
        return value
    return read


def _list(inner: Reader) -> Reader:
    def read(value: Any) -> Any:
        if not isinstance(value, list):
            raise ValueError(f'{_short(value)} is not a list')
        return tuple([_at(str(place), inner, one) for place, one in enumerate(value)])
    return read


def _mapping(inner: Reader) -> Reader:
    def read(value: Any) -> Any:
        if not isinstance(value, dict):
            raise ValueError(f'{_short(value)} is not an object')
        return {name: _at(name, inner, one) for name, one in value.items()}
    return read


def _at(name: str, reader: Reader, value: Any) -> Any:
    try:
        return reader(value)
    except ValueError as error:
        raise ValueError(f'{name}: {error}') from None


def _short(value: Any) -> str:
    # Not by nevil_msggen.shown: nevil status, which uses this module, must not load that package.
    text = json.dumps(value)
    return text if len(text) <= 60 else f'{text[:57]}...'


_ATOMS: dict[Any, Reader] = {
    str: _atom('a text', str), bool: _atom('true or false', bool),
    int: _atom('a whole number', int), float: _atom('a number', float, int)}
