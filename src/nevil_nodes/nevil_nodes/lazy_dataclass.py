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
The ``dataclass`` of the standard library, frozen, but quick to import.

That one compiles six functions for each class when its module is imported, about 0.9 ms: half of
the time that the supervisor takes to start. Here ``__init__`` is compiled when the first object is
made, and the other methods are the same functions for all classes.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass

__all__ = ['dataclass']

if not TYPE_CHECKING:
    def dataclass(*, frozen, kw_only=False, slots=False):  # noqa: F811 - as type checkers see it
        """Make a frozen class of values as the standard library does."""
        assert frozen, 'the standard library has the others'

        def make(cls):
            cls = dataclasses.dataclass(
                init=False, repr=False, eq=False, kw_only=kw_only, slots=slots)(cls)
            for name, method in _METHODS.items():
                if name not in vars(cls):
                    setattr(cls, name, method)
            cls.__init__ = _first_init(cls)
            return cls
        return make

    def _first_init(cls):
        def __init__(self, *values, **named):
            cls.__init__ = init = _init_of(cls)
            init(self, *values, **named)
        return __init__

    def _init_of(cls):
        names = {'_set': object.__setattr__, '_missing': dataclasses.MISSING}
        parameters, lines = [], []
        # The order of the standard library: what may be given by position comes first.
        for field in sorted(dataclasses.fields(cls), key=lambda field: field.kw_only):
            default, value = f'_of_{field.name}', field.name
            if field.default_factory is not dataclasses.MISSING:
                names[default] = field.default_factory
                value = f'{default}() if {value} is _missing else {value}'
                default = '_missing'
            elif field.default is not dataclasses.MISSING:
                names[default] = field.default
            else:
                default = ''
            if field.kw_only and '*' not in parameters:
                parameters.append('*')
            parameters.append(f'{field.name}={default}' if default else field.name)
            lines.append(f'_set(self, {field.name!r}, {value})')
        if hasattr(cls, '__post_init__'):
            lines.append('self.__post_init__()')
        exec(f'def __init__(self, {", ".join(parameters)}):\n '  # noqa: S102 - as they do
             + '\n '.join(lines or ['pass']), names)
        init = names['__init__']
        init.__qualname__ = f'{cls.__qualname__}.__init__'
        return init

    def _values(one):
        return tuple(getattr(one, name) for name in one.__dataclass_fields__)

    def _repr(self):
        shown = (f'{field.name}={getattr(self, field.name)!r}'
                 for field in dataclasses.fields(self) if field.repr)
        return f'{type(self).__qualname__}({", ".join(shown)})'

    def _equal(self, other):
        if other.__class__ is not self.__class__:
            return NotImplemented
        return _values(self) == _values(other)

    def _hash(self):
        return hash(_values(self))

    def _set(self, name, value):
        raise dataclasses.FrozenInstanceError(f'cannot assign to field {name!r}')

    def _delete(self, name):
        raise dataclasses.FrozenInstanceError(f'cannot delete field {name!r}')

    _METHODS = {'__repr__': _repr, '__eq__': _equal, '__hash__': _hash, '__setattr__': _set,
                '__delattr__': _delete}
