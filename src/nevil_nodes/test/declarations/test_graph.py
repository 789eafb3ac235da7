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

"""Order and cycles, for any graph."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st
from nevil_nodes.declarations.graph import add_soft_edges
from nevil_nodes.declarations.graph import find_cycles
from nevil_nodes.declarations.graph import start_order

NAMES = 'abcdefgh'


@st.composite
def acyclic(draw: st.DrawFn) -> dict[str, list[str]]:
    """Return a graph whose edges point to earlier letters only."""
    return {name: draw(st.lists(st.sampled_from(NAMES[:index]), unique=True)) if index else []
            for index, name in enumerate(NAMES)}


any_graph = st.fixed_dictionaries(
    {name: st.lists(st.sampled_from(NAMES), unique=True, max_size=3) for name in NAMES})


@given(acyclic(), st.permutations(NAMES))
def test_everything_starts_after_what_it_needs(
        graph: dict[str, list[str]], preferred: list[str]) -> None:
    """Whatever order is preferred."""
    order = start_order(graph, preferred)
    assert sorted(order) == sorted(NAMES)
    assert all(order.index(needed) < order.index(name)
               for name, edges in graph.items() for needed in edges)


@given(st.permutations(NAMES))
def test_without_edges_the_preferred_order_holds(preferred: list[str]) -> None:
    """Only what is required may change it."""
    assert start_order({name: [] for name in NAMES}, preferred) == preferred


def test_what_is_needed_moves_no_further_than_necessary() -> None:
    """`z` starts just before the first that needs it; `b` stays where it was listed."""
    assert start_order({'a': ['z'], 'b': [], 'c': [], 'z': []}, 'cabz') == ['c', 'z', 'a', 'b']


@given(acyclic())
def test_an_acyclic_graph_has_no_cycle(graph: dict[str, list[str]]) -> None:
    """No false alarm."""
    assert find_cycles(graph) == []


@given(any_graph, st.randoms())
def test_cycles_are_real_and_none_is_left_over(
        graph: dict[str, list[str]], shuffle: random.Random) -> None:
    """Each is a path of edges; without their edges the rest is acyclic; input order is nothing."""
    cycles = find_cycles(graph)
    for cycle in cycles:
        assert cycle[0] == cycle[-1] == min(cycle)
        assert all(after in graph[name] for name, after in zip(cycle, cycle[1:]))
    on_cycles = {name for cycle in cycles for name in cycle}
    rest = {name: [other for other in edges if other not in on_cycles]
            for name, edges in graph.items() if name not in on_cycles}
    assert find_cycles(rest) == []
    items = list(graph.items())
    shuffle.shuffle(items)
    assert find_cycles(dict(items)) == cycles


@given(acyclic(), any_graph)
def test_soft_edges_never_close_a_cycle(
        graph: dict[str, list[str]], soft: dict[str, list[str]]) -> None:
    """`optional` must not be able to forbid a start."""
    both = add_soft_edges(graph, soft)
    assert find_cycles(both) == []
    assert all(set(graph[name]) <= set(both[name]) for name in graph)


def test_a_long_chain_is_no_recursion() -> None:
    """Thousands of nodes in a row are ordered, and looked through for cycles."""
    count = 5000
    graph = {f'{index:05}': [f'{index + 1:05}'] for index in range(count)}
    graph[f'{count:05}'] = []
    assert start_order(graph, sorted(graph)) == sorted(graph, reverse=True)
    assert find_cycles(graph) == []
    graph[f'{count:05}'] = ['00000']
    assert [len(cycle) for cycle in find_cycles(graph)] == [count + 2]
