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
What happens to a robot in a run of chaos: all of it follows from one number.

Pure. The same seed gives the same robot and the same rounds of faults, whatever comes of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
import random
from typing import Literal

__all__ = ['BYSTANDER', 'Fault', 'KINDS', 'Member', 'PARTS', 'robot', 'rounds', 'spared', 'VERBS']

MemberKind = Literal['nevil', 'plain', 'program']
VERBS = ('stop', 'start', 'restart', 'hold', 'release', 'pause', 'resume', 'mute', 'unmute')
PARTS = ('supervisor', 'spawner', 'capture', 'health')
# Nobody harms it and it requires nothing: it must outlive everything but its supervisor and
# spawner.
BYSTANDER = 'bystander'


@dataclass(frozen=True, kw_only=True)
class Member:
    """A node: a NevilNode, a plain node of rclpy, or a program that knows nothing of ROS."""

    name: str
    kind: MemberKind
    requires: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Fault:
    """
    One thing that is done.

    :param kind: of ``KINDS``
    :param target: a node, a part, or '' for what concerns all
    :param verbs: of ``nevil node``, given at the same time
    :param pause_s: until the next one
    """

    kind: str
    target: str = ''
    verbs: tuple[str, ...] = ()
    pause_s: float = 0.0

    def __str__(self) -> str:
        """Return what it is in few words."""
        return ' '.join((self.kind, *([self.target] if self.target else []), *self.verbs))


@dataclass(frozen=True, kw_only=True)
class Kind:
    """
    How often a kind of fault comes, and to whom.

    :param targets: kinds of members; a part; '' for what concerns all
    """

    weight: int
    targets: tuple[str, ...]


_ANY = ('nevil', 'plain', 'program')
KINDS: dict[str, Kind] = {
    # A node ends or hangs.
    'kill': Kind(weight=8, targets=_ANY),
    'abort': Kind(weight=2, targets=_ANY),
    'stop': Kind(weight=3, targets=_ANY),
    'exit': Kind(weight=2, targets=('nevil',)),
    'hang': Kind(weight=3, targets=('nevil',)),
    'hold_gil': Kind(weight=1, targets=('nevil',)),
    'end_leader': Kind(weight=1, targets=('nevil',)),
    'start_raises': Kind(weight=2, targets=('nevil',)),
    'start_hangs': Kind(weight=1, targets=('nevil',)),
    # A node uses too much, or leaves something behind.
    'leak_threads': Kind(weight=1, targets=('nevil',)),
    'leak_files': Kind(weight=1, targets=('nevil',)),
    'leak_memory': Kind(weight=1, targets=('nevil',)),
    'flood': Kind(weight=2, targets=('nevil',)),
    'children': Kind(weight=1, targets=('nevil',)),
    'deaf': Kind(weight=1, targets=('nevil',)),
    # Somebody in the ROS domain interferes.
    'deactivate': Kind(weight=2, targets=('nevil', 'health')),
    'shut_down': Kind(weight=2, targets=('nevil', 'health')),
    'illegal': Kind(weight=1, targets=('nevil', 'health')),
    # A part of Nevil ends or hangs.
    'kill_part': Kind(weight=4, targets=PARTS),
    'stop_part': Kind(weight=4, targets=PARTS),
    'terminate_part': Kind(weight=1, targets=PARTS),
    # What is around it.
    'full_disk': Kind(weight=1, targets=('',)),
    'remove_runtime': Kind(weight=1, targets=('',)),
    'hogs': Kind(weight=1, targets=('',)),
    # The operator, several of him at the same time.
    'operate': Kind(weight=8, targets=_ANY),
    'two_starts': Kind(weight=1, targets=('',)),
    'restart_all': Kind(weight=1, targets=('',)),
    'stop_and_start': Kind(weight=1, targets=('',)),
}


def robot(seed: int) -> tuple[Member, ...]:
    """Return the nodes of a robot; each requires only some that stand before it."""
    chance = random.Random(f'robot {seed}')
    members = [Member(name=BYSTANDER, kind='nevil')]
    for number in range(chance.randint(4, 8)):
        # The first is one with switches: without it many kinds had no target.
        kind: MemberKind = 'nevil' if number == 0 else chance.choices(
            ('nevil', 'plain', 'program'), (5, 2, 2))[0]
        before = [member.name for member in members[1:]]
        requires = chance.sample(before, min(len(before), chance.choice((0, 0, 1, 1, 2))))
        members.append(Member(name=f'{kind}_{number}', kind=kind, requires=tuple(requires)))
    return tuple(members)


def rounds(seed: int) -> Iterator[tuple[Fault, ...]]:
    """Yield what is done before the robot is to be well again, for ever."""
    members = robot(seed)
    for number in count():
        chance = random.Random(f'round {seed} {number}')
        yield tuple(_fault(chance, members) for _ in range(chance.choice((1, 1, 2, 2, 3, 4))))


def spared(faults: tuple[Fault, ...]) -> bool:
    """Return whether the process of the bystander must be the same after these."""
    fatal = {'remove_runtime', 'two_starts', 'restart_all', 'stop_and_start'}
    return not any(fault.kind in fatal or fault.target in ('supervisor', 'spawner')
                   for fault in faults)


def _fault(chance: random.Random, members: tuple[Member, ...]) -> Fault:
    kind = chance.choices(list(KINDS), [kind.weight for kind in KINDS.values()])[0]
    targets = [target for target in KINDS[kind].targets if target in ('', *PARTS)]
    targets += [member.name for member in members[1:] if member.kind in KINDS[kind].targets]
    verbs = chance.choices(VERBS, k=chance.choice((1, 1, 2, 4))) if kind == 'operate' else ()
    return Fault(kind=kind, target=chance.choice(targets or [members[1].name]), verbs=tuple(verbs),
                 pause_s=chance.choice((0.0, 0.05, 0.3, 1.0, 2.0)))
