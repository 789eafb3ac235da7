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

"""``NevilNode`` in a launch file of one's own, beside ordinary actions."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys

from launched import LAUNCH_FILE
from launched import Launched
from launched import PLAIN
import pytest
from quality.processes import alive

pytestmark = [pytest.mark.needs_launch, pytest.mark.needs_ros2cli]

HEAD = f"""
import sys
from launch import LaunchDescription
from launch.actions import (EmitEvent, ExecuteProcess, GroupAction, LogInfo, OpaqueFunction,
                            RegisterEventHandler, TimerAction)
from launch.event_handlers import OnProcessExit, OnProcessIO, OnProcessStart
from launch.events import Shutdown, matches_action
from launch.events.process import ShutdownProcess, SignalProcess
from launch_ros.actions import Node, PushRosNamespace
from nevil_bringup.actions import NevilNode

def plain(name, **kwargs):
    return NevilNode(executable={sys.executable!r}, arguments=['plain.py'], name=name, **kwargs)

def program(name, code, **kwargs):
    return NevilNode(
        executable={sys.executable!r}, arguments=['-c', code], name=name, **kwargs)

def generate_launch_description():
    return LaunchDescription(list(actions()))

"""


def launch(launched: Launched, actions: str) -> None:
    """Launch what a generator function ``actions`` yields."""
    launched.script('plain.py', PLAIN)
    launched.start_file(launched.script('own.launch.py', HEAD + actions))


def test_nodes_wait_for_what_they_require(launched: Launched) -> None:
    """By name or by action; launch alone starts all at once."""
    launch(launched, """
def actions():
    base = plain('base')
    yield plain('arm', requires=[base])
    yield plain('hand', requires=['arm'])
    yield base
""")
    launched.wait_ready()
    text = launched.text()
    started = [text.index(f'{name}: starting -> ready') for name in ('base', 'arm', 'hand')]
    assert started == sorted(started)
    pids = [int(pid) for pid in re.findall(r'process started with pid \[(\d+)\]', text)]
    assert len(pids) == 3 and all(alive(pid) for pid in pids)
    assert launched.end() == 0, launched.text()
    assert not any(alive(pid) for pid in pids)


def test_unknown_requirement_is_told(launched: Launched) -> None:
    """Before anything starts, with what was meant."""
    launch(launched, """
def actions():
    yield plain('base')
    yield plain('arm', requires=['bass'])
""")
    assert launched.process is not None and launched.process.wait(20) == 1
    assert "arm requires or conflicts with 'bass'" in launched.text()
    assert "did you mean 'base'" in launched.text()


def test_handlers_fire_at_every_start_and_end(launched: Launched) -> None:
    """OnProcessStart, OnProcessExit, OnProcessIO and on_exit, beside an ordinary node."""
    launch(launched, """
def actions():
    arm = program('arm', 'print("moving"); raise SystemExit(3)', restart='on_failure',
                  restart_delay=0.1, max_restarts=1, on_exit=[LogInfo(msg='on_exit ran')])
    yield ExecuteProcess(cmd=['sleep', '600'])
    yield RegisterEventHandler(OnProcessStart(target_action=arm, on_start=lambda event, _:
        LogInfo(msg=f'saw start of {event.process_name} {event.pid > 0}')))
    yield RegisterEventHandler(OnProcessExit(target_action=arm, on_exit=lambda event, _:
        LogInfo(msg=f'saw exit {event.returncode} {arm.return_code}')))
    yield RegisterEventHandler(OnProcessIO(target_action=arm, on_stdout=lambda event:
        LogInfo(msg=f'saw output {b"moving" in event.text}')))
    yield arm
""")
    launched.wait(lambda: launched.text().count('saw exit 3 3') == 2)
    launched.wait_text('saw output True')
    assert launched.text().count('saw start of arm-2 True') == 2
    assert launched.text().count('on_exit ran') == 2
    assert launched.end() == 1
    assert 'failed: arm' in launched.text()


def test_status_is_not_0_after_a_node_was_given_up(launched: Launched) -> None:
    """Launch says 0 after a node aborted. With nothing left to run it ends by itself."""
    launch(launched, """
def actions():
    yield program('arm', 'import os; os.abort()', max_restarts=0)
""")
    assert launched.process is not None and launched.process.wait(30) == 1, launched.text()
    assert 'exit code -6' in launched.text()


def test_clean_exit_is_not_restarted(launched: Launched) -> None:
    """Launch's respawn starts what has done its work again and again."""
    launch(launched, """
def actions():
    yield program('job', 'print("done")', restart='on_failure', restart_delay=0.1)
""")
    assert launched.process is not None and launched.process.wait(30) == 0, launched.text()
    assert launched.text().count('process started with pid') == 1
    assert 'finished cleanly' in launched.text()


