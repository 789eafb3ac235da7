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

"""How much memory the machine has, from its kernel."""

from __future__ import annotations

from pathlib import Path

__all__ = ['read_memory_kb']

_MEMINFO = Path('/proc/meminfo')


def read_memory_kb(meminfo: Path = _MEMINFO) -> tuple[int | None, int | None]:
    """
    Return MemTotal and MemAvailable, kB; None for what the kernel does not show.

    What is available counts caches that can be given back; MemFree does not.
    """
    found: dict[bytes, int] = {}
    try:
        with open(meminfo, 'rb') as file:
            for line in file:
                name, _, value = line.partition(b':')
                if name in (b'MemTotal', b'MemAvailable'):
                    found[name] = int(value.split()[0])
    except (OSError, ValueError, IndexError):
        pass
    return found.get(b'MemTotal'), found.get(b'MemAvailable')
