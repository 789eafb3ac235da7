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

"""A callback group whose entities are taken from when it suits, not when something arrives."""

from __future__ import annotations

from typing import Any

from rclpy.callback_groups import CallbackGroup

__all__ = ['keep_apart', 'Polled']


class Polled(CallbackGroup):  # type: ignore[misc]
    """
    Keeps its entities out of the executor's wait set.

    rclpy builds the whole wait set again for each turn, about half a millisecond. A turn for each
    of 200 heartbeats a second would be most of what the health node costs.
    """

    def can_execute(self, entity: Any) -> bool:
        """Say no."""
        return False

    def beginning_execution(self, entity: Any) -> bool:
        """Say no."""
        return False

    def ending_execution(self, entity: Any) -> None:
        """Do nothing: it has not begun."""


def keep_apart(entities: list[Any], entity: Any) -> None:
    """
    Take an entity out of its node's list, which the executor reads for each wait set.

    Its owner destroys it. A hundred probes in that list cost more than the probes themselves.

    :param entities: the node's list of such entities
    """
    if entity in entities:
        entities.remove(entity)
