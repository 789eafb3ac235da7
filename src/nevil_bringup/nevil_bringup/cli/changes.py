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

"""Say which nodes of a running system are others now, one line each."""

from __future__ import annotations

from nevil_health.control.operations import TakenOver

__all__ = ['change_lines', 'changes']


def changes(taken: TakenOver) -> list[tuple[str, str]]:
    """Return each node that is another now, and what of it is new."""
    return [*((name, 'new') for name in taken.added),
            *((name, 'removed') for name in taken.removed),
            *((name, f'changed: {why}') for name, why in taken.changed.items()),
            *((name, f"changed, but held: 'nevil node restart {name}' takes it over")
              for name in taken.held)]


def change_lines(taken: TakenOver) -> list[str]:
    """Return a line for each node, and for each setting that does not count yet."""
    news = changes(taken)
    width = max((len(name) for name, _ in news), default=0)
    later = [f"{', '.join(taken.later)} in the root .nodes: counts after 'nevil restart'"
             ] if taken.later else []
    return [*(f'{name:{width}}  {what}' for name, what in news), *later,
            *([taken.note] if taken.note else [])]
