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
The threads of a linear algebra library that was loaded for everybody.

OpenBLAS makes its threads when it is loaded, so the spawner, which must have none, loads it with
one. A fork gives it as many as it would have made in a process of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
import ctypes

__all__ = ['LIMITS', 'set_threads']

# What OpenBLAS reads, the first that holds a number decides.
LIMITS = ('OPENBLAS_NUM_THREADS', 'GOTO_NUM_THREADS', 'OMP_NUM_THREADS')


def set_threads(environ: Mapping[str, str]) -> None:
    """Let each OpenBLAS of this process have the threads that an environment gives it."""
    for path in _libraries():
        library = ctypes.CDLL(path)
        set_number = _function(library, 'set_num_threads')
        count_cores = _function(library, 'get_num_procs')
        if set_number is not None and count_cores is not None:
            set_number(_limit(environ) or count_cores())


def _libraries() -> set[str]:
    with open('/proc/self/maps') as file:
        return {line.split(maxsplit=5)[5].rstrip('\n') for line in file if 'openblas' in line}


def _function(library: ctypes.CDLL, name: str) -> Callable[..., int] | None:
    """Return a function under the names that builds of OpenBLAS give it (numpy's has its own)."""
    names = (f'{prefix}openblas_{name}{suffix}'
             for prefix in ('', 'scipy_') for suffix in ('', '64_', '_64'))
    return next((getattr(library, each) for each in names if hasattr(library, each)), None)


def _limit(environ: Mapping[str, str]) -> int:
    values = (environ.get(name, '').strip() for name in LIMITS)
    return next((int(value) for value in values if value.isdecimal() and int(value)), 0)