def test_restarts_leave_no_handlers_behind(launched: Launched) -> None:
    """Launch grows by six event handlers with each restart through it."""
    launch(launched, """
def count(context):
    return [LogInfo(msg=f'handlers: {len(context._event_handlers)}')]

def actions():
    arm = plain('arm', restart='always', restart_delay=0.05, max_restarts=1000)
    yield RegisterEventHandler(OnProcessStart(
        target_action=arm, on_start=[OpaqueFunction(function=count)]))
    yield arm
""")
    for number in range(1, 5):
        launched.wait(lambda n=number: launched.text().count('handlers: ') == n)  # type: ignore
        pid = int(launched.text().rpartition('process started with pid [')[2].partition(']')[0])
        if number < 4:
            os.kill(pid, signal.SIGKILL)
    counts = {line.rpartition(' ')[2] for line in launched.text().splitlines()
              if 'handlers: ' in line}
    assert len(counts) == 1, launched.text()
    assert launched.end() == 0, launched.text()


def test_events_of_launch_reach_the_process(launched: Launched) -> None:
    """The one is the signal, ShutdownProcess is Nevil's stop: it stays stopped."""
    launch(launched, """
def actions():
    arm = plain('arm', restart_delay=0.1)
    yield arm
    yield RegisterEventHandler(OnProcessExit(on_exit=lambda event, context: EmitEvent(
        event=ShutdownProcess(process_matcher=matches_action(arm)))))
    yield TimerAction(period=4.0, actions=[EmitEvent(event=SignalProcess(
        signal_number='SIGKILL', process_matcher=matches_action(arm)))])
""")
    launched.wait_text('exit code -9')
    launched.wait_text('stopped by the operator')
    assert launched.end() == 0, launched.text()


def test_namespace_of_a_group_reaches_the_node(launched: Launched) -> None:
    """And its readiness is heard there: by its parameter service, not by waiting."""
    launch(launched, """
def actions():
    yield GroupAction([PushRosNamespace('left'), plain('arm', parameters=[{'speed': 2}])])
""")
    launched.wait_ready()
    nodes = launched.graph('node', 'list').split()
    assert nodes.count('/left/arm') == 1
    value = launched.graph('param', 'get', '/left/arm', 'use_sim_time')
    assert 'False' in value
    launched.end()


def test_respawn_is_refused_with_the_way_out() -> None:
    """Two owners of one decision start a node twice or not at all."""
    from nevil_bringup.actions import NevilNode
    with pytest.raises(TypeError, match='takes no respawn: Nevil owns the process; use restart='):
        NevilNode(name='arm', executable='true', respawn=True)


def test_status_shows_the_nodes_of_a_launch_file(launched: Launched) -> None:
    """``nevil`` works on them with the folder that launch prints."""
    launch(launched, """
def actions():
    yield plain('arm')
""")
    launched.wait_ready()
    folder = re.search(r'nevil status --project (\S+)', launched.text())
    assert folder
    shown = subprocess.run(
        [sys.executable, '-m', 'nevil_bringup', 'status', '--project', folder[1]],
        env=launched.environ, text=True, capture_output=True, timeout=20)
    assert shown.returncode == 0, shown.stderr
    assert 'arm' in shown.stdout and 'ready' in shown.stdout
    assert launched.end() == 0


def test_node_that_comes_later_joins_the_others(launched: Launched) -> None:
    """From a timer or an event handler: it may require what runs, and ends with it, in order."""
    launch(launched, """
def actions():
    base = plain('base')
    yield base
    yield RegisterEventHandler(OnProcessStart(target_action=base, on_start=[
        plain('arm', requires=[base])]))
""")
    launched.wait_text('arm: starting -> ready')
    assert launched.end() == 0, launched.text()
    text = launched.text()
    assert text.index('arm: ready -> stopping') < text.index('base: ready -> stopping')


def test_node_beside_an_included_project_joins_it(launched: Launched) -> None:
    """It may require the project's nodes, and ``nevil`` shows it among them."""
    launched.robot.node('base')
    launch(launched, f"""
def actions():
    from launch.actions import IncludeLaunchDescription
    yield plain('arm', requires=['base'])
    yield IncludeLaunchDescription({str(LAUNCH_FILE)!r}, launch_arguments=[
        ('project', {str(launched.robot.project)!r})])
""")
    launched.wait_ready()
    assert launched.robot.of('arm')['state'] == launched.robot.of('base')['state'] == 'ready'
    assert launched.end() == 0, launched.text()


def test_killed_supervisor_ends_the_launch_as_failed(launched: Launched) -> None:
    """Nobody keeps the nodes up any more, so nothing of them is left either."""
    launched.robot.node('base')
    launched.start()
    launched.wait_ready()
    os.kill(launched.robot.status()['pid'], signal.SIGKILL)
    assert launched.process is not None and launched.process.wait(20) == 1, launched.text()
    assert 'ended unexpectedly (status -9)' in launched.text()
    launched.wait(lambda: not launched.robot.processes(), timeout_s=10.0)
