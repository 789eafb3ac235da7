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

"""``nevil.launch.py`` and ``.nodes`` as launch files."""

from __future__ import annotations

from pathlib import Path

from launched import LAUNCH_FILE
from launched import Launched
import pytest
from quality.processes import alive

pytestmark = [pytest.mark.needs_launch, pytest.mark.needs_ros2cli]


def test_arguments_are_described(launched: Launched) -> None:
    """``--show-args`` is what a ROS user reads first."""
    launched.robot.node('base')
    shown = launched.ros2('launch', '--show-args', str(LAUNCH_FILE)).stdout
    for name in ('project', 'namespace', 'use_sim_time', 'log_level', 'logscope', 'nodes'):
        text = shown.partition(f"'{name}':\n")[2].splitlines()[0].strip()
        assert len(text) > 20, f'{name}: {shown}'


def test_description_has_one_action_for_each_node(launched: Launched) -> None:
    """Also of composed ones; the command line is the one that will run."""
    launched.robot.node('base')
    launched.robot.node('left', 'runtime: {isolated_process: false}\n')
    launched.robot.node('right', 'runtime: {isolated_process: false}\n')
    shown = launched.ros2('launch', '--print-description', str(LAUNCH_FILE),
                          f'project:={launched.robot.project}').stdout
    actions = [line for line in shown.splitlines() if 'nevil_nodes.run' in line]
    assert len(actions) == 3, shown
    assert sum("'--node', 'left', '--node', 'right'" in line for line in actions) == 2


def test_root_file_of_a_project_can_be_launched(launched: Launched) -> None:
    """Itself, and by a link that has a name."""
    launched.robot.node('base')
    link = launched.folder / 'robot.nodes'
    link.symlink_to(launched.robot.project / '.nodes')
    launched.start_file(link)
    launched.wait_ready()
    assert launched.robot.of('base')['state'] == 'ready'
    assert launched.end() == 0, launched.text()


def test_project_with_errors_is_not_started(launched: Launched) -> None:
    """With the lines that ``nevil validate`` prints, and an exit status that says so."""
    launched.robot.node('base', 'runtime: {restart_policy: sometimes}\n')
    launched.start()
    assert launched.process is not None and launched.process.wait(20) == 1
    assert 'restart_policy' in launched.text() and "'sometimes'" in launched.text()


def test_second_launch_of_a_project_is_refused(launched: Launched) -> None:
    """And the first one goes on."""
    launched.robot.node('base')
    launched.robot.start()
    launched.start()
    assert launched.process is not None and launched.process.wait(20) == 1
    assert 'already running' in launched.text() or 'another supervisor' in launched.text()
    assert launched.robot.of('base')['state'] == 'ready'


def test_nevil_stop_ends_the_launch(launched: Launched) -> None:
    """The command line works on a launched robot as on any; nothing is wrong about a stop."""
    launched.robot.node('base')
    launched.start()
    launched.wait_ready()
    assert launched.robot.nevil('stop').returncode == 0
    assert launched.process is not None and launched.process.wait(10) == 0, launched.text()


def test_output_is_on_console_and_in_launch_log(launched: Launched) -> None:
    """With launch's prefix, as the output of any node."""
    launched.robot.node('base', orders=("self.logger.info('here I am')", "print('plain words')"))
    launched.start()
    launched.wait_ready()
    launched.end()
    for words in ('here I am', 'plain words'):
        lines = [line for line in launched.text().splitlines() if words in line]
        assert lines and lines[0].startswith('[base-1] '), launched.text()
        logs = list((launched.folder / 'log').glob('*/launch.log'))
        assert logs and words in logs[0].read_text()


def test_nevil_start_goes_through_launch(launched: Launched) -> None:
    """It returns when every node is ready, as without; ``nevil stop`` ends the launch too."""
    launched.robot.node('base')
    launched.robot.environ['ROS_LOG_DIR'] = str(launched.folder / 'log')
    launched.robot.start('--launch')
    supervisor = launched.robot.status()['pid']
    launch = int(Path(f'/proc/{supervisor}/stat').read_text().rpartition(')')[2].split()[1])
    assert b'nevil.launch.py' in Path(f'/proc/{launch}/cmdline').read_bytes()
    assert launched.robot.nevil('stop').returncode == 0
    launched.wait(lambda: not alive(launch), timeout_s=10.0)
