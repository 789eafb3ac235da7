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
Let what a program of C prints go out with each line, so that its last words are not lost.

The C library holds back what goes into a pipe until there are some kilobytes of it; a crash loses
them. coreutils has a library for ``stdbuf`` that changes this in any dynamically linked program.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
import subprocess

__all__ = ['line_buffered']

# It runs once, before the first start of such a program: a hang must not keep the robot down.
_TIMEOUT_S = 2.0


def line_buffered(env: Mapping[str, str]) -> dict[str, str]:
    """Return the environment with what stdbuf would set; as it is where there is no stdbuf."""
    library = _library()
    if not library or '_STDBUF_O' in env:
        return dict(env)
    preload = ':'.join(filter(None, [env.get('LD_PRELOAD'), library]))
    return {**env, 'LD_PRELOAD': preload, '_STDBUF_O': 'L'}


@lru_cache(maxsize=1)
def _library() -> str:
    """Return where the library is, by the word of stdbuf itself."""
    try:
        found = subprocess.run(
            ['stdbuf', '-oL', 'printenv', 'LD_PRELOAD'], env={'PATH': '/usr/bin:/bin'},
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_TIMEOUT_S)
    except (OSError, subprocess.TimeoutExpired):
        return ''
    return found.stdout.strip()
