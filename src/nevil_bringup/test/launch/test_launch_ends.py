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

"""However a launch ends, its nodes end in order and nothing is left: the traps of launch."""

from __future__ import annotations

import os
from pathlib import Path
import pty
import signal
import time

from launched import LAUNCH_FILE
from launched import Launched
import pytest
from quality.processes import alive

pytestmark = [pytest.mark.needs_launch, pytest.mark.needs_ros2cli]

# A node whose grandchild has a session of its own and does not mind SIGINT and SIGTERM.
STUBBORN_CHILD = (
    'import subprocess, sys',
    'code = "import signal, time\\nfor n in (2, 15): signal.signal(n, signal.SIG_IGN)\\n'
    'open(\'grandchild\', \'w\').write(str(__import__(\'os\').getpid()))\\ntime.sleep(600)"',
    'subprocess.Popen([sys.executable, "-c", code], start_new_session=True)')


def two_nodes(launched: Launched, *orders: str) -> None:
    """Make a project whose second node requires the first."""
    launched.robot.node('base', orders=orders)
    launched.robot.node('arm', 'dependencies: {requires: [base]}\n')


def in_order(launched: Launched) -> bool:
    """Return whether the dependent node has ended before what it requires, both cleanly."""
    text = launched.robot.log()
    return (text.index('arm: stopping -> stopped: the system stops: exit 0')
            < text.index('base: ready -> stopping'))


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signal_to_launch_alone_ends_all_in_order(launched: Launched, number: int) -> None:
    """Launch passes a SIGINT on after 5 s only, and dies of the others with its nodes alive."""
    two_nodes(launched)
    launched.start()
    launched.wait_ready()
    pids = launched.nodes_pids()
    began = time.monotonic()
    assert launched.end(number) == 0, launched.text()
    assert time.monotonic() - began < 5.0
    assert in_order(launched)
    assert not any(alive(pid) for pid in pids.values())
    assert (launched.robot.project / 'cleaned-arm').exists()
    assert not launched.robot.processes()


def test_killed_launch_leaves_nothing(launched: Launched) -> None:
    """Launch's own nodes outlive it; these end in order, as at any other end."""
    two_nodes(launched)
    launched.start()
    launched.wait_ready()
    assert launched.end(signal.SIGKILL) == -signal.SIGKILL
    launched.wait(lambda: not launched.robot.processes(), timeout_s=10.0)
    assert in_order(launched)
    assert (launched.robot.project / 'cleaned-base').exists()


def test_ctrl_c_in_a_terminal_reaches_nodes_once(launched: Launched) -> None:
    """A terminal sends SIGINT to launch's whole group; the nodes hear of it in order, from us."""
    two_nodes(launched)
    controller, terminal = pty.openpty()
    launched.start(stdin=terminal, preexec_fn=lambda: take_terminal(terminal))
    launched.wait_ready()
    os.write(controller, b'\x03')
    assert launched.process is not None and launched.process.wait(15) == 0, launched.text()
    assert 'ctrl-c' in launched.text()
    assert in_order(launched)
    os.close(controller)
    os.close(terminal)


def take_terminal(terminal: int) -> None:
    """Make a terminal that of this new session, and its input."""
    import fcntl
    import termios
    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGKILL])
def test_stubborn_grandchild_ends_too(launched: Launched, number: int) -> None:
    """Launch signals its children only, so what they start survives it."""
    two_nodes(launched, *STUBBORN_CHILD)
    launched.start()
    launched.wait_ready()
    file = Path(launched.robot.project, 'grandchild')
    grandchild = int(launched.wait(lambda: file.exists() and file.read_text()))
    assert alive(grandchild)
    launched.end(number)
    launched.wait(lambda: not alive(grandchild), timeout_s=10.0)


def test_node_that_ignores_signals_ends_within_its_timeouts(launched: Launched) -> None:
    """SIGINT, SIGTERM, SIGKILL, each after the node's own shutdown_timeout."""
    launched.robot.node('deaf', 'runtime: {shutdown_timeout: 0.5}\n', orders=(
        'for number in (2, 15): signal.signal(number, signal.SIG_IGN)',))
    launched.start()
    launched.wait_ready()
    began = time.monotonic()
    launched.end()
    assert time.monotonic() - began < 4.0
    assert 'SIGKILL' in launched.robot.log()


def test_ordinary_nodes_beside_end_on_sigterm_too(launched: Launched) -> None:
    """What launch itself owns would be orphaned by SIGTERM; beside Nevil it is shut down."""
    two_nodes(launched)
    file = launched.script('mixed.launch.py', f"""
from launch import LaunchDescription
from launch.actions import ExecuteProcess, IncludeLaunchDescription
def generate_launch_description():
    return LaunchDescription([
        ExecuteProcess(cmd=['sleep', '600'], name='sleeper'),
        IncludeLaunchDescription({str(LAUNCH_FILE)!r}, launch_arguments=[
            ('project', {str(launched.robot.project)!r})])])
""")
    launched.start_file(file)
    launched.wait_ready()
    assert len([pid for pid in launched.robot.processes()
                if b'sleep' in Path(f'/proc/{pid}/cmdline').read_bytes()]) == 1
    launched.end(signal.SIGTERM)
    assert not launched.robot.processes()
