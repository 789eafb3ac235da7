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
wait is bounded, what was loaded is remembered in order, and a request that was lost is told from
one that takes its time: a container answers ``list_nodes`` in the same callback group, so it does
not while a component is being constructed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field
import threading
import time
from typing import Any

from composition_interfaces.srv import ListNodes
from composition_interfaces.srv import LoadNode
import launch.logging
from launch_ros.actions import LoadComposableNodes
from launch_ros.ros_adapters import get_ros_node
from launch_ros.utilities import add_node_name
from launch_ros.utilities import get_node_name_count

__all__ = ['Containers', 'load_through', 'wait_for']

_LOOK_S = 0.5
_ANSWER_S = 1.0
# Seconds that a container gets to list what it has, one each; some cannot.
_LISTING_TRIES = 20
# After so many looks at one that lists, and has not got the component, it is asked again.
_AGAIN_AT = (8, 24)
LOAD_TIMEOUT_S = 60.0
_ACTION = '_LoadComposableNodes__'

OnLoaded = Callable[[str, str, Any], None]


@dataclass(eq=False)
class _Container:
    """
    One container and what was loaded into it.

    :param generation: how often its process has started, as far as known
    :param lock: one request at a time, so that the order holds
    """

    name: str
    load: Any
    listing: Any
    generation: int = 0
    requests: list[Any] = field(default_factory=list)
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

    def __init__(self, context: Any, on_loaded: OnLoaded,
                 timeout_s: float = LOAD_TIMEOUT_S) -> None:
        """
        Make those of a launch.

        :param on_loaded: told container, full name of the component and its request
        :param timeout_s: for one component
        """
        self._context = context
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
        """Load a component, in its turn; tell of it as launch_ros does."""
        container = self._container(target)
        with container.lock:
            generation = max(container.generation, 1)
            answer = self._ask(container, request)
            if answer is not None and not answer.success:
                self._log.error(f'{container.name}: {_title(request)} is not loaded: '
                                f'{answer.error_message}')
                return
            container.requests.append(request)
            if answer is None:
                return
            name = answer.full_node_name or request.node_name
            self._note(container, name, request)
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
            answer = self._ask(container, request)
            if answer is not None and not answer.success:
                self._log.error(f'{container.name}: {_title(request)} is not loaded again: '
                                f'{answer.error_message}')
            loaded += answer is not None and bool(answer.success)
        self._log.info(f'{container.name}: {loaded} of {len(container.requests)} components '
                       f'loaded again in {time.monotonic() - began:.1f} s')

    def _note(self, container: _Container, name: str, request: Any) -> None:
        add_node_name(self._context, name)
        count = get_node_name_count(self._context, name)
        if count > 1:
            launch.logging.get_logger(container.name).warning(
                f'there are now at least {count} nodes with the name {name} created within this '
                'launch context')
        launch.logging.get_logger('launch_ros.actions.load_composable_nodes').info(
            f"Loaded node '{name}' in container '{container.name}'")
        self._on_loaded(container.name, name, request)

    # -- one request -------------------------------------------------------------------------

    def _ask(self, container: _Container, request: Any) -> Any:
        """
        Ask for a component until there is an answer.

        :returns: the answer; None when there is none in time, or nobody to give it any more
        """
        generation = max(container.generation, 1)
        known = self._wait_for_container(container, generation)
        if known is None:
            return None
        deadline = time.monotonic() + self._timeout_s
        future, looks = container.load.call_async(request), 0
        while time.monotonic() < deadline and not self._over(container, generation):
            if wait_for(future, _LOOK_S):
                return future.result()
            listed = self._listed(container)
            if listed is None:
                continue  # it works, or it is not there yet
            new = [name for number, name in listed - known if _is(name, request)]
            looks += 1
            if wait_for(future, 0.0):
                return future.result()
            if new:  # the answer was lost
                return LoadNode.Response(success=True, full_node_name=new[0])
            if looks in _AGAIN_AT:  # the request was: one to a process that has gone
                container.load.remove_pending_request(future)
                future = container.load.call_async(request)
        if time.monotonic() >= deadline:
            self._log.error(
                f'{container.name}: no answer to loading {_title(request)} in '
                f'{self._timeout_s:g} s, going on with the next')
        return None

    def _wait_for_container(
        self, container: _Container, generation: int,
    ) -> set[tuple[int, str]] | None:
        """
        Wait until the container is there, and not only what is still known of the one before.

        :returns: what is in it (nothing, if it does not list it); None when it has ended
        """
        while not container.load.wait_for_service(timeout_sec=_LOOK_S):
            if self._over(container, generation):
                return None
        for _ in range(_LISTING_TRIES):
            listed = self._listed(container)
            if listed is not None or self._over(container, generation):
                return listed
        return set()

    def _over(self, container: _Container, generation: int) -> bool:
        return bool(self._context.is_shutdown) or generation != max(container.generation, 1)

    def _listed(self, container: _Container) -> set[tuple[int, str]] | None:
        """Return ids and names of what is in a container, None while it does not say."""
        future = container.listing.call_async(ListNodes.Request())
        if not wait_for(future, _ANSWER_S):
            container.listing.remove_pending_request(future)
            return None
        answer = future.result()
        return set(zip(answer.unique_ids, answer.full_node_names))

    def _container(self, target: str) -> _Container:
        name = '/' + target.strip('/')
        with self._guard:
            if name not in self._containers:
                node = get_ros_node(self._context)
                self._containers[name] = _Container(
                    name, node.create_client(LoadNode, f'{name}/_container/load_node'),
                    node.create_client(ListNodes, f'{name}/_container/list_nodes'),
                    self._generations.get(name, 0))
            return self._containers[name]


def wait_for(future: Any, timeout_s: float) -> bool:
    """Return whether an answer is there in time; launch's own thread receives it."""
    done = threading.Event()
    future.add_done_callback(lambda _: done.set())
    return done.wait(timeout_s) or bool(future.done())


def _is(name: str, request: Any) -> bool:
    return not request.node_name or name.rpartition('/')[2] == request.node_name


def _title(request: Any) -> str:
    return str(request.node_name or request.plugin_name)
