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

"""Let a system that runs go on with the files of its project as they are now."""

from __future__ import annotations

from nevil_bringup.api.sources import edits
from nevil_bringup.control.client import ControlClient
from nevil_health.control.operations import TakenOver
from nevil_health.control.operations import TakeOver
from nevil_nodes.declarations import Plan
from nevil_nodes.declarations import to_json

__all__ = ['take_over']


def take_over(client: ControlClient, plan: Plan, *, preview: bool = False) -> TakenOver:
    """
    Let the nodes that are others now start, stop or restart.

    :param plan: of the project; its messages are built
    :param preview: only say which these are
    :raises Refused: it is not the time for that, or the plan does not fit
    """
    return client.request(TakeOver(plan=to_json(plan), edited=edits(plan), preview=preview))
