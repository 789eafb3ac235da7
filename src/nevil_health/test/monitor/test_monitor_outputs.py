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

"""What the real health node publishes and serves of what the supervisor says."""

from __future__ import annotations

import math
import socket
import time
from typing import Any
import urllib.request

import pytest

rclpy = pytest.importorskip('rclpy')
pytest.importorskip('nevil_msgs.msg')

from asking import Asker  # noqa: E402, I100, I201
from diagnostic_msgs.msg import DiagnosticArray  # noqa: E402, I100, I201
from diagnostic_msgs.msg import DiagnosticStatus  # noqa: E402, I100, I201
from nevil_msgs.msg import AlertArray  # noqa: E402, I100, I201
from nevil_msgs.msg import NodeHealthArray  # noqa: E402, I100, I201
from nevil_msgs.msg import SystemHealth  # noqa: E402, I100, I201
from nevil_msgs.srv import AcknowledgeAlert  # noqa: E402, I100, I201
from nevil_msgs.srv import GetHealth  # noqa: E402, I100, I201
from nevil_msgs.srv import NodeCommand  # noqa: E402, I100, I201
from nevil_msgs.srv import SilenceAlerts  # noqa: E402, I100, I201
from quality.waiting import wait_for  # noqa: E402, I100, I201
from stand_in import Scene  # noqa: E402, I100, I201
from stand_in import unit_of  # noqa: E402, I100, I201

_NODE_VERBS = ('start_node', 'stop_node', 'restart_node', 'mute_node', 'unmute_node',
               'pause_node', 'resume_node', 'hold_node', 'release_node')


def signal(name: str, level: str, value: float | None, cause: str = '') -> dict[str, Any]:
    """Return the fields of a Signal."""
    return {'name': name, 'level': level, 'value': value, 'threshold': None, 'since': 1.5,
            'cause': cause}


def node(name: str, level: str, cause: str = '', **more: Any) -> dict[str, Any]:
    """Return the fields of a NodeHealth."""
    return {'node': name, 'level': level, 'state': 'ready', 'cause': cause, 'root': '',
            'criticality': 'important', 'since': 2.0, 'pid': 42, 'generation': 3, 'restarts': 1,
            'uptime': None, 'cpu_percent': 12.5, 'memory_mb': None, 'signals': [], **more}


def health(*nodes: dict[str, Any], level: str = 'degraded') -> dict[str, Any]:
    """Return the event ``health`` of these nodes."""
    return {'event': 'health', 'nodes': list(nodes), 'alerts': [
        {'id': 'x1', 'key': 'a/cpu', 'node': 'a', 'signal': 'cpu', 'state': 'firing',
         'severity': 'warning', 'text': 'a: CPU 96 %', 'value': 96.0, 'threshold': None,
         'started': 1764000000.25, 'age': 3.0, 'duration': 3.0, 'count': 2}],
        'system': {'project': 'robot', 'level': level, 'causes': ['a: CPU 96 %'], 'since': 5.0,
                   'healthy': 1, 'degraded': 1, 'cpu_sum_percent': 12.5,
                   'memory_percent': None, 'signals': [signal('disk', 'healthy', 40.0)]},
        'counters': {}}


def test_a_late_listener_hears_the_last_health(stage: Scene) -> None:
    """The topics are latched; null is nan; every field is where its message has it."""
    stage.server.send(health(node('a', 'degraded', 'CPU 96 %', signals=[
        signal('cpu', 'degraded', 96.0, 'CPU 96 %')]), node('b', 'healthy')))
    with Asker(stage.domain) as asker:
        first = asker.hear(NodeHealthArray, '/nevil/node_health')[-1]
        assert [one.node for one in first.nodes] == ['a', 'b']
        one = first.nodes[0]
        assert (one.level, one.pid, one.restarts, one.cpu_percent) == ('degraded', 42, 1, 12.5)
        assert math.isnan(one.uptime) and math.isnan(one.memory_mb)
        assert one.signals[0].name == 'cpu' and math.isnan(one.signals[0].threshold)
        system = asker.hear(SystemHealth, '/nevil/system_health')[-1]
        assert (system.project, system.level, list(system.causes)) == (
            'robot', 'degraded', ['a: CPU 96 %'])
        assert math.isnan(system.memory_percent) and system.signals[0].value == 40.0
        alert = asker.hear(AlertArray, '/nevil/alerts')[-1].alerts[0]
        assert (alert.id, alert.count, alert.started.sec, alert.started.nanosec) == (
            'x1', 2, 1764000000, 250000000)
        answer = asker.ask(GetHealth, '/nevil/get_health', GetHealth.Request())
        assert str(answer.system) == str(system) and str(answer.nodes[0]) == str(one)
        assert str(answer.alerts) == str([alert])


