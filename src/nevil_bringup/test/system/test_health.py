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


"""What the supervisor makes of failures beside restarts: alerts, records, pauses, the hook."""

from __future__ import annotations

import json
import os
from pathlib import Path
import signal
from typing import Any

from quality.waiting import wait_for
from robot import Robot

_SETTINGS = """\
version: "3.0"
system: {health_check_interval: 0.5}
launch: {parallel_launch: true}
monitoring:
  heartbeat_timeout: 3.0
"""
_SLOW = 'runtime: {restart_delay: 60}\n'
_FAST = 'runtime: {restart_delay: 0.1}\n'


def alerts(robot: Robot, node: str) -> list[dict[str, Any]]:
    """Return the alerts of a node that stand."""
    return [one for one in robot.status().get('alerts', [])
            if one['node'] == node and one['state'] == 'firing']


def crash(robot: Robot, node: str) -> None:
    """Kill a node and wait until that is known."""
    pid = robot.of(node)['pid']
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: robot.of(node)['pid'] != pid)


def test_crash_is_one_alert_and_one_record(robot: Robot) -> None:
    """Who comes later finds what happened, once, with the end of the log."""
    robot.node('camera', _FAST, orders=('self.logger.info("lens at 40 C")',))
    robot.start()
    crash(robot, 'camera')
    robot.wait_state('camera', 'ready')
    (alert,) = alerts(robot, 'camera')
    assert (alert['signal'], alert['severity']) == ('process', 'error')
    assert alert['restarts'] == 1
    records = robot.project / 'logs' / 'crash'
    (record,) = wait_for(lambda: list(records.glob('camera-*.txt')))
    wait_for(lambda: 'lens at 40 C' in record.read_text())
    why = json.loads(robot.nevil('why', 'camera', '--json').stdout)
    assert str(record) in json.dumps(why)


def test_hook_is_run_for_an_alert(robot: Robot) -> None:
    """The user's own command carries it further: a light, a message, a pager."""
    script = robot.project / 'tell.sh'
    script.write_text(
        '#!/bin/sh\necho "$NEVIL_ALERT_NODE $NEVIL_ALERT_SIGNAL $CHAT $PWD" >> told\n')
    (robot.project / '.env').write_text('CHAT=pager\n')
    script.chmod(0o755)
    (robot.project / '.nodes').write_text(
        _SETTINGS + f'  alerts: {{exec: ["{script}"]}}\n')
    robot.node('camera', _FAST)
    robot.start()
    crash(robot, 'camera')
    told = robot.project / 'told'
    wait_for(lambda: told.exists()
             and f'camera process pager {robot.project}' in told.read_text())


def test_hung_node_leaves_its_stacks(robot: Robot) -> None:
    """The record names the line that hangs; no core dump, no debugger."""
    (robot.project / '.nodes').write_text(_SETTINGS)
    robot.node('camera', _FAST, orders=(
        'import threading', 'self.lock = threading.Lock()', 'self.lock.acquire()',
        'self.create_timer(0.5, lambda: self.lock.acquire())'
        ' if os.environ["NEVIL_GENERATION"] == "1" else None'))
    robot.node('lidar')
    robot.start()
    robot.wait_restarted('camera', 1)
    records = robot.project / 'logs' / 'crash'
    (record,) = wait_for(lambda: list(records.glob('camera-*.txt')))
    text = wait_for(record.read_text)
    assert text.startswith('camera: no heartbeat for ')
    assert '<lambda>' in text
    assert 'State:' in text
    assert [one['signal'] for one in alerts(robot, 'camera')] in (
        ['heartbeat'], ['heartbeat', 'process'])
    assert not alerts(robot, 'lidar')


