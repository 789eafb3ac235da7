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

"""Which transition leads back, and when it is asked for."""

from __future__ import annotations

from typing import Any

from nevil_health.monitor.expected import ExpectedUnit
from nevil_health.monitor.reconciler import Reconciler
import pytest


def unit(**fields: Any) -> ExpectedUnit:
    """Return a running unit of one node."""
    return ExpectedUnit(unit='a', generation=1, pid=1, nodes=('a',), **fields)


def asked(one: ExpectedUnit, *states: str | None) -> list[str]:
    """Return what is asked for when these states are seen a second apart, with 2 s patience."""
    reconciler = Reconciler()
    return [reconciler.label_for(one, 'a', state, float(at), 2.0)
            for at, state in enumerate(states)]


def test_it_waits_before_it_puts_right() -> None:
    """Whoever changes a state may be about to change it back."""
    assert asked(unit(), 'active', 'inactive', 'inactive', 'inactive') == ['', '', '', 'activate']
    assert asked(unit(), 'inactive', 'inactive', 'active', 'inactive', 'inactive') == 5 * ['']


@pytest.mark.parametrize(('fields', 'state', 'label'), [
    ({}, 'inactive', 'activate'), ({}, 'unconfigured', 'configure'),
    ({'muted': frozenset({'a'})}, 'active', 'deactivate'), ({'paused': True}, 'active',
                                                            'deactivate'),
    ({'paused': True}, 'unconfigured', 'configure'), ({}, 'finalized', ''), ({}, 'activating', ''),
    ({}, None, ''), ({}, 'active', ''), ({'held': True}, 'inactive', ''),
    ({'paused': True}, 'inactive', '')])
def test_the_label_leads_one_step_towards_what_is_desired(
        fields: dict[str, Any], state: str | None, label: str) -> None:
    """Nothing leads out of finalized; a held node is left alone; in between nothing is done."""
    assert asked(unit(**fields), state, state, state)[-1] == label


def test_a_refusal_is_asked_again_after_the_same_time() -> None:
    """It neither gives up nor hammers."""
    assert asked(unit(), *6 * ['inactive']) == ['', '', 'activate', '', 'activate', '']


def test_a_change_of_mind_begins_the_patience_anew() -> None:
    """What was wrong by the old desired state is not wrong for long by the new one."""
    reconciler = Reconciler()
    assert reconciler.label_for(unit(), 'a', 'inactive', 0.0, 2.0) == ''
    assert reconciler.label_for(unit(paused=True), 'a', 'active', 2.0, 2.0) == ''
    assert reconciler.label_for(unit(paused=True), 'a', 'active', 4.0, 2.0) == 'deactivate'


def test_an_ended_start_is_forgotten() -> None:
    """A new start begins without a past."""
    reconciler = Reconciler()
    reconciler.label_for(unit(), 'a', 'inactive', 0.0, 2.0)
    reconciler.keep(set())
    assert reconciler.label_for(unit(), 'a', 'inactive', 5.0, 2.0) == ''
