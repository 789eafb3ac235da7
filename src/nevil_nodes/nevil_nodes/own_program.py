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

"""The command line of a program that is part of Nevil."""

from __future__ import annotations

import sys

__all__ = ['SAFE', 'own_program']

# Without it Python would take a `socket.py` or `token.py` in the current folder for its own.
# Python 3.10 does not know the option.
SAFE = ('-P',) if sys.version_info >= (3, 11) else ()


def own_program(module: str, *arguments: str) -> list[str]:
    """Return how a module of Nevil is run, without the current folder on its path."""
    return [sys.executable or 'python3', *SAFE, '-m', module, *arguments]
