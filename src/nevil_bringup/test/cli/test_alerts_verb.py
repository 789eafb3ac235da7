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
"""``nevil alerts``."""

from __future__ import annotations

from collections.abc import Callable
import json
from typing import Any

from place import Place
from robot_status import ALERTS
from robot_status import unhealthy_nodes
from robot_status import well
from stand_in import document
from stand_in import StandIn

Serve = Callable[[dict[str, Any]], StandIn]


def test_what_follows_stands_below_its_root(place: Place, serve: Serve) -> None:
    """One root cause, not five failures; what is over is left out unless asked for."""
    server = serve(document('degraded', *unhealthy_nodes(), well('arm'), alerts=ALERTS))
    assert place.nevil('alerts') == (0, """\
SEVERITY  STATE    NODE      SIGNAL    AGE  ID  WHAT
critical  firing   camera    process  12 s  a1  killed by SIGKILL [acknowledged: ordered; \
2 restarts; brain and vision suffer from it]
error     firing     vision  process  12 s  a2  paused by camera
error     firing     brain   process  12 s  a3  paused by vision
warning   firing   ears      cpu      12 s  c7  CPU 96 % [silenced: test drive; flapping; 3 times]
warning   pending  system    disk      1 s  p1  disk 96 %
""", '')
    _, out, _ = place.nevil('alerts', '--all')
    assert 'arm       process  12 s  d1  no heartbeat for 31 s [resolved 10 s ago]\n' in out
    server.status['alerts'] = ALERTS[::-1]
    _, out, _ = place.nevil('alerts')
    assert [line.split()[2] for line in out.splitlines()[1:]] == [
        'system', 'ears', 'camera', 'brain', 'vision']


def test_those_of_one_node(place: Place, serve: Serve) -> None:
    """And a name that is wrong is no empty list."""
    serve(document('degraded', *unhealthy_nodes(), well('arm'), alerts=ALERTS))
    lines = place.nevil('alerts', 'ears')[1].splitlines()
    assert lines[1].split()[2] == 'ears'
    assert lines[-1].startswith("nevil monitor --at '") and '--node ears' in lines[-1]
    assert place.nevil('alerts', 'arm') == (
        0, 'no alerts of arm; --all shows resolved ones too\n', '')
    assert place.nevil('alerts', 'arn') == (
        1, '', "nevil: there is no node 'arn'; did you mean 'arm'?\n")


def test_json_is_the_list(place: Place, serve: Serve) -> None:
    """As the supervisor has it."""
    serve(document('degraded', *unhealthy_nodes(), alerts=ALERTS))
    code, out, _ = place.nevil('alerts', '--all', '--json')
    assert (code, json.loads(out)) == (0, ALERTS)
    assert [one['id'] for one in json.loads(place.nevil('alerts', '--json')[1])] == [
        'a1', 'a2', 'a3', 'c7', 'p1']


def test_alerts_need_a_running_system(place: Place, serve: Serve) -> None:
    """Not running is not "all is well"."""
    assert place.nevil('alerts') == (
        3, '', 'nevil: robbie is not running; nevil start starts it\n')
    serve(document('ready', well('camera')))
    assert place.nevil('alerts') == (0, 'no alerts; --all shows resolved ones too\n', '')
