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

"""Components and lifecycle nodes of a launch file are back after their process was killed."""

from __future__ import annotations

import json
import os
from pathlib import Path
import signal
import sys
from typing import Any

from launched import Launched
import pytest
from test_any_launch_file import bring_up
from test_any_launch_file import state_of
from test_any_launch_file import wait_pid

pytestmark = [pytest.mark.needs_launch, pytest.mark.needs_ros2cli]

CONTAINER = Path(__file__).with_name('container.py')
KILLS = 3
COMPONENTS = f"""
from launch_ros.descriptions import ComposableNode
container = ComposableNodeContainer(
    name='container', namespace='/left', executable={sys.executable!r}, package=None,
    arguments=[{str(CONTAINER)!r}], output='screen',
    composable_node_descriptions=[
        ComposableNode(package='p', plugin='Plain', name='one', namespace='/left',
                       parameters=[{{'rate': 30, 'names': ['a', 'b']}}],
                       remappings=[('image', 'camera/image')],
                       extra_arguments=[{{'use_intra_process_comms': True}}]),
        ComposableNode(package='p', plugin='Slow', name='two')])
"""


def loads(launched: Launched, pid: int) -> list[dict[str, Any]]:
    """Return what a container was asked for."""
    file = launched.folder / 'loads'
    lines = file.read_text().splitlines() if file.exists() else []
    found = [json.loads(line) for line in lines]
    return [{**one, 'pid': 0} for one in found if one['pid'] == pid]


@pytest.fixture
def contained(launched: Launched) -> Launched:
    """Return a launch whose containers write down what they are asked for."""
    launched.environ['LOADS'] = str(launched.folder / 'loads')
    return launched


def test_components_are_back_after_every_kill(contained: Launched) -> None:
    """In order, with parameters, remappings and extra arguments; alone none comes back."""
    bring_up(contained, COMPONENTS + """
return LaunchDescription([container, LoadComposableNodes(
    target_container='/left/container', composable_node_descriptions=[
        ComposableNode(package='p', plugin='Refused', name='bad'),
        ComposableNode(package='p', plugin='Plain', name='three')])])
""", '--restart', 'always')
    pid = wait_pid(contained, 'left.container')
    contained.wait(lambda: len(loads(contained, pid)) == 4, 'loaded', 60.0)
    contained.wait_text("Loaded node '/three'")
    first = [one for one in loads(contained, pid) if one['plugin'] != 'Refused']
    assert {one['name'] for one in first} == {'one', 'two', 'three'}
    assert next(one for one in first if one['name'] == 'one') == {
        'pid': 0, 'package': 'p', 'plugin': 'Plain', 'name': 'one', 'namespace': '/left',
        'remaps': ['image:=camera/image'], 'parameters': {'rate': 30, 'names': ['a', 'b']},
        'extra': {'use_intra_process_comms': True}}
    contained.wait(lambda: state_of(contained, 'left.one').get('process') == 'left.container',
                   'a component is a node of its own')
    for kill in range(1, KILLS + 1):
        os.kill(pid, signal.SIGKILL)
        pid = wait_pid(contained, 'left.container', other_than=pid)
        contained.wait(lambda: contained.text().count('3 of 3 components loaded again') == kill,
                       f'loaded again, {kill}', 60.0)
        assert loads(contained, pid) == first, 'once each, in the same order'
    assert contained.end() == 0, contained.text()


def test_twenty_kills_in_a_row_lose_no_component(contained: Launched) -> None:
    """With a budget that allows so many, each restart loads all of them, in the same order."""
    contained.script('any.nevil.yaml', """
version: "3.0"
nodes:
  global_overrides:
    left.container: {runtime: {restart_delay: 0, max_restarts: 100}}
""")
    bring_up(contained, COMPONENTS.replace("'Slow'", "'Plain'") + """
return LaunchDescription([container])
""")
    pid = wait_pid(contained, 'left.container')
    contained.wait(lambda: len(loads(contained, pid)) == 2, 'loaded', 60.0)
    contained.wait_text("Loaded node '/two'")
    first = loads(contained, pid)
    for kill in range(1, 21):
        os.kill(pid, signal.SIGKILL)
        pid = wait_pid(contained, 'left.container', other_than=pid)
        contained.wait(lambda: contained.text().count('2 of 2 components loaded again') == kill,
                       f'loaded again, {kill}', 60.0)
        assert loads(contained, pid) == first
    assert state_of(contained, 'left.container')['restarts'] == 20
    assert contained.end() == 0, contained.text()


