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
one. It then gets as many as it would have made in a process of its own, and a fork: around each
fork it ends its threads, and makes them again where they are first used. So a node has them, and
one that does not calculate does not pay for them (idle, they spin for some milliseconds).
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
import ctypes
import os
import warnings

__all__ = ['LIMITS', 'grant_threads']

# What OpenBLAS reads, the first that holds a number decides.
LIMITS = ('OPENBLAS_NUM_THREADS', 'GOTO_NUM_THREADS', 'OMP_NUM_THREADS')


def grant_threads(environ: Mapping[str, str]) -> None:
    """Let each OpenBLAS of a fork of this process have the threads that an environment gives."""
    libraries = _libraries()
    if not libraries:
        return
    for path in libraries:
        library = ctypes.CDLL(path)
        set_number = _function(library, 'set_num_threads')
        count_cores = _function(library, 'get_num_procs')
        if set_number is not None and count_cores is not None:
            set_number(_limit(environ) or count_cores())
    with warnings.catch_warnings():
        warnings.simplefilter('ignore', DeprecationWarning)  # of a fork beside these threads
        # A fork is what makes OpenBLAS end its threads (its pthread_atfork handler); the child
        # does nothing.
        pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)


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
