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

"""What two plans of one project differ in, for a system that runs by the first."""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Mapping
from dataclasses import dataclass

from nevil_nodes.declarations.plan import NodePlan
from nevil_nodes.declarations.plan import Plan

__all__ = ['difference', 'Difference']

# Read once, when the system starts; by the names that they have in the root .nodes.
_LATER = {'logs': 'the log settings', 'alerts': 'monitoring', 'project': 'name',
          'messages_package': 'name'}


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """
    What is new in a plan.

    :param changed: nodes with the reason
    :param held: nodes that have changed, and go on with their process
    :param later: settings that cannot be taken over
    :param units: that have to end: they are gone, or another thing now
    """

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: Mapping[str, str]
    held: tuple[str, ...] = ()
    later: tuple[str, ...] = ()
    units: frozenset[str] = frozenset()

    @property
    def any(self) -> bool:  # noqa: A003
        """Return whether a node is another, or there is one more, or one less."""
        return bool(self.added or self.removed or self.changed or self.held)


def difference(now: Plan, new: Plan, *, edited: Collection[str] = (),
               types: Collection[str] | None = (), held: Collection[str] = ()) -> Difference:
    """
    Compare the plan that a system runs by with another one.

    :param edited: nodes whose code has changed since they were started
    :param types: message types that have changed; None: each may have
    :param held: units that are not to be restarted
    """
    before, after = ({node.name: node for node in plan.nodes} for plan in (now, new))
    unit_before, unit_after = (
        {name: process.name for process in plan.processes for name in process.nodes}
        for plan in (now, new))
    changed = {name: why for name, node in after.items() if name in before and (
        why := _why(node, before[name], name in edited, types, new.messages_package))}
    processes = {process.name: process for process in now.processes}
    for process in new.processes:
        old = processes.get(process.name)
        if old != process or any(name in changed for name in process.nodes):
            for name in process.nodes:
                if name in before:
                    changed.setdefault(name, 'its process' if old != process else
                                       'a node of its process')
    held_nodes = tuple(name for name in changed if unit_before.get(name) in held
                       and unit_after.get(name) == unit_before[name])
    gone = set(before) - set(after)
    restarted = set(changed) - set(held_nodes)
    return Difference(
        added=tuple(name for name in after if name not in before),
        removed=tuple(name for name in before if name in gone),
        changed={name: why for name, why in changed.items() if name in restarted},
        held=held_nodes,
        later=tuple(dict.fromkeys(word for field, word in _LATER.items()
                                  if getattr(now, field) != getattr(new, field))),
        units=frozenset(unit_before.get(name, name) for name in gone | restarted))


def _why(node: NodePlan, before: NodePlan, edited: bool, types: Collection[str] | None,
         package: str) -> str:
    """Return why a node is another thing now, '' where it is not."""
    used = {topic.ros_type for topic in (*node.publishes, *node.subscribes)}
    own = (any(name.startswith(f'{package}/') for name in used) if types is None
           else not used.isdisjoint(types))
    return ', '.join(words for words, true in (
        ('its declaration', node != before), ('its messages', own), ('its code', edited)) if true)
