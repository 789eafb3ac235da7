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

"""Which incident is the consequence of which."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping

from nevil_health.alerts.incident import Incident
from nevil_health.alerts.kinds import BLINDING
from nevil_health.alerts.kinds import FAILURES
from nevil_health.alerts.kinds import LIMIT_ACTION_S
from nevil_health.alerts.kinds import PROCESS_WIDE
from nevil_health.alerts.kinds import SENSED
from nevil_health.alerts.kinds import TOGETHER_FROM
from nevil_health.alerts.kinds import TOGETHER_S
from nevil_health.alerts.kinds import WITH_SPAWNER

__all__ = ['link', 'suffering']


def suffering(blames: Mapping[str, str], nodes: Iterable[str]) -> set[str]:
    """Return nodes and all that suffer from them, directly or through others."""
    found = set(nodes)
    below: dict[str, list[str]] = {}
    for node, root in blames.items():
        below.setdefault(root, []).append(node)
    todo = list(found)
    while todo:
        new = [node for node in below.get(todo.pop(), ()) if node not in found]
        found.update(new)
        todo += new
    return found


def link(
    incidents: Iterable[Incident], blames: Mapping[str, str], processes: Mapping[str, str],
) -> None:
    """
    Give every open incident its root, and every root its worst consequence on its own node.

    :param incidents: the open ones, oldest first
    :param blames: node -> the node it suffers from
    :param processes: node -> name of the process that it shares with others
    """
    known = _Known(incidents, blames, processes)
    roots = _roots({one: known.cause(one) for one in known.all})
    for one in known.all:
        one.root, one.worst, one.with_it = '', None, 0
    for one, root in roots.items():
        if root is one:
            continue
        one.root = root.id
        root.with_it += known.bursts.get(one) is root
        if (one.node == root.node and one.stands and one.unknown_since is None
                and (root.worst is None or one.rank > root.worst.rank)):
            root.worst = one


def _roots(causes: Mapping[Incident, Incident | None]) -> dict[Incident, Incident]:
    """Return the root of each incident, itself if it has no cause; of a ring, its oldest one."""
    roots: dict[Incident, Incident] = {}
    for one in causes:
        path: dict[Incident, None] = {}
        last: Incident | None = one
        while last is not None and last not in roots and last not in path:
            path[last] = None
            last = causes[last]
        if last is None:
            root = next(reversed(path))
        elif last in roots:
            root = roots[last]
        else:
            members = list(path)
            root = min(members[members.index(last):], key=lambda member: member.order)
        roots.update(dict.fromkeys(path, root))
    return roots


class _Known:
    """The open incidents, by what is asked of them."""

    def __init__(self, incidents: Iterable[Incident], blames: Mapping[str, str],
                 processes: Mapping[str, str]) -> None:
        self.all = list(incidents)
        self._blames = blames
        self._processes = processes
        self._of_node: dict[str, list[Incident]] = {}
        self._of_process: dict[tuple[str, str], list[Incident]] = {}
        for one in self.all:
            self._of_node.setdefault(one.node, []).append(one)
            process = processes.get(one.node)
            if process is not None:
                self._of_process.setdefault((process, one.signal), []).append(one)
        self.bursts = _bursts(
            one for one in self.all if one.node and one.signal == 'process'
            and self._failure(one) is None and self._of_same_process(one) is None)

    def cause(self, one: Incident) -> Incident | None:
        """Return the incident that brought this one about, None where it came by itself."""
        if not one.node:
            return self._without_health_node(one)
        return (self._failure(one) or self._exceeded(one) or self._of_same_process(one)
                or self._with_spawner(one) or self._of_blamed(one) or self._blind(one)
                or self.bursts.get(one))

    def _failure(self, one: Incident) -> Incident | None:
        return _first(one, (elder for elder in self._of_node[one.node]
                            if elder.order < one.order and elder.signal in FAILURES))

    def _exceeded(self, one: Incident) -> Incident | None:
        if one.signal not in FAILURES:
            return None
        return _first(one, (elder for elder in self._of_node[one.node]
                            if elder.signal not in FAILURES and elder.limit_at is not None
                            and 0.0 <= one.since - elder.limit_at <= LIMIT_ACTION_S))

    def _of_same_process(self, one: Incident) -> Incident | None:
        process = self._processes.get(one.node)
        if process is None or one.signal not in PROCESS_WIDE:
            return None
        return _first(one, (elder for elder in self._of_process[process, one.signal]
                            if elder.order < one.order and elder.node != one.node))

    def _without_health_node(self, one: Incident) -> Incident | None:
        """Return the loss of the spawner: until there is another, nothing can be started."""
        if one.signal != 'monitor':
            return None
        return _first(one, (other for other in self._of_node[''] if other.signal == 'spawner'))

    def _with_spawner(self, one: Incident) -> Incident | None:
        if one.signal not in WITH_SPAWNER:
            return None
        return _first(one, (system for system in self._of_node.get('', ())
                            if system.signal == 'spawner'
                            and 0.0 <= one.openings[-1] - system.openings[-1] <= TOGETHER_S))

    def _of_blamed(self, one: Incident) -> Incident | None:
        """Return what ails the nearest node to blame; a resource can only suffer from elders."""
        for node in self._blamed(one.node):
            there = [other for other in self._of_node.get(node, ())
                     if one.signal in FAILURES or other.order < one.order]
            found = (_first(one, (other for other in there if other.signal in FAILURES))
                     or _first(one, (other for other in there if other.limit_at is not None)))
            if found is not None:
                return found
        return None

    def _blamed(self, node: str) -> Iterator[str]:
        """Yield the nodes that a node suffers from, the nearest first, each once."""
        seen = {node}
        while (node := self._blames.get(node, '')) and node not in seen:
            seen.add(node)
            yield node

    def _blind(self, one: Incident) -> Incident | None:
        if one.signal not in SENSED:
            return None
        return _first(one, (system for system in self._of_node.get('', ())
                            if system.signal in BLINDING))


def _bursts(incidents: Iterable[Incident]) -> dict[Incident, Incident]:
    """
    Return the first of those that came together, for the others.

    Until it is known how many these are, an incident waits for more.
    """
    found: dict[Incident, Incident] = {}
    ends = deque(incidents)
    while ends:
        first = ends.popleft()
        others = []
        while ends and ends[0].since < first.since + TOGETHER_S:
            others.append(ends.popleft())
        for one in others:
            one.waits_until = first.since + TOGETHER_S
        if len(others) + 1 >= TOGETHER_FROM:
            found.update(dict.fromkeys(others, first))
    return found


def _first(one: Incident, candidates: Iterable[Incident]) -> Incident | None:
    """Return the oldest candidate that was not over when this incident came (back)."""
    return next((other for other in candidates
                 if other.over_since is None or one.openings[-1] < other.over_since), None)