def test_of_many_changes_the_last_is_published(stage: Scene) -> None:
    """A storm of changes is a few messages, and ends with what is true."""
    with Asker(stage.domain) as asker:
        asker.hear(SystemHealth, '/nevil/system_health')
        for number in range(200):
            stage.server.send(health(level='unhealthy' if number < 199 else 'healthy'))
        wait_for(lambda: asker.hear(
            SystemHealth, '/nevil/system_health')[-1].level == 'healthy')


def test_diagnostics_follow_rep_107(stage: Scene) -> None:
    """The standard tools group by the name's prefix and sort by the level, a byte."""
    stage.server.send(health(
        node('a', 'degraded', 'CPU 96 %', signals=[signal('cpu', 'degraded', 96.0, 'CPU 96 %'),
                                                   signal('fds', 'healthy', 3.0)]),
        node('b', 'healthy'), node('c', 'unhealthy', 'no heartbeat for 30 s'),
        node('d', 'unknown', '', state='stopped')))
    with Asker(stage.domain) as asker:
        began = time.monotonic()
        arrays = asker.hear(DiagnosticArray, '/diagnostics', 4, latched=False)
        assert 2.0 < time.monotonic() - began < 8.0
    by_name = {one.name: one for one in arrays[-1].status}
    assert {name: one.level for name, one in by_name.items()} == {
        'nevil: system': DiagnosticStatus.WARN, 'nevil: a': DiagnosticStatus.WARN,
        'nevil: b': DiagnosticStatus.OK, 'nevil: c': DiagnosticStatus.ERROR,
        'nevil: d': DiagnosticStatus.STALE}
    assert {name: one.message for name, one in by_name.items()} == {
        'nevil: system': 'a: CPU 96 %', 'nevil: a': 'CPU 96 %', 'nevil: b': 'ready',
        'nevil: c': 'no heartbeat for 30 s', 'nevil: d': 'stopped'}
    assert {one.hardware_id for one in by_name.values()} == {socket.gethostname()}
    values = {one.key: one.value for one in by_name['nevil: a'].values}
    assert values == {'state': 'ready', 'pid': '42', 'restarts': '1',
                      'CPU [% of a core]': '12.5', 'cpu': 'degraded: CPU 96 %'}
    assert arrays[-1].header.stamp.sec > 0


def test_every_command_of_the_cli_is_a_service(stage: Scene) -> None:
    """They are handed to the supervisor, and answered with what it says."""
    stage.server.expect(ros_commands=True)
    stage.server.send(health(node('a', 'healthy')))
    for verb in _NODE_VERBS:
        stage.server.answers[verb] = {'ok': True, 'result': {'changed': True, 'note': verb}}
    with Asker(stage.domain) as asker:
        for verb in _NODE_VERBS:
            answer = asker.ask(NodeCommand, f'/nevil/{verb}', NodeCommand.Request(node='a'))
            assert (answer.success, answer.changed, answer.state, answer.message) == (
                True, True, 'ready', verb)
            assert stage.server._args(verb) == [{'name': 'a'}]
        stage.server.answers['stop_node'] = {'ok': False, 'error': "there is no node 'x'"}
        answer = asker.ask(NodeCommand, '/nevil/stop_node', NodeCommand.Request(node='x'))
        assert (answer.success, answer.message) == (False, "there is no node 'x'")
        stage.server.answers['silence'] = {'ok': True, 'result': {'changed': True, 'note': ''}}
        silent = asker.ask(SilenceAlerts, '/nevil/silence', SilenceAlerts.Request(
            node='', duration=60.0, reason='a demo'))
        assert silent.success and silent.changed
        assert stage.server._args('silence') == [
            {'name': '', 'duration_s': 60.0, 'reason': 'a demo'}]
        seen = asker.ask(AcknowledgeAlert, '/nevil/ack', AcknowledgeAlert.Request(
            alert='x1', reason='on it'))
        assert seen.success and not seen.changed
        assert stage.server._args('ack') == [{'alert': 'x1', 'reason': 'on it'}]


def test_commands_over_ros_are_off_unless_they_are_wanted(stage: Scene) -> None:
    """Everybody in the domain could stop the robot; to read its health harms nobody."""
    names = [*_NODE_VERBS, 'silence', 'ack']
    stage.server.expect()
    with Asker(stage.domain) as asker:
        asker.ask(GetHealth, '/nevil/get_health', GetHealth.Request())

        def offered() -> set[str]:
            return {name for name in names if asker.offers(f'/nevil/{name}')}

        assert offered() == set()
        stage.server.expect(ros_commands=True)
        wait_for(lambda: offered() == set(names))
        stage.server.answers['hold_node'] = {'ok': True, 'result': {'changed': True}}
        answer = asker.ask(NodeCommand, '/nevil/hold_node', NodeCommand.Request(node='a'))
        assert answer.success
        wait_for(lambda: 'hold_node a: requested over ROS, by /asker' in stage.health.text())
        stage.server.expect()
        wait_for(lambda: offered() == set())


