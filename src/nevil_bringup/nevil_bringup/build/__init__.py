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
A project's own interface package: whether it is stale, its build, and the environment for it.

Raises ``BuildError`` (one sentence, with the way out) and nothing else of its own. Each name is
loaded when it is first used: the supervisor needs ``overlay_env`` only, which is small.
"""

from __future__ import annotations

import importlib
from typing import Any
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nevil_bringup.build.builder import build
    from nevil_bringup.build.errors import BuildError
    from nevil_bringup.build.staleness import is_stale
    from nevil_bringup.build.workspace import overlay_env

__all__ = ['BuildError', 'build', 'is_stale', 'overlay_env']

_MODULES = {
    'BuildError': 'errors', 'build': 'builder', 'is_stale': 'staleness',
    'overlay_env': 'workspace',
}


def __getattr__(name: str) -> Any:
    """Load a public name."""
    if name not in _MODULES:
        raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
    return getattr(importlib.import_module(f'{__name__}.{_MODULES[name]}'), name)
