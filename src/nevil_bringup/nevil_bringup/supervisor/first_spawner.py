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

"""The first spawner: it loads what nodes need while the supervisor itself is being loaded."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from collections.abc import Mapping
from typing import Any

from nevil_bringup.spawner.client import Spawner
from nevil_bringup.spawner.protocol import SpawnerEvent
from nevil_nodes.declarations.plan import Plan

__all__ = ['FirstSpawner', 'preload_of', 'standby_of']

# What every NevilNode and the health node load, and the interface packages of rclpy itself.
_PRELOADED = (
    'nevil_nodes.run', 'nevil_framework.base_node', 'nevil_health.monitor', 'nevil_msgs',
    'lifecycle_msgs', 'rcl_interfaces', 'builtin_interfaces', 'type_description_interfaces',
    'rosgraph_msgs', 'service_msgs', 'std_msgs')
_CLOSE_S = 2.0
# Not while nodes start one after the other, which it would slow; soon after a restart.
_STANDBY_AFTER_S = 1.0


def preload_of(plan: Plan) -> list[str]:
    """Return the modules that every node of the plan is going to need."""
    if plan.foreign:
        return []  # nothing is forked but the health node, and nobody waits for that
    types = {topic.ros_type for node in plan.nodes
             for topic in (*node.publishes, *node.subscribes)}
    return list(dict.fromkeys([*_PRELOADED, *sorted(name.split('/')[0] for name in types)]))


def standby_of(plan: Plan) -> float | None:
    """Return after how many seconds without a start there is a standby; None: never."""
    return _STANDBY_AFTER_S if plan.standby and not plan.foreign else None


class FirstSpawner:
    """Starts a spawner before there is anybody who hears it; keeps what it says until then."""

    def __init__(self) -> None:
        """Start nothing yet."""
        self._spawner: Spawner | None = None
        self._said: list[SpawnerEvent] = []
        self._on_event: Callable[[SpawnerEvent], None] = self._said.append

    async def begin(self, plan: Plan, run_id: str, environ: Mapping[str, str],
                    log_fd: int) -> None:
        """
        Start it.

        :raises OSError: the process cannot be created
        """
        self._spawner = await Spawner.launch(
            run_id=run_id, preload=preload_of(plan), env=environ, log_fd=log_fd,
            on_event=lambda event: self._on_event(event), standby_s=standby_of(plan))

    async def launch(self, *, on_event: Callable[[SpawnerEvent], None], **how: Any) -> Spawner:
        """Hand over the spawner that was started; from the second time on start a new one."""
        spawner, self._spawner = self._spawner, None
        if spawner is None:
            return await Spawner.launch(on_event=on_event, **how)
        self._on_event = on_event
        for event in self._said:  # once the caller has the spawner, and before what comes next
            asyncio.get_running_loop().call_soon(on_event, event)
        return spawner

    async def close(self) -> None:
        """End the spawner if nobody has taken it."""
        if self._spawner is not None:
            await self._spawner.close(_CLOSE_S)