def test_dependents_pause_and_come_back(robot: Robot) -> None:
    """One failure is one root cause; who needs it waits with its process alive."""
    cap = robot.project / 'cap'  # on the lens: the camera does not start while it is there
    robot.node('camera', _FAST, orders=(
        'import pathlib, time', f'cap = pathlib.Path({str(cap)!r})',
        'while cap.exists(): time.sleep(0.02)'))
    robot.node('detector', 'dependencies: {requires: [camera]}\n')
    robot.node('planner', 'dependencies: {requires: [detector]}\n')
    robot.node('lidar')
    robot.start()
    pids = {name: robot.of(name)['pid'] for name in ('detector', 'planner', 'lidar')}
    cap.touch()
    crash(robot, 'camera')
    robot.wait_state('planner', 'paused')
    detector = robot.wait_state('detector', 'paused')
    assert detector['paused_by'] == ['camera']
    assert robot.of('planner')['root'] == 'camera'
    assert robot.of('lidar')['state'] == 'ready'
    assert 'camera' in robot.nevil('why', 'planner').stdout
    cap.unlink()
    robot.wait_state('planner', 'ready')
    assert {name: robot.of(name)['pid'] for name in pids} == pids
    assert {one['node'] for one in robot.status()['alerts']} - {''} == {'camera'}
    log = robot.log()
    assert log.index('planner: ready -> paused') < log.index('detector: ready -> paused')
    assert log.index('detector: paused -> ready') < log.index('planner: paused -> ready')


def test_exit_code_of_a_bad_configuration_is_not_restarted(robot: Robot) -> None:
    """Starting it again would fail the same way (EX_CONFIG of sysexits.h)."""
    robot.node('camera', 'runtime: {restart_delay: 0.1, restart_policy: always}\n')
    robot.start()
    pid = robot.of('camera')['pid']
    (robot.project / 'nodes' / 'camera' / 'camera_node.py').write_text('raise SystemExit(78)\n')
    os.kill(pid, signal.SIGKILL)
    failed = robot.wait_state('camera', 'failed')
    assert 'exit 78' in failed['reason']
    assert failed['generation'] == 2
    (alert,) = alerts(robot, 'camera')
    assert (alert['signal'], alert['severity']) == ('process', 'critical')
    assert alert['text'] == failed['reason']


def test_failure_of_a_node_may_end_the_robot(robot: Robot) -> None:
    """An arm without its emergency stop must not go on."""
    robot.node('estop', 'runtime: {restart_policy: never, on_failed: shutdown}\n')
    robot.node('arm')
    robot.start()
    os.kill(robot.of('estop')['pid'], signal.SIGKILL)
    wait_for(lambda: not robot.processes())
    assert 'estop' in robot.log().rpartition(' ends: ')[2].splitlines()[0]
    assert 'ended, status 1' in robot.log()


def test_held_node_is_left_alone_also_by_the_next_supervisor(robot: Robot) -> None:
    """Whoever works on a node with a debugger is not disturbed."""
    robot.node('camera', _FAST)
    robot.start()
    assert robot.nevil('node', 'hold', 'camera').returncode == 0
    os.kill(robot.of('camera')['pid'], signal.SIGKILL)
    assert 'held' in robot.wait_state('camera', 'stopped')['reason']
    assert robot.nevil('stop').returncode == 0
    robot.nevil('start')
    assert robot.of('camera')['held']
    assert robot.nevil('node', 'release', 'camera').returncode == 0
    robot.wait_state('camera', 'ready')
    assert not robot.of('camera')['held']


def test_silence_marks_and_outlives_the_supervisor(robot: Robot) -> None:
    """What is expected is shown, not told; a restart of the robot does not forget it."""
    robot.node('camera', _SLOW)
    robot.start()
    done = robot.nevil('node', 'silence', 'camera', '--for', '10m', '--reason', 'lens change')
    assert done.returncode == 0, done.stdout
    assert robot.nevil('restart').returncode == 0
    crash(robot, 'camera')
    alert = wait_for(lambda: alerts(robot, 'camera'))[0]
    assert alert['silenced'] == 'lens change'
    assert 'alert firing: camera' not in robot.log()


def test_stop_by_the_operator_is_no_failure(robot: Robot) -> None:
    """No alert, no crash record, no unhealthy robot for what was wanted."""
    robot.node('camera')
    robot.node('lidar')
    robot.start()
    assert robot.nevil('node', 'stop', 'camera').returncode == 0
    robot.wait_state('camera', 'stopped')
    status = robot.status()
    assert [one for one in status['alerts'] if one['node']] == []
    assert not Path(robot.project, 'logs', 'crash').exists()
