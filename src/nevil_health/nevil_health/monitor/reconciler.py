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

"""Which transition brings a node back to the state it should be in. Standard library only."""

from __future__ import annotations

from nevil_health.monitor.expected import ExpectedUnit
from nevil_health.monitor.expected import UnitKey

__all__ = ['Reconciler']

_LABELS = {
    ('unconfigured', 'active'): 'configure', ('unconfigured', 'inactive'): 'configure',
    ('inactive', 'active'): 'activate', ('active', 'inactive'): 'deactivate',
}


class Reconciler:
    """
    Waits a while before it finds something wrong, so that whoever changes a state can finish.

    Nothing leads out of ``finalized``, and a node between two states is left to get there.
    """

    def __init__(self) -> None:
        """Have seen nothing wrong."""
        self._since: dict[tuple[UnitKey, str], tuple[str, float]] = {}

    def label_for(self, unit: ExpectedUnit, node: str, state: str | None, at: float,
                  patience_s: float) -> str:
        """
        Return the label to ask for now, '' for none.

        :param state: lifecycle state of the node; None where it is not known
        :param patience_s: for which a state must have been wrong, and until it is asked for again
        """
        key, wanted = (unit.key, node), unit.wanted_state(node)
        label = _LABELS.get((state or '', wanted), '')
        if not label or unit.held:
            self._since.pop(key, None)
            return ''
        what, since = self._since.setdefault(key, (wanted, at))
        if what != wanted:
            self._since[key] = wanted, at
            return ''
        if at - since < patience_s:
            return ''
        self._since[key] = wanted, at
        return label

    def keep(self, units: set[UnitKey]) -> None:
        """Forget all other units."""
        for gone in [key for key in self._since if key[0] not in units]:
            del self._since[gone]
