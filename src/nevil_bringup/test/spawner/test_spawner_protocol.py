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

"""What goes over the socket arrives as what was sent."""

from __future__ import annotations

from nevil_bringup.spawner import protocol
import pytest

ORDER = protocol.StartOrder(
    unit='camera', generation=3, argv=('/usr/bin/python3', '-m', 'x'),
    env={'A': 'b', 'BYTES': '\udcff'}, cwd='/tmp', nice=-5, fork=True)


@pytest.mark.parametrize('message', [
    ORDER,
    protocol.SignalOrder(unit='camera', generation=3, signum=2),
    protocol.ExitOrder(),
    protocol.SpawnerReady(at=1.5, pid=7, preload_s=0.3, forks=True, problems=('x: y',)),
    protocol.SpawnerLost(at=1.5, status=-9, survivors=0),
    protocol.ProcessStarted(at=1.5, unit='camera', generation=3, pid=8),
    protocol.ProcessFailed(at=1.5, unit='camera', generation=3, reason='no such file: /x'),
    protocol.ProcessExited(at=1.5, unit='camera', generation=3, pid=8, code=None, signal=11,
                           core_dumped=True, survivors=2),
], ids=lambda message: type(message).__name__)
def test_every_message_survives_the_way(
        message: protocol.SpawnerOrder | protocol.SpawnerEvent) -> None:
    """A field that changes its type on the way would break a comparison far from here."""
    assert protocol.decode(protocol.encode(message)) == message


def test_an_unknown_message_is_refused() -> None:
    """Two versions of Nevil must not misunderstand each other in silence."""
    with pytest.raises(ValueError, match='not an order or event'):
        protocol.decode(b'{"kind":"Surprise"}')
