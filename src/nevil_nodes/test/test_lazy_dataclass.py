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
"""The quick dataclass is to its users what that of the standard library is."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from typing import Any
from typing import ClassVar

from nevil_nodes import lazy_dataclass
import pytest

HOW = [dataclasses.dataclass, lazy_dataclass.dataclass]


def _made(dataclass: Any) -> Any:
    @dataclass(frozen=True, kw_only=True, slots=True)
    class Base:
        name: str
        at: float = 0.0

    @dataclass(frozen=True, kw_only=True, slots=True)
    class Reading(Base):
        KIND: ClassVar[str] = 'reading'
        values: tuple[int, ...] = ()
        notes: dict[str, str] = dataclasses.field(default_factory=dict)
    return Reading


def _told(act: Any) -> str:
    """Return what an act gives, or its error without the name of the local class."""
    try:
        return repr(act())
    except (TypeError, AttributeError) as error:
        return f'{type(error).__name__}: {error}'


@pytest.mark.parametrize('act', [
    lambda kind: kind(name='a', values=(1,)),
    lambda kind: kind(name='a') == kind(name='a', at=0.0),
    lambda kind: kind(name='a') == kind(name='b'),
    lambda kind: kind(name='a') == 'a',
    lambda kind: kind(name='a').notes is kind(name='a').notes,
    lambda kind: dataclasses.asdict(kind(name='a', notes={'b': 'c'})),
    lambda kind: dataclasses.replace(kind(name='a', at=2.0), name='b'),
    lambda kind: [field.name for field in dataclasses.fields(kind)],
    lambda kind: kind(name='a').KIND,
    lambda kind: kind.__slots__,
    lambda kind: kind(),
    lambda kind: kind('a'),
    lambda kind: kind(name='a', unknown=1),
    lambda kind: setattr(kind(name='a'), 'name', 'b'),
    lambda kind: delattr(kind(name='a'), 'name'),
])
def test_it_does_what_the_standard_library_does(act: Any) -> None:
    """Nobody has to know which of the two a class is made with."""
    assert _told(lambda: act(_made(HOW[1]))) == _told(lambda: act(_made(HOW[0])))


@pytest.mark.parametrize('dataclass', HOW)
def test_values_can_be_given_by_position_and_checked(dataclass: Any) -> None:
    """Small classes are made so, and some refuse what does not fit."""
    @dataclass(frozen=True)
    class Range:
        low: int
        high: int = 10

        def __post_init__(self) -> None:
            if self.low > self.high:
                raise ValueError('empty')

    assert (Range(1).high, Range(2, 3)) == (10, Range(2, high=3))
    assert len({Range(1), Range(1, 10)}) == 1
    with pytest.raises(ValueError, match='empty'):
        Range(11)


def test_nothing_is_compiled_until_an_object_is_made() -> None:
    """That is what it is for: the supervisor has two hundred such classes."""
    compiled = []
    code = ('import builtins, sys\n'
            'from nevil_nodes.lazy_dataclass import dataclass\n'
            'made = builtins.exec\n'
            'builtins.exec = lambda *given: (print("compiled"), made(*given))\n'
            '@dataclass(frozen=True, kw_only=True, slots=True)\n'
            'class One:\n'
            '    name: str = ""\n'
            'print("here")\n'
            'One(), One()\n')
    compiled = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True,
                              check=True).stdout.split()
    assert compiled == ['here', 'compiled']
