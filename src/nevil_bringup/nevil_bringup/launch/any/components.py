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
The components that launch loads into containers, loaded again after a container's restart.

launch_ros asks for one after the other in a thread and waits for each answer for ever. Here each
wait is bounded, and what was loaded is remembered in order. How a component is loaded, and a lost
request distinguished from a slow one, is one thing for all of Nevil: ``load_component``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field
import threading
import time
from typing import Any
from typing import TYPE_CHECKING

from composition_interfaces.srv import LoadNode
import launch.logging
from launch_ros.actions import LoadComposableNodes
from launch_ros.utilities import add_node_name
from launch_ros.utilities import get_node_name_count

if TYPE_CHECKING:  # of rclpy, which takes its time to load: most launch files have no containers
    from nevil_bringup.launch.any.caller import Caller
    from nevil_health.monitor.components import Loaded

__all__ = ['Containers', 'load_through']

_ACTION = '_LoadComposableNodes__'

OnLoaded = Callable[[str, str, Any], None]


@dataclass(eq=False)
class _Container:
    """
    One container and what was loaded into it.

    :param generation: how often its process has started, as far as known
    :param told: those of ``requests``, by id, of which launch was told that they are loaded
    :param lock: one request at a time, so that the order holds
    """

    name: str
    caller: Caller
    generation: int = 0
    requests: list[Any] = field(default_factory=list)
    told: set[int] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)


def load_through(containers: Callable[[Any], Containers]) -> None:
    """
    Let what launch_ros wants loaded be loaded by the containers of its launch.

    :param containers: returns those of a context
    """
    def load(action: Any, request: Any, context: Any) -> None:
        containers(context).load(
            getattr(action, f'{_ACTION}final_target_container_name'), request)
    LoadComposableNodes._load_node = load


class Containers:
    """Loads components; called from launch's worker threads, except for ``started``."""

    def __init__(self, context: Any, place: Callable[[str, Any], str], on_loaded: OnLoaded,
                 timeout_s: float) -> None:
        """
        Make those of a launch.

        :param place: returns the container for a component that is to be loaded into one
        :param on_loaded: called with container, full name of the component and its request
        :param timeout_s: for one component
        """
        self._context = context
        self._place = place
        self._on_loaded = on_loaded
        self._timeout_s = timeout_s
        self._containers: dict[str, _Container] = {}
        self._generations: dict[str, int] = {}
        self._guard = threading.Lock()
        self._log = launch.logging.get_logger('nevil')

    def started(self, name: str, generation: int) -> None:
        """Record that the process of a node has started; load its components if it is again."""
        with self._guard:
            self._generations[name] = generation
            container = self._containers.get(name)
        if container is not None:
            container.generation = generation
            if generation > 1 and container.requests:
                self._context.add_completion_future(
                    self._context.asyncio_loop.run_in_executor(
                        None, self._again, container, generation))

    def load(self, target: str, request: Any) -> None:
        """Load a component, in its turn; log it as launch_ros does."""
        container = self._container(self._place(target, request))
        with container.lock:
            generation = max(container.generation, 1)
            loaded = self._load(container, request)
            if loaded is None or loaded.refused:
                return
            container.requests.append(request)
            if not loaded.name:
                return
            self._note(container, loaded.name, request)
            if generation != max(container.generation, 1):  # restarted while it answered
                self._load_all(container, container.generation)

    def _again(self, container: _Container, generation: int) -> None:
        with container.lock:
            self._load_all(container, generation)

    def _load_all(self, container: _Container, generation: int) -> None:
        """Load everything that was loaded before, in order."""
        began, loaded = time.monotonic(), 0
        for request in container.requests:
            if generation != container.generation or self._context.is_shutdown:
                return  # its next start does it
            answer = self._load(container, request)
            if answer is not None and answer.name:
                loaded += 1
                self._note(container, answer.name, request)
        self._log.info(f'{container.name}: {loaded} of {len(container.requests)} components '
                       f'loaded again in {time.monotonic() - began:.1f} s')

    def _note(self, container: _Container, name: str, request: Any) -> None:
        """Log a component as launch_ros does, once."""
        if id(request) in container.told:
            return
        container.told.add(id(request))
        add_node_name(self._context, name)
        count = get_node_name_count(self._context, name)
        if count > 1:
            launch.logging.get_logger(container.name).warning(
                f'there are now at least {count} nodes with the name {name} created within this '
                'launch context')
        launch.logging.get_logger('launch_ros.actions.load_composable_nodes').info(
            f"Loaded node '{name}' in container '{container.name}'")
        self._on_loaded(container.name, name, request)

    def _load(self, container: _Container, request: Any) -> Loaded | None:
        """
        Load a component, and log it if that fails.

        :returns: what became of it; None when launch ends
        """
        from nevil_health.monitor.components import load_component
        from nevil_health.monitor.components import Loaded
        generation = max(container.generation, 1)

        def wanted() -> bool:
            return not self._context.is_shutdown and generation == max(container.generation, 1)

        path = f'{container.name}/_container/load_node'
        if not container.caller.wait_for(LoadNode, path, wanted):
            return None if self._context.is_shutdown else Loaded('')
        loaded: Loaded | None = container.caller.run(load_component(
            container.name.strip('/'), request, alive=wanted, timeout_s=self._timeout_s), wanted)
        if loaded is not None and loaded.problem and wanted():
            self._log.error(f'{container.name}: {request.node_name or request.plugin_name} is '
                            f'not loaded: {loaded.problem}')
        return loaded

    def _container(self, target: str) -> _Container:
        from nevil_bringup.launch.any.caller import Caller
        name = '/' + target.strip('/')
        with self._guard:
            if name not in self._containers:
                self._containers[name] = _Container(
                    name, Caller(self._context), self._generations.get(name, 0))
            return self._containers[name]