def test_component_that_never_answers_does_not_keep_the_next_away(contained: Launched) -> None:
    """launch_ros alone waits for ever, and what stands behind is never loaded."""
    contained.environ.update(REENTRANT='1', NEVIL_LOAD_TIMEOUT='10')
    bring_up(contained, COMPONENTS + """
return LaunchDescription([container, LoadComposableNodes(
    target_container=container, composable_node_descriptions=[
        ComposableNode(package='p', plugin='Silent', name='deaf'),
        ComposableNode(package='p', plugin='Plain', name='three')])])
""")
    contained.wait_text('deaf is not loaded: no answer in 10 s', 60.0)
    contained.wait_text("Loaded node '/three'", 60.0)
    assert contained.end() == 0, contained.text()


def test_isolated_component_has_a_container_of_its_own_kind(contained: Launched) -> None:
    """Its end is not the others', and it is back in it; the others have lost nothing."""
    contained.script('any.nevil.yaml', """
version: "3.0"
nodes: {global_overrides: {two: {runtime: {isolate: true}}}}
""")
    bring_up(contained, COMPONENTS + 'return LaunchDescription([container])')
    pids = {name: wait_pid(contained, f'left.{name}') for name in ('container', 'container_two')}
    names = {'container': ['one'], 'container_two': ['two']}
    for name, pid in pids.items():
        contained.wait(lambda: [one['name'] for one in loads(contained, pid)] == names[name], name)
    contained.wait(lambda: state_of(contained, 'two').get('process') == 'left.container_two',
                   'shown in its own')
    os.kill(pids['container_two'], signal.SIGKILL)
    again = wait_pid(contained, 'left.container_two', other_than=pids['container_two'])
    contained.wait(lambda: [one['name'] for one in loads(contained, again)] == ['two'], 'again',
                   60.0)
    assert wait_pid(contained, 'left.container') == pids['container']
    assert contained.end() == 0, contained.text()
    assert 'there is no process' not in contained.text()


def test_crash_record_of_a_container_names_the_component(contained: Launched) -> None:
    """Whoever reads of the end of a container wants to know whose code it was."""
    contained.environ['PYTHONFAULTHANDLER'] = '1'
    bring_up(contained, COMPONENTS + """
return LaunchDescription([container, LoadComposableNodes(
    target_container=container, composable_node_descriptions=[
        ComposableNode(package='p', plugin='Crashing', name='fragile')])])
""", '--restart', 'never')
    contained.wait_text('process has died', 60.0)
    folder = Path(contained.any_status()['directory'], 'logs', 'crash')
    record, = contained.wait(lambda: list(folder.glob('left.container-*.txt')), 'a record')
    text = record.read_text()
    assert 'killed by SIGSEGV' in text
    assert 'in crash_of_a_component' in text
    assert '== end of fragile.log ==' in text, 'and what its components said last'
    assert contained.end() == 1, contained.text()


def test_end_while_a_container_is_waited_for_is_no_error(contained: Launched) -> None:
    """Launch ends its ROS node before it says that it ends; who uses it just then has no fault."""
    bring_up(contained, COMPONENTS + """
return LaunchDescription([python('other', SLEEP), LoadComposableNodes(
    target_container='/nobody', composable_node_descriptions=[
        ComposableNode(package='p', plugin='Plain', name='one')])])
""")
    wait_pid(contained, 'other')
    assert contained.end() == 0, contained.text()


# A lifecycle node as launch knows it, of rclpy alone.
LIFECYCLE = """
import rclpy
from rclpy.lifecycle import Node
rclpy.init()
node = Node('managed')
try:
    rclpy.spin(node)
except (KeyboardInterrupt, rclpy.executors.ExternalShutdownException):
    pass
"""


def test_transitions_are_repeated_after_a_kill(contained: Launched) -> None:
    """Launch asks for them once; its node would stay unconfigured."""
    script = contained.script('managed.py', LIFECYCLE)
    bring_up(contained, f"""
from launch_ros.events.lifecycle import ChangeState
from launch_ros.event_handlers import OnStateTransition
import lifecycle_msgs.msg
node = LifecycleNode(name='managed', namespace='', executable={sys.executable!r}, package=None,
                     arguments=[{str(script)!r}], output='screen')
def ask(transition):
    return EmitEvent(event=ChangeState(lifecycle_node_matcher=matches_action(node),
                                       transition_id=transition))
return LaunchDescription([node, ask(lifecycle_msgs.msg.Transition.TRANSITION_CONFIGURE),
    RegisterEventHandler(OnStateTransition(
        target_lifecycle_node=node, goal_state='inactive', start_state='configuring',
        entities=[ask(lifecycle_msgs.msg.Transition.TRANSITION_ACTIVATE)], handle_once=True))])
""")
    pid = wait_pid(contained, 'managed')
    contained.wait(lambda: 'active' in contained.graph('lifecycle', 'get', '/managed'),
                   'active', 60.0)
    os.kill(pid, signal.SIGKILL)
    wait_pid(contained, 'managed', other_than=pid)
    contained.wait_text('/managed: 2 transitions repeated', 60.0)
    assert 'active [3]' in contained.graph('lifecycle', 'get', '/managed')
    assert contained.end() == 0, contained.text()
