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
it was asked for, has not heard of it and is asked again.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Sequence
import time
from typing import Any

from nevil_health.monitor.calls import Call
from nevil_health.monitor.lifecycle import Inner
from nevil_nodes.declarations.plan import ComponentPlan
from rclpy.parameter import Parameter

__all__ = ['load_components', 'LOAD_TIMEOUT_S']

LOAD_TIMEOUT_S = 60.0
_ASK_S = 3.0
_LIST_S = 1.0


def load_components(
        container: str, components: Sequence[ComponentPlan], *, alive: Callable[[], bool],
        say: Callable[[str], Any], timeout_s: float = LOAD_TIMEOUT_S) -> Inner:
    """
    Load components in order; one that cannot be loaded does not keep the others from it.

    :param container: its node's name, without the first slash
    :param alive: whether its process is still the one that is expected
    :param timeout_s: for each of them
    :returns: '' if all are loaded, else which are not and why, in words
    """
    try:
        from composition_interfaces.srv import ListNodes
        from composition_interfaces.srv import LoadNode
    except ImportError:
        return ('its components cannot be loaded: the ROS package composition_interfaces is not '
                'installed where Nevil runs')
    began, problems = time.monotonic(), []
    for component in components:
        problem = yield from _load(container, component, LoadNode, ListNodes, alive, timeout_s)
        if problem:
            problems.append(f'{component.name or component.plugin} is not loaded: {problem}')
    if not problems:
        say(f'{container}: {len(components)} components loaded in '
            f'{time.monotonic() - began:.1f} s')
    return '; '.join(problems)


def _load(container: str, component: ComponentPlan, load: Any, listing: Any,
          alive: Callable[[], bool], timeout_s: float) -> Inner:
    deadline = time.monotonic() + timeout_s
    known: set[tuple[int, str]] | None = None
    while alive() and time.monotonic() < deadline:
        listed = yield from _listed(container, listing)
        if listed is None:
            continue  # it is not there yet, or it works
        if component.name and any(name == _full_name(component) for _, name in listed):
            return ''  # by a health node before this one, or by a request without an answer
        if known is not None and listed - known and not component.name:
            return ''
        known = listed if known is None else known
        answer = yield Call(type=load, name=f'/{container}/_container/load_node',
                            request=_request(component, load), timeout_s=_ASK_S)
        if answer is not None:
            return '' if answer.success else answer.error_message or 'refused'
    return f'no answer in {timeout_s:g} s' if alive() else 'it has ended meanwhile'


def _listed(container: str, listing: Any) -> Inner:
    """Return ids and names of what is in a container; None while it does not answer."""
    answer = yield Call(type=listing, name=f'/{container}/_container/list_nodes',
                        request=listing.Request(), timeout_s=_LIST_S)
    return None if answer is None else set(zip(answer.unique_ids, answer.full_node_names))


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