@pytest.mark.parametrize(('duration', 'said'), [
    *((number, 'is not a number of seconds, 0 or more') for number in (math.nan, -1.0, math.inf)),
    (30 * 24 * 3600.0, 'is more than 3600, the limit over ROS; nevil node silence on the robot'
     ' allows more')])
def test_a_duration_that_cannot_be_is_refused(stage: Scene, duration: float, said: str) -> None:
    """It says what would be right, and the supervisor is not bothered."""
    stage.server.expect(ros_commands=True)
    with Asker(stage.domain) as asker:
        answer = asker.ask(SilenceAlerts, '/nevil/silence', SilenceAlerts.Request(
            duration=duration))
    assert not answer.success and said in answer.message
    assert stage.server._args('silence') == []


def test_a_supervisor_that_does_not_answer_blocks_nobody(stage: Scene) -> None:
    """The request fails in time, and nodes are watched meanwhile."""
    victim = stage.victim('a')
    stage.server.expect(unit_of(victim, 'a'), interval_s=0.2, ros_commands=True)
    stage.server.answers['stop_node'] = None
    with Asker(stage.domain) as asker:
        wait_for(lambda: stage.server.sample('a'))
        before = len(stage.server.samples())
        answer = asker.ask(NodeCommand, '/nevil/stop_node', NodeCommand.Request(node='a'))
        assert not answer.success and 'did not answer within 5 s' in answer.message
        assert len(stage.server.samples()) > before + 10


def test_without_a_supervisor_nothing_is_known_and_nothing_done(stage: Scene) -> None:
    """What was last known may not be true any more, and is not said again."""
    victim = stage.victim('a')
    stage.server.expect(unit_of(victim, 'a'), ros_commands=True)
    stage.server.send(health(node('a', 'healthy'), level='healthy'))
    with Asker(stage.domain) as asker:
        wait_for(lambda: asker.hear(
            SystemHealth, '/nevil/system_health')[-1].level == 'healthy')
        stage.server.answers['stop_node'] = None
        stage.server.hang_up_at = 'stop_node'
        answer = asker.ask(NodeCommand, '/nevil/stop_node', NodeCommand.Request(node='a'))
        assert (answer.success, answer.message) == (False, 'no supervisor is running')
        said = asker.hear(SystemHealth, '/nevil/system_health')[-1]
        assert said.level == 'unhealthy' and 'no supervisor' in said.causes[0]
        assert asker.hear(NodeHealthArray, '/nevil/node_health')[-1].nodes == []
        wait_for(lambda: stage.server.attached == 2)
        stage.server.hang_up_at = ''
        stage.server.send(health(node('a', 'healthy'), level='healthy'))
        wait_for(lambda: asker.hear(
            SystemHealth, '/nevil/system_health')[-1].level == 'healthy')


def test_numbers_are_served_where_the_supervisor_says(stage: Scene) -> None:
    """Off unless it is wanted; a port that is taken is an error in the log and no more."""
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        port = free.getsockname()[1]
    victim = stage.victim('a')
    where = {'address': '127.0.0.1', 'port': port}
    stage.server.expect(unit_of(victim, 'a'), interval_s=0.5, prometheus=where)
    stage.server.send(health(node('a', 'healthy')))
    wait_for(lambda: stage.server.sample('a').get('beat_age_s') is not None)
    with urllib.request.urlopen(f'http://127.0.0.1:{port}/metrics', timeout=10) as answer:
        page = answer.read().decode()
    assert 'nevil_node_heartbeat_age_seconds{node="a"} ' in page
    assert 'nevil_node_up{node="a"} 1.0' in page
    stage.server.expect(unit_of(victim, 'a'), prometheus=None)
    wait_for(lambda: not listens(port))
    with socket.create_server(('127.0.0.1', port)):
        stage.server.expect(unit_of(victim, 'a'), prometheus=where)
        wait_for(lambda: f'cannot serve on 127.0.0.1 port {port}' in stage.health.text())
    wait_for(lambda: stage.server.readings('ready'))


def listens(port: int) -> bool:
    """Return whether somebody listens on a port."""
    with socket.socket() as one:
        return one.connect_ex(('127.0.0.1', port)) == 0


def test_health_that_makes_no_sense_is_said_and_left(stage: Scene) -> None:
    """One bad message of the supervisor neither ends the node nor silences the next."""
    wrong: list[dict[str, Any]] = [
        {'event': 'health'}, {'event': 'health', 'nodes': 3, 'system': {}, 'alerts': []},
        health(node('a', 'healthy', pid='many'))]
    for number, bad in enumerate(wrong):
        stage.server.send(bad)
        wait_for(lambda: stage.health.text().count('health not understood') > number)
    stage.server.send(health(node('a', 'healthy')))
    with Asker(stage.domain) as asker:
        wait_for(lambda: asker.hear(
            NodeHealthArray, '/nevil/node_health')[-1].nodes[:1] != [])
