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

"""Order and cycles of a graph of names; input order decides between equals."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence

__all__ = ['add_soft_edges', 'find_cycles', 'start_order']

Graph = Mapping[str, Sequence[str]]


def find_cycles(graph: Graph) -> list[tuple[str, ...]]:
    """
    Return cycles ``(a, b, a)``, enough of them that without their nodes none is left.

    Each begins with its first name in alphabetical order.
    """
    cycles: list[tuple[str, ...]] = []
    done: set[str] = set()
    for start in sorted(graph):
        if start in done:
            continue
        path, position = [start], {start: 0}
        stack = [iter(sorted(graph[start]))]
        while stack:
            for name in stack[-1]:
                if name in position:
                    cycles.append(_turned(path[position[name]:]))
                elif name in graph and name not in done:
                    position[name] = len(path)
                    path.append(name)
                    stack.append(iter(sorted(graph[name])))
                    break
            else:
                stack.pop()
                name = path.pop()
                del position[name]
                done.add(name)
    return sorted(set(cycles))


def start_order(graph: Graph, preferred: Sequence[str]) -> list[str]:
    """
    Return all names, each after those it points to, otherwise in the preferred order.

    :param graph: without cycles (an edge that closes one is ignored)
    :param preferred: names of the graph, each once
    """
    order: list[str] = []
    state: dict[str, bool] = {}  # False: being visited, True: placed
    for start in preferred:
        if start in state:
            continue
        state[start] = False
        stack = [(start, iter(graph[start]))]
        while stack:
            name, edges = stack[-1]
            for needed in edges:
                if needed in graph and needed not in state:
                    state[needed] = False
                    stack.append((needed, iter(graph[needed])))
                    break
            else:
                stack.pop()
                state[name] = True
                order.append(name)
    return order


def add_soft_edges(graph: Graph, soft: Graph) -> dict[str, list[str]]:
    """Return the graph with those soft edges that close no cycle, taken in sorted order."""
    result = {name: list(edges) for name, edges in graph.items()}
    for name in sorted(soft):
        for needed in soft[name]:
            if needed in result and needed != name and not _reaches(result, needed, name):
                result[name].append(needed)
    return result


def _reaches(graph: Graph, start: str, goal: str) -> bool:
    seen, stack = {start}, [start]
    while stack:
        for name in graph.get(stack.pop(), ()):
            if name == goal:
                return True
            if name not in seen:
                seen.add(name)
                stack.append(name)
    return False


def _turned(cycle: Sequence[str]) -> tuple[str, ...]:
    first = cycle.index(min(cycle))
    return (*cycle[first:], *cycle[:first], cycle[first])
