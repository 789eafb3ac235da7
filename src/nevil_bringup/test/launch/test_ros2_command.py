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

"""``ros2 nevil`` is ``nevil``."""

from __future__ import annotations

import os
import subprocess
import sys

from launched import Launched
import pytest

pytestmark = pytest.mark.needs_ros2cli


def completions(launched: Launched, line: str) -> set[str]:
    """Return what argcomplete offers at the end of a line."""
    read_fd, write_fd = os.pipe()
    environ = {**launched.environ, 'COMP_LINE': line, 'COMP_POINT': str(len(line)),
               '_ARGCOMPLETE': '1', '_ARGCOMPLETE_IFS': '\n'}
    code = (f'import os; os.dup2({write_fd}, 8); os.dup2(2, 9)\n'
            'from ros2cli.cli import main; main()')
    done = subprocess.run(
        [sys.executable, '-c', code], env=environ, cwd=launched.robot.project, timeout=60,
        pass_fds=[write_fd], stderr=subprocess.PIPE, text=True, check=False)
    os.close(write_fd)
    with open(read_fd, encoding='utf-8') as offered:
        words = {word.strip() for word in offered.read().splitlines()}
    assert done.returncode in (0, 1), done.stderr
    return words


def test_verbs_are_those_of_nevil(launched: Launched) -> None:
    """Same words, same output, same exit codes."""
    launched.robot.node('base')
    project = ('--project', str(launched.robot.project))
    assert 'base' in launched.ros2('nevil', 'validate', '--plan', *project).stdout
    stopped = launched.ros2('nevil', 'status', '--json', *project)
    assert stopped.returncode == 3 and '"state": "stopped"' in stopped.stdout
    wrong = launched.ros2('nevil', 'statsu')
    assert wrong.returncode == 2 and "did you mean 'status'" in wrong.stdout


def test_robot_is_started_and_stopped(launched: Launched) -> None:
    """From the first verb to the last."""
    launched.robot.node('base')
    project = ('--project', str(launched.robot.project))
    started = launched.ros2('nevil', 'start', *project)
    assert started.returncode == 0 and 'is ready' in started.stdout, started.stdout
    assert launched.ros2('nevil', 'stop', *project).returncode == 0


def test_verbs_options_and_nodes_are_completed(launched: Launched) -> None:
    """As by the completion of ``nevil`` itself."""
    launched.robot.node('base')
    assert {'start', 'status', 'why'} <= completions(launched, 'ros2 nevil ')
    assert completions(launched, 'ros2 nevil stat') == {'status'}
    assert {'list', 'restart', 'hold'} <= completions(launched, 'ros2 nevil node ')
    assert completions(launched, 'ros2 nevil logs b') == {'base'}
    assert completions(launched, 'ros2 nevil status --js') == {'--json'}
