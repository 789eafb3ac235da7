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

"""Sums and maxima over all nodes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nevil_health.signals.node_signals import Node

__all__ = ['Totals']


@dataclass(kw_only=True, slots=True)
class Totals:
    """
    What all nodes use and do together; None where nothing is known.

    Nodes that share a process all have that process's numbers: it is counted once.
    """

    cpu_sum: float | None = None
    cpu_max: float | None = None
    cpu_node: str = ''
    memory_sum: float | None = None
    memory_max: float | None = None
    memory_node: str = ''
    messages_per_s: float | None = None
    error_rate: float | None = None

    @classmethod
    def of(cls, nodes: Mapping[str, Node]) -> Totals:
        """Sum up the last samples of all nodes."""
        totals = cls()
        cpu: dict[str, float] = {}
        memory: dict[str, float] = {}
        rates: list[float] = []
        messages = errors = 0
        shared = ''
        for name, node in nodes.items():
            look = node.senses.last
            if look is None:
                continue
            if look.shared:
                shared = shared or name
            owner = shared if look.shared else name
            _most(cpu, owner, look.cpu)
            _most(memory, owner, look.memory)
            if node.senses.rates.messages_per_s is not None:
                rates.append(node.senses.rates.messages_per_s)
            messages += node.senses.rates.messages
            errors += node.senses.rates.errors
        if cpu:
            totals.cpu_sum, totals.cpu_node = sum(cpu.values()), max(cpu, key=cpu.__getitem__)
            totals.cpu_max = cpu[totals.cpu_node]
        if memory:
            totals.memory_sum = sum(memory.values())
            totals.memory_node = max(memory, key=memory.__getitem__)
            totals.memory_max = memory[totals.memory_node]
        totals.messages_per_s = sum(rates) if rates else None
        totals.error_rate = errors / messages if messages else None
        return totals


def _most(numbers: dict[str, float], owner: str, value: float | None) -> None:
    if value is not None:
        numbers[owner] = max(value, numbers.get(owner, 0.0))
