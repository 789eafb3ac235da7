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


"""Whoever was killed leaves the ROS graph at once, and whoever lives stays in it."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip('rclpy')
pytest.importorskip('nevil_msgs.msg')

from asking import Asker  # noqa: E402, I100, I201
from quality.ros import DDS  # noqa: E402, I100, I201
from quality.waiting import wait_for  # noqa: E402, I100, I201
from stand_in import Scene  # noqa: E402, I100, I201
from stand_in import unit_of  # noqa: E402, I100, I201


def test_a_killed_node_is_no_ghost_in_the_graph(stage: Scene) -> None:
    """Its lease would be over after minutes, and Fast DDS would keep a part of it for ever."""
    shipped = Path(DDS['FASTRTPS_DEFAULT_PROFILES_FILE']).read_text(encoding='utf-8')
    patient = stage.folder / 'profile.xml'
    patient.write_text(shipped.replace('<leaseDuration><sec>10<', '<leaseDuration><sec>1000<'))
    assert patient.read_text() != shipped
    stage.env |= {name: str(patient) for name in DDS if name.endswith('PROFILES_FILE')}
    killed, lives = stage.victim('a'), stage.victim('b')
    stage.server.expect(unit_of(killed, 'a'), unit_of(lives, 'b'))
    wait_for(lambda: len(stage.server.readings('ready')) == 2)
    with Asker(stage.domain) as asker:
        wait_for(lambda: asker.offers('/a/get_state') and asker.offers('/b/get_state'))
        killed.kill()
        stage.server.expect()
        wait_for(lambda: not asker.offers('/a/get_state'))
        assert asker.offers('/b/get_state')
