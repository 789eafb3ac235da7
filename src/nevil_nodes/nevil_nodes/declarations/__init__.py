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
What the files of a project mean: read, checked, resolved, ordered. Pure: starts nothing.

``load_project`` is the way in, a ``Plan`` the way out; ``report`` puts both into words. What reads
files is loaded when it is first used: who carries out a plan does without it.
"""

from __future__ import annotations

from typing import Any
from typing import TYPE_CHECKING

from nevil_nodes.declarations.plan import LogPlan
from nevil_nodes.declarations.plan import NodePlan
from nevil_nodes.declarations.plan import Plan
from nevil_nodes.declarations.plan import ProcessPlan
from nevil_nodes.declarations.plan import QosPlan
from nevil_nodes.declarations.plan import RestartPlan
from nevil_nodes.declarations.plan import TopicPlan
from nevil_nodes.declarations.serial import from_json
from nevil_nodes.declarations.serial import process_document
from nevil_nodes.declarations.serial import process_from_json
from nevil_nodes.declarations.serial import ProcessDocument
from nevil_nodes.declarations.serial import to_json

if TYPE_CHECKING:
    from nevil_nodes.declarations.load import load_project
    from nevil_nodes.declarations.load import LoadResult

__all__ = [
    'LoadResult', 'LogPlan', 'NodePlan', 'Plan', 'ProcessDocument', 'ProcessPlan', 'QosPlan',
    'RestartPlan', 'TopicPlan', 'from_json', 'load_project', 'process_document',
    'process_from_json', 'to_json',
]


def __getattr__(name: str) -> Any:
    """Load what reads files."""
    if name not in ('load_project', 'LoadResult'):
        raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
    from nevil_nodes.declarations import load
    return getattr(load, name)
