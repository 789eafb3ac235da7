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

"""``nevil __complete nodes|alerts [DIR]``: what the completion scripts ask."""

from __future__ import annotations

from nevil_bringup.api.project_status import node_names
from nevil_bringup.api.project_status import open_alerts
from nevil_bringup.errors import UserError
from nevil_bringup.project import find_paths

__all__ = ['complete']


def complete(argv: list[str]) -> int:
    """Print what can be named; in doubt nothing, since the user is in the midst of a line."""
    names = open_alerts if argv[:1] == ['alerts'] else node_names
    try:
        print('\n'.join(names(find_paths(argv[1] if len(argv) > 1 else None))))
    except (UserError, OSError):
        return 1
    return 0
