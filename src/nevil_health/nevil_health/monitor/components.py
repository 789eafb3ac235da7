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
Loads components into a container through its services, at each of its starts.

A request may be lost, to a predecessor that is dead and still seen; a constructor may take a
minute. A container lists nothing while it constructs a component, so one that lists, and not what
it was requested, has not got the request, which is repeated.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Sequence
import itertools
import time
from typing import Any
from typing import NamedTuple

from nevil_health.monitor.calls import Call
from nevil_health.monitor.lifecycle import Inner
from nevil_nodes.declarations.plan import ComponentPlan
from rclpy.parameter import Parameter

__all__ = ['load_component', 'load_components', 'Loaded']

# A component may open a device or load a model in its constructor, before it answers.
LOAD_TIMEOUT_S = 60.0
# Seconds that a request may be without an answer before the container is asked what it has. Few
# and rare requests: one that lists while it constructs would construct the component again.
_ASK_S = (4.0, 12.0)
_LIST_S = 1.0
# Seconds that a container gets to list what it has, one each; some offer no such service.
_LISTING_TRIES = 20
_PAUSE_S = 0.2


class Loaded(NamedTuple):
    """
    What became of a component.

    :param name: its full name, '' if it is not loaded
    :param problem: why it is not
    :param refused: the container said so, and will do so again
    """

    name: str
    problem: str = ''
    refused: bool = False


def load_components(
        container: str, components: Sequence[ComponentPlan], *, alive: Callable[[], bool],
        say: Callable[[str], Any], timeout_s: float = LOAD_TIMEOUT_S) -> Inner:
    """
    Load components in order; one that cannot be loaded does not keep the others from it.

    What is in the container already was loaded by a health node before this one.

    :param container: its node's name, without the first slash
    :param alive: whether its process is still the one that is expected
    :param timeout_s: for each of them
    :returns: '' if all are loaded, else which are not and why, in words
    """
    try:
        from composition_interfaces.srv import LoadNode
    except ImportError:
        return ('its components cannot be loaded: the ROS package composition_interfaces is not '
                'installed where Nevil runs')
    began, problems = time.monotonic(), []
    for component in components:
        loaded = yield from load_component(
            container, _request(component, LoadNode), alive=alive, timeout_s=timeout_s,
            adopted=_full_name(component) if component.name else None)
        if loaded.problem:
            problems.append(f'{component.name or component.plugin} is not loaded: '
                            f'{loaded.problem}')
    if not problems:
        say(f'{container}: {len(components)} components loaded in '
            f'{time.monotonic() - began:.1f} s')
    return '; '.join(problems)


def load_component(
        container: str, request: Any, *, alive: Callable[[], bool], timeout_s: float,
        adopted: str | None = None) -> Inner:
    """
    Load a component.

    :param request: of LoadNode
    :param adopted: full name of a component that counts as this one if it is there already
    :returns: what became of it (:class:`Loaded`)
    """
    from composition_interfaces.srv import ListNodes
    from composition_interfaces.srv import LoadNode
    deadline = time.monotonic() + timeout_s
    known: set[tuple[int, str]] | None = None
    patience, tries = itertools.chain(_ASK_S, itertools.repeat(None)), itertools.count(1)
    while alive() and time.monotonic() < deadline:
        listed = yield from _listed(container, ListNodes)
        if listed is None and (known is not None or next(tries) < _LISTING_TRIES):
            continue  # it is not there yet, or it works
        new = (listed or set()) - (known or set())
        found = [name for _, name in new if (
            name == adopted if known is None else _is(name, request))]
        if found:
            return Loaded(found[0])  # the answer was lost
        known = listed or set() if known is None else known
        ask_s = next(patience)
        if ask_s is None:
            yield _PAUSE_S
            continue
        answer = yield Call(type=LoadNode, name=f'/{container}/_container/load_node',
                            request=request,
                            timeout_s=min(ask_s, max(0.0, deadline - time.monotonic())))
        if answer is not None:
            if answer.success:
                return Loaded(answer.full_node_name or request.node_name)
            return Loaded('', answer.error_message or 'refused', refused=True)
    return Loaded('', f'no answer in {timeout_s:g} s' if alive() else 'it has ended meanwhile')


def _listed(container: str, listing: Any) -> Inner:
    """Return ids and names of what is in a container; None while it does not answer."""
    answer = yield Call(type=listing, name=f'/{container}/_container/list_nodes',
                        request=listing.Request(), timeout_s=_LIST_S)
    return None if answer is None else set(zip(answer.unique_ids, answer.full_node_names))


def _is(name: str, request: Any) -> bool:
    return not request.node_name or name.rpartition('/')[2] == request.node_name


def _full_name(component: ComponentPlan) -> str:
    return f'{component.namespace}/{component.name}'


def _request(component: ComponentPlan, load: Any) -> Any:
    return load.Request(
        package_name=component.package, plugin_name=component.plugin,
        node_name=component.name, node_namespace=component.namespace,
        remap_rules=list(component.remappings), parameters=_messages(component.parameters),
        extra_arguments=_messages(component.extra_arguments))


def _messages(parameters: Any) -> list[Any]:
    return [Parameter(name, value=value).to_parameter_msg()
            for name, value in parameters.items()]
