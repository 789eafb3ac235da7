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

"""Entities that follow a node's lifecycle, in an order that can be relied on."""

from __future__ import annotations

from typing import Any

from rclpy.lifecycle import LifecycleState
from rclpy.lifecycle import TransitionCallbackReturn

__all__ = ['ManagedEntities']

_SUCCESS = TransitionCallbackReturn.SUCCESS
_UNDONE_BY = {'on_activate': 'on_deactivate'}
_REVERSED = frozenset({'on_deactivate', 'on_cleanup', 'on_shutdown', 'on_error'})


class ManagedEntities:
    """
    Passes transitions on: in order of addition on the way up, in reverse order on the way down.

    :param logger: says which entity failed
    """

    def __init__(self, logger: Any) -> None:
        """Start with none."""
        self._logger = logger
        self._entities: list[Any] = []

    def add(self, entity: Any) -> None:
        """Add an entity, once."""
        if entity not in self._entities:
            self._entities.append(entity)

    def remove(self, entity: Any) -> None:
        """Forget an entity."""
        if entity in self._entities:
            self._entities.remove(entity)

    def run(self, hook: str, state: LifecycleState) -> TransitionCallbackReturn:
        """
        Call a hook of all entities; where one fails to activate, those before it are undone.

        :returns: the result of the first that failed, SUCCESS where none did
        """
        done: list[Any] = []
        entities = self._entities[::-1] if hook in _REVERSED else list(self._entities)
        for entity in entities:
            result = self._call(entity, hook, state)
            if result != _SUCCESS:
                if hook in _UNDONE_BY:
                    for earlier in reversed(done):
                        self._call(earlier, _UNDONE_BY[hook], state)
                return result
            done.append(entity)
        return _SUCCESS

    def _call(self, entity: Any, hook: str, state: LifecycleState) -> TransitionCallbackReturn:
        try:
            result = getattr(entity, hook)(state)
        except Exception:
            self._logger.error(f'{hook}() of {entity!r} failed', exc_info=True)
            return TransitionCallbackReturn.ERROR
        if result is None:
            return _SUCCESS
        if isinstance(result, TransitionCallbackReturn):
            return result
        self._logger.error(f'{hook}() of {entity!r} returned {result!r}, which is not a result')
        return TransitionCallbackReturn.ERROR
