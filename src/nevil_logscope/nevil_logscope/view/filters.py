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

"""What one tab shows, and how keys and clicks change it: values, no widgets."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from typing import Any

from nevil_logscope.view import times
from nevil_logscope.view.search_bar import Query
from nevil_logscope.view.theme import LEVEL_NAMES
from nevil_nodes.logs import FilterSpec
from nevil_nodes.logs import Flag
from nevil_nodes.logs import TextTerm

__all__ = [
    'CRASH', 'DIALOGUE', 'SavedView', 'chips', 'shows_node', 'solo', 'standard_views',
    'toggle_level', 'toggle_node', 'without_chip',
]

CRASH, DIALOGUE = 'crash', 'dialogue'
_ALL = frozenset(LEVEL_NAMES)


@dataclass(frozen=True)
class SavedView:
    """
    A tab.

    :param mode: ``crash`` or ``dialogue``, else ''
    :param current: the id of the entry that is current; of this run only, as the next ones
    """

    name: str
    spec: FilterSpec = field(default_factory=FilterSpec)
    query: Query = field(default_factory=Query)
    mode: str = ''
    current: int | None = None
    top: int | None = None
    following: bool = True

    @property
    def effective(self) -> FilterSpec:
        """Return the filter with what the mode overrides and what is in the search field."""
        spec = self.spec
        if self.mode == CRASH:
            spec = replace(spec, levels=None, nodes=None, without_nodes=frozenset(),
                           flags=Flag.CRASH)
        elif self.mode == DIALOGUE:
            spec = replace(spec, nodes=None, without_nodes=frozenset(), flags=Flag.DIALOGUE)
        term = self.query.term
        if term is not None and self.query.filters:
            spec = replace(spec, terms=(*spec.terms, term))
        return spec

    def to_values(self) -> dict[str, Any]:
        """Return what is remembered of it, as JSON has it."""
        return {'name': self.name, 'spec': self.spec.to_json(), 'query': vars(self.query),
                'mode': self.mode}

    @classmethod
    def from_values(cls, values: dict[str, Any]) -> SavedView:
        """
        Return a tab that was remembered.

        :raises ValueError: it is none
        """
        try:
            query = Query(**values['query'])
            if not isinstance(query.text, str) or not isinstance(values['name'], str):
                raise ValueError('a text is none')
            mode = values['mode'] if values['mode'] in (CRASH, DIALOGUE) else ''
            return cls(values['name'], FilterSpec.from_json(values['spec']), query, mode)
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f'no tab: {error!r}') from None


def standard_views() -> list[SavedView]:
    """Return the tabs of the first start."""
    return [SavedView('Unified'),
            SavedView('System', FilterSpec(nodes=frozenset({'system', 'nevil', 'launch'}))),
            SavedView('Crash', mode=CRASH), SavedView('Dialogue', mode=DIALOGUE)]


def toggle_level(spec: FilterSpec, level: str) -> FilterSpec:
    """Show or hide a level."""
    shown = (spec.levels if spec.levels is not None else _ALL) ^ {level}
    return replace(spec, levels=None if shown == _ALL else shown)


def toggle_node(spec: FilterSpec, node: str) -> FilterSpec:
    """Show or hide a node."""
    if spec.nodes is not None:
        chosen = spec.nodes ^ {node}
        return replace(spec, nodes=chosen or None, without_nodes=frozenset())
    return replace(spec, without_nodes=spec.without_nodes ^ {node})


def solo(spec: FilterSpec, node: str) -> FilterSpec:
    """Show only a node; all again if it is so already."""
    only = frozenset({node})
    return replace(spec, nodes=None if spec.nodes == only else only, without_nodes=frozenset())


def shows_node(spec: FilterSpec, node: str) -> bool:
    """Return whether a node is shown."""
    return (spec.nodes is None or node in spec.nodes) and node not in spec.without_nodes


def chips(view: SavedView) -> list[tuple[object, str]]:
    """Return the filters that are on, each with the key that ``without_chip`` takes."""
    spec = view.spec
    found: list[tuple[object, str]] = []
    if view.mode == CRASH:
        found.append(('mode', 'Crash monitor: errors and crash words of all nodes and levels'))
    elif view.mode == DIALOGUE:
        found.append(('mode', 'Dialogue: speech nodes and words'))
    if spec.levels is not None and view.mode != CRASH:
        shown = [level for level in LEVEL_NAMES if level in spec.levels]
        found.append(('levels', f'Levels: {", ".join(shown) or "none"}'))
    if not view.mode:
        if spec.nodes is not None:
            found.append(('nodes', f'Only {", ".join(sorted(spec.nodes))}'))
        found += [(('node', node), f'Not {node or "(no node)"}')
                  for node in sorted(spec.without_nodes)]
    if spec.since_ns is not None or spec.until_ns is not None:
        since, until = (times.absolute(at_ns, True) if at_ns is not None else '…'
                        for at_ns in (spec.since_ns, spec.until_ns))
        if since.partition(' ')[0] == until.partition(' ')[0]:
            until = until.partition(' ')[2]
        found.append(('time', f'{since} – {until}'))
    found += [(('term', place), term_text(term)) for place, term in enumerate(spec.terms)]
    return found


def term_text(term: TextTerm) -> str:
    """Return a term as a chip shows it."""
    quoted = f'/{term.text}/' if term.mode == 'regex' else f'“{term.text}”'
    return f'{"¬ " if term.exclude else ""}{quoted}{" Aa" if term.case else ""}'


def without_chip(view: SavedView, key: object) -> SavedView:
    """Return the tab without one filter."""
    spec = view.spec
    if key == 'mode':
        return replace(view, mode='')
    if key == 'levels':
        spec = replace(spec, levels=None)
    elif key == 'nodes':
        spec = replace(spec, nodes=None)
    elif key == 'time':
        spec = replace(spec, since_ns=None, until_ns=None)
    elif isinstance(key, tuple) and key[0] == 'node':
        spec = replace(spec, without_nodes=spec.without_nodes - {key[1]})
    elif isinstance(key, tuple) and key[0] == 'term':
        terms = [term for place, term in enumerate(spec.terms) if place != key[1]]
        spec = replace(spec, terms=tuple(terms))
    return replace(view, spec=spec)
