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

"""v3's message types. There is no bus to hold: topics are ROS 2 topics."""

from __future__ import annotations

from typing import NoReturn

from nevil_nodes.node import Message
from nevil_nodes.node import MessagePriority

__all__ = ['Message', 'MessagePriority']


def __getattr__(name: str) -> NoReturn:
    """Say where the rest of v3's module went."""
    if name in ('MessageBus', 'create_message'):
        raise ImportError(
            f'nevil_framework.message_bus.{name} is gone: nodes exchange messages over ROS 2; '
            'declare the topic in .messages and call self.publish(topic, dict)')
    raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
