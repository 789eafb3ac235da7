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

"""What the supervisor says is running, as it is understood."""

from __future__ import annotations

from typing import Any

from nevil_health.control.fields import build
from nevil_health.control.monitor import Expect
from nevil_health.monitor.expected import Expectation
from nevil_health.monitor.expected import read_expectation
import pytest

_UNIT: dict[str, Any] = {'unit': 'a', 'generation': 2, 'pid': 7, 'nodes': ['a', 'b'],
                         'kind': 'python', 'muted': False}
_MESSAGE: dict[str, Any] = {'units': [_UNIT], 'heartbeat_timeout_s': 30,
                            'health_check_interval_s': 5}


def expectation_of(message: dict[str, Any]) -> Expectation:
    """Return what is understood of the event that was sent as this."""
    return read_expectation(build(Expect, message))


def test_everything_that_is_said_is_there() -> None:
    """Times of nodes, pauses, holds, the folder of the logs, the port of the numbers."""
    expectation = expectation_of({
        **_MESSAGE, 'project': 'robot', 'logs': '/var/log/robot',
        'prometheus': {'address': '127.0.0.1', 'port': 9843},
        'units': [{**_UNIT, 'muted_nodes': ['b'], 'held': True, 'ready': True,
                   'heartbeat_timeouts': {'a': 3.5}}]})
    unit = expectation.unit(('a', 2))
    assert unit is not None and unit.held and unit.ready and not unit.paused
    assert (unit.wanted_state('a'), unit.wanted_state('b')) == ('active', 'inactive')
    assert expectation.heartbeat_timeouts == {'a': 3.5}
    assert expectation.prometheus == ('127.0.0.1', 9843)
    assert (expectation.project, expectation.logs) == ('robot', '/var/log/robot')


def test_a_paused_unit_shall_be_inactive_and_all_of_a_muted_one() -> None:
    """Whatever is said of its nodes one by one."""
    for fields in ({'paused': True, 'muted_nodes': []}, {'muted': True}):
        unit = expectation_of({**_MESSAGE, 'units': [{**_UNIT, **fields}]}).units[0]
        assert {unit.wanted_state(node) for node in unit.nodes} == {'inactive'}


def test_an_older_supervisor_says_less() -> None:
    """The protocol grows only; what is not said has its default."""
    expectation = expectation_of(_MESSAGE)
    assert expectation.prometheus is None and expectation.heartbeat_timeouts == {}
    assert expectation.unit(('a', 1)) is None


@pytest.mark.parametrize('wrong', [
    {'units': 7}, {'units': [{}]}, {'heartbeat_timeout_s': 'soon'}, {'prometheus': 9843},
    {'units': [{**_UNIT, 'pid': None}]}, {'units': [{**_UNIT, 'heartbeat_timeouts': [1]}]}])
def test_what_is_not_understood_is_an_error(wrong: dict[str, Any]) -> None:
    """One kind of error, so that the message is said and left alone."""
    with pytest.raises(ValueError):
        expectation_of({**_MESSAGE, **wrong})
