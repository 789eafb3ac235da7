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
"""``nevil why``."""

from __future__ import annotations

from collections.abc import Callable
import json
import re
import time
from typing import Any

from nevil_bringup.cli.reasons import reason_lines
from nevil_nodes.logs import format_record
from nevil_nodes.logs import Record
from place import Place
from stand_in import document
from stand_in import StandIn

Serve = Callable[[dict[str, Any]], StandIn]

AT = time.mktime((2026, 11, 23, 10, 0, 0, 0, 0, -1))


def step(age_s: float | None, node: str, what: str, detail: str) -> dict[str, Any]:
    """Return a step of a causal chain."""
    return {'age_s': age_s, 'at': None if age_s is None else AT - age_s, 'node': node,
            'what': what, 'detail': detail}


CHAIN = {'node': 'brain', 'state': 'paused', 'level': 'healthy', 'since_s': 3.1, 'steps': [
    step(3.0, 'brain', 'state', 'paused because of vision'),
    step(3.0, 'vision', 'state', 'paused because of camera'),
    step(4.0, 'camera', 'state', 'backoff for 4.0 s: killed by SIGKILL'),
    step(4.0, 'camera', 'recovery', 'restart 2 of 5 in 3.2 s'),
    step(72.0, 'camera', 'process', 'killed by SIGKILL'),
    step(0.0, 'camera', 'do', 'nevil logs camera (what it logged)'),
    step(None, 'brain', 'crash record', '/x/robbie/logs/crash/brain-1.txt')]}


def test_each_cause_stands_below_what_it_led_to(place: Place, serve: Serve) -> None:
    """The root is marked, wherever in the chain; what can be done comes last."""
    server = serve(document('degraded'))
    server.handlers['why'] = lambda _: CHAIN
    assert place.nevil('why', 'brain') == (0, """\
brain: paused, healthy for 3 s

     3 s ago  09:59:57  brain: paused because of vision
     3 s ago  09:59:57  `- vision: paused because of camera
     4 s ago  09:59:56     `- camera: backoff for 4.0 s: killed by SIGKILL
     4 s ago  09:59:56          recovery: restart 2 of 5 in 3.2 s
  1m 12s ago  09:58:48          process: killed by SIGKILL  <- root cause
                          crash record: /x/robbie/logs/crash/brain-1.txt

What you can do:
  nevil logs camera (what it logged)
  nevil monitor --at '2026-11-23 09:58:48.000' --node camera (all logs around it)
""", '')
    assert server.asked == [('why', {'name': 'brain'})]


def test_colours_change_no_letter() -> None:
    """And the root cause has one colour from its name to its mark."""
    painted = reason_lines(CHAIN, 'robbie', True)
    assert [re.sub('\x1b\\[[0-9;]*m', '', line) for line in painted] == reason_lines(
        CHAIN, 'robbie', False)
    assert '\x1b[31mprocess: killed by SIGKILL  <- root cause\x1b[0m' in painted[6]


def test_a_node_that_is_well_has_no_root_cause(place: Place, serve: Serve) -> None:
    """What was wrong before is told, and not as if it still were."""
    server = serve(document('ready'))
    server.handlers['why'] = lambda _: {
        'node': 'arm', 'state': 'ready', 'level': 'healthy', 'since_s': 300.0, 'steps': [
            step(300.0, 'arm', 'state', 'ready for 5m, healthy for 5m'),
            step(90000.0, 'arm', 'last failure', 'exit status 1')]}
    _, out, _ = place.nevil('why', 'arm')
    assert 'root cause' not in out
    assert '  1d 1h ago  2026-11-22 09:00:00    last failure: exit status 1\n' in out


def test_without_a_node_the_robots_causes(place: Place, serve: Serve) -> None:
    """Side by side: none is the cause of the next."""
    server = serve(document('degraded'))
    server.handlers['why'] = lambda _: {
        'node': '', 'state': '', 'level': 'unhealthy', 'since_s': 4.0, 'steps': [
            step(4.0, '', 'state', 'unhealthy for 4.0 s'),
            step(4.0, 'camera', 'process', 'killed by SIGKILL; for it brain cannot work'),
            step(None, '', 'CPU 97 % of all cores', ''),
            step(0.0, 'camera', 'do', 'nevil why camera')]}
    assert place.nevil('why')[1] == """\
robbie: unhealthy for 4 s

  4 s ago  09:59:56  camera: process: killed by SIGKILL; for it brain cannot work
                     CPU 97 % of all cores

What you can do:
  nevil why camera
  nevil monitor --at '2026-11-23 09:59:56.000' --node camera (all logs around it)
"""
    assert server.asked == [('why', {'name': ''})]


def test_json_is_the_answer(place: Place, serve: Serve) -> None:
    """For programs."""
    serve(document('degraded')).handlers['why'] = lambda _: CHAIN
    code, out, _ = place.nevil('why', 'brain', '--json')
    assert (code, json.loads(out)) == (0, CHAIN)


def test_nothing_known_and_nobody_to_ask(place: Place, serve: Serve) -> None:
    """Both are said, and a wrong name is the supervisor's word."""
    code, _, err = place.nevil('why', 'brain')
    assert code == 3 and re.match('nevil: robbie is not running; nevil logs', err)
    server = serve(document('ready'))
    server.handlers['why'] = lambda _: {
        'node': '', 'state': '', 'level': 'healthy', 'since_s': None, 'steps': []}
    assert place.nevil('why') == (0, 'robbie: healthy\nnothing is wrong\n', '')
    server.handlers['why'] = lambda _: {
        'node': 'brain', 'state': 'failed', 'level': '', 'since_s': None, 'steps': []}
    assert place.nevil('why', 'brain') == (0, 'brain: failed\nno cause is known\n', '')

    def refuse(_: dict[str, Any]) -> dict[str, Any]:
        raise RuntimeError("there is no node 'brian'; did you mean 'brain'?")
    server.handlers['why'] = refuse
    assert place.nevil('why', 'brian') == (
        1, '', "nevil: there is no node 'brian'; did you mean 'brain'?\n")


def test_an_end_that_says_nothing_is_explained_by_what_was_said(
        place: Place, serve: Serve) -> None:
    """For a node and for the robot: the exception, once for each node."""
    place.paths.logs.mkdir(parents=True, exist_ok=True)
    (place.paths.logs / 'camera.log').write_text(
        format_record(Record(time.time_ns(), 'ERROR', 'camera', '', 'no lens')) + '\n')
    server = serve(document('degraded'))
    server.handlers['why'] = lambda _: {
        'node': 'camera', 'state': 'backoff', 'level': 'unhealthy', 'since_s': 4.0, 'steps': [
            step(4.0, 'camera', 'state', 'backoff for 4.0 s: exit 1, restart 2 of 5'),
            step(4.0, 'camera', 'process', 'exit 1'), step(4.0, 'arm', 'process', 'exit 1')]}
    out = place.nevil('why', 'camera')[1]
    assert 'exit 1, restart 2 of 5: no lens\n' in out and out.count('no lens') == 1


def test_a_value_that_is_refused_reaches_why(place: Place, serve: Serve) -> None:
    """A rate of errors is a number; what the error is, the node has said."""
    place.paths.logs.mkdir(parents=True, exist_ok=True)
    said = "publish voice: refused: VoiceCommand: text: required, but you gave 'txt'"
    (place.paths.logs / 'camera.log').write_text(
        format_record(Record(time.time_ns(), 'ERROR', 'camera', 'publisher', said)) + '\n')
    server = serve(document('ready'))
    server.handlers['why'] = lambda _: {
        'node': 'camera', 'state': 'ready', 'level': 'degraded', 'since_s': 4.0, 'steps': [
            step(4.0, 'camera', 'state', 'ready for 9 s, degraded for 4 s'),
            step(4.0, 'camera', 'error_rate', 'errors in 50.0 % of messages, limit 10.0 %')]}
    assert f'limit 10.0 %: {said}' in place.nevil('why', 'camera')[1]
