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

"""``nevil launch FILE``: what launch would execute, Nevil owns; what launch is told, and when."""

from __future__ import annotations

import json
import os
from pathlib import Path
import signal
import time
from typing import Any

from launched import LAUNCH_FILE
from launched import Launched
import pytest
from quality.processes import alive

pytestmark = [pytest.mark.needs_launch, pytest.mark.needs_ros2cli]

SUPERVISE = LAUNCH_FILE.with_name('supervise.launch.py')
IMPORTS = """\
import signal
import sys
from launch import LaunchDescription
from launch.actions import *
from launch.event_handlers import *
from launch.events import *
from launch.events import matches_action
from launch.events.process import *
from launch.substitutions import *
from launch_ros.actions import *


def python(name, code, **kwargs):
    return ExecuteProcess(cmd=[sys.executable, '-c', code], name=name, **kwargs)

SLEEP = 'import time; time.sleep(600)'


def generate_launch_description():
"""


def bring_up(launched: Launched, body: str, *arguments: str, **options: Any) -> None:
    """Write a launch file and launch it."""
    text = ''.join(f'    {line}\n' for line in body.strip('\n').splitlines())
    launched.nevil_launch(str(launched.script('any.launch.py', IMPORTS + text)), *arguments,
                          **options)


def state_of(launched: Launched, name: str) -> dict[str, Any]:
    """Return the status of one process, empty where there is none."""
    for node in launched.any_status().get('nodes', []):
        if node['name'] == name:
            return dict(node)
    return {}


def wait_pid(launched: Launched, name: str, other_than: int = 0) -> int:
    """Return the pid of a process once it runs."""
    def pid() -> int:
        found = state_of(launched, name).get('pid') or 0
        return 0 if found == other_than else int(found)
    return int(launched.wait(pid, f'{name} runs'))


# -- what it is executed with ---------------------------------------------------------------

REPORT = ('import json, os, sys; json.dump({"argv": sys.argv, "cwd": os.getcwd(), '
          '"env": dict(os.environ), "tty": [os.isatty(1), os.isatty(2)]}, '
          'open(os.environ["REPORT"], "w"))')


def test_process_gets_what_launch_resolved(launched: Launched) -> None:
    """Arguments, environment with what was taken out of it, folder, terminal: as launch alone."""
    reports = [launched.folder / 'under_nevil', launched.folder / 'alone']
    (launched.folder / 'below').mkdir()
    body = f"""
    return LaunchDescription([
        SetEnvironmentVariable('ADDED', 'yes'), UnsetEnvironmentVariable('GONE'),
        ExecuteProcess(cmd=[sys.executable, '-c', {REPORT!r}, LaunchConfiguration('word')],
                       cwd={str(launched.folder / 'below')!r}, emulate_tty=True,
                       additional_env={{'REPORT': LaunchConfiguration('report')}})])
    """
    launched.environ['GONE'] = 'no'
    bring_up(launched, body, 'word:=a  b', f'report:={reports[0]}')
    assert launched.process is not None and launched.process.wait(30) == 0, launched.text()
    file = launched.folder / 'any.launch.py'
    alone = launched.ros2('launch', str(file), 'word:=a  b', f'report:={reports[1]}')
    assert alone.returncode == 0, alone.stdout
    ours, theirs = (json.loads(report.read_text()) for report in reports)
    added = {name for name in ours['env'] if name not in theirs['env']}
    assert added == {'NEVIL_RUN_ID', 'NEVIL_UNIT', 'NEVIL_GENERATION'}
    for name in (*added, 'REPORT'):
        ours['env'].pop(name)
    theirs['env'].pop('REPORT')
    # What ros2 and nevil themselves were started with differs in these.
    for name in ('_', 'OLDPWD', 'SHLVL'):
        ours['env'].pop(name, None), theirs['env'].pop(name, None)
    assert ours == theirs
    assert ours['argv'] == ['-c', 'a  b']
    assert ours['tty'] == [True, True]
    assert 'GONE' not in ours['env']


def test_shell_and_input_are_as_under_launch(launched: Launched) -> None:
    """A shell line runs in a shell, and a program that reads its input waits instead of ending."""
    bring_up(launched, """
    return LaunchDescription([
        ExecuteProcess(cmd=["echo one && echo two | tr a-z A-Z; read line; echo en''ded"],
                       shell=True, output='screen')])
    """)
    launched.wait_text('TWO')
    assert 'one' in launched.text()
    assert launched.end() == 0
    assert 'ended' not in launched.text()


def test_output_goes_where_launch_would_put_it(launched: Launched) -> None:
    """Each stream by itself, to handlers byte for byte, cached where that was asked for."""
    code = ('import sys; print("to out"); print("to err", file=sys.stderr); '
            'sys.stdout.write("rest")')
    bring_up(launched, f"""
    cached = python('cached', {code!r}, output='log', cached_output=True)
    seen = python('seen', {code!r}, output='log')
    return LaunchDescription([
        cached, seen,
        python('screen', {code!r}, output={{'stdout': 'screen', 'stderr': 'log'}}),
        RegisterEventHandler(OnProcessIO(
            target_action=seen,
            on_stdout=lambda event: print('OUT', event.text, flush=True),
            on_stderr=lambda event: print('ERR', event.text, flush=True))),
        RegisterEventHandler(OnProcessExit(target_action=cached, on_exit=lambda *_: print(
            'CACHED', [cached.get_stdout(), cached.get_stderr()], cached.return_code,
            flush=True)))])
    """)
    assert launched.process is not None and launched.process.wait(30) == 0, launched.text()
    text = launched.text()
    assert "CACHED ['to out\\nrest', 'to err\\n'] 0" in text
    assert "ERR b'to err\\n'" in text
    assert ''.join(eval(line[4:]).decode() for line in text.splitlines()
                   if line.startswith('OUT ')) == 'to out\nrest'
    assert '[screen-3] to out' in text
    assert '[screen-3] to err' not in text


def test_output_that_comes_before_news_of_the_start_is_kept(launched: Launched) -> None:
    """Capture is often quicker than the supervisor: launch hears of the start, then the output."""
    names = [f'quick{number}' for number in range(8)]
    bring_up(launched, f"""
    quick = [ExecuteProcess(cmd=['echo early; exec sleep 600'], shell=True, name=name,
                            output='log') for name in {names}]
    return LaunchDescription([
        RegisterEventHandler(OnProcessStart(on_start=lambda event, _: print(
            'TOLD', event.process_name, 'start', flush=True))),
        RegisterEventHandler(OnProcessIO(on_stdout=lambda event: print(
            'TOLD', event.process_name, event.text, flush=True))),
        *quick])
    """)
    launched.wait(lambda: launched.text().count("b'early") >= len(names), 'each was heard')
    told: dict[str, list[str]] = {}
    for line in launched.text().splitlines():
        if line.startswith('TOLD '):
            _, name, what = line.split(' ', 2)
            told.setdefault(name.rsplit('-', 1)[0], []).append(what)
    assert told == {name: ['start', r"b'early\n'"] for name in names}
    assert launched.end() == 0, launched.text()


# -- what an end means ----------------------------------------------------------------------

def test_process_of_which_nothing_is_said_comes_back(launched: Launched) -> None:
    """Launch does not hear of an end that Nevil answers."""
    bring_up(launched, "return LaunchDescription([python('worker', SLEEP)])")
    pid = wait_pid(launched, 'worker')
    os.kill(pid, signal.SIGKILL)
    wait_pid(launched, 'worker', other_than=pid)
    assert 'process has died' not in launched.text()
    assert launched.end() == 0


@pytest.mark.parametrize('ending', [
    'on_exit', 'handler', 'late'])
def test_end_that_the_author_waits_for_is_told_at_once(launched: Launched, ending: str) -> None:
    """Who wrote on_exit or a handler has said what the end means: no restart."""
    given = "on_exit=[LogInfo(msg='it has ended')]" if ending == 'on_exit' else ''
    handler = ('RegisterEventHandler(OnProcessExit(target_action=it, '
               "on_exit=[LogInfo(msg='it has ended')]))")
    more = {'handler': handler, 'late': f'TimerAction(period=0.5, actions=[{handler}, '
                                        "LogInfo(msg='waiting')])"}.get(ending, '')
    bring_up(launched, f"""
    it = python('it', SLEEP, {given})
    return LaunchDescription([it, python('other', SLEEP), {more}])
    """)
    pid = wait_pid(launched, 'it')
    wait_pid(launched, 'other')
    if ending == 'late':
        launched.wait_text('waiting')
    os.kill(pid, signal.SIGKILL)
    launched.wait_text('it has ended')
    assert state_of(launched, 'it')['pid'] is None
    assert launched.end() == 0, 'its author has said what its end means, so nothing was given up'


def test_respawn_is_always_with_its_delay(launched: Launched) -> None:
    """A clean end too; and launch hears of every end and start, as it does alone."""
    bring_up(launched, """
    it = python('it', 'import time; time.sleep(0.3)', respawn=True, respawn_delay=0.1)
    return LaunchDescription([
        it, RegisterEventHandler(OnProcessExit(target_action=it,
                                               on_exit=[LogInfo(msg='it has ended')]))])
    """)
    launched.wait(lambda: launched.text().count('it has ended') >= 3, 'three ends')
    assert launched.end() == 0


def test_given_up_is_told_and_makes_the_exit_status(launched: Launched) -> None:
    """Launch alone ends with 0 whatever became of its processes."""
    bring_up(launched, "return LaunchDescription([python('it', 'raise SystemExit(3)')])",
             '--restart', 'never')
    assert launched.process is not None and launched.process.wait(30) == 1, launched.text()
    assert 'process has died' in launched.text()
    assert 'given up: it' in launched.text()


def test_program_that_is_not_there_is_told_at_once(launched: Launched) -> None:
    """As launch alone tells it, but with an exit status."""
    bring_up(launched, "return LaunchDescription([ExecuteProcess(cmd=['/no/such/program'])])")
    assert launched.process is not None and launched.process.wait(30) == 1, launched.text()
    assert 'no such file: /no/such/program' in launched.text()


def test_author_ends_a_process(launched: Launched) -> None:
    """ShutdownProcess and SignalProcess of a launch file end it for good."""
    bring_up(launched, """
    one, two = python('one', SLEEP), python('two', SLEEP)
    return LaunchDescription([
        one, two, python('three', SLEEP),
        TimerAction(period=1.0, actions=[
            EmitEvent(event=ShutdownProcess(process_matcher=matches_action(one))),
            EmitEvent(event=SignalProcess(signal_number=signal.SIGTERM,
                                          process_matcher=matches_action(two)))])])
    """)
    launched.wait_text('[ERROR] [one-1]: process has died')
    launched.wait_text('[ERROR] [two-2]: process has died')
    assert wait_pid(launched, 'three')
    assert state_of(launched, 'one')['state'] == state_of(launched, 'two')['state'] == 'stopped'
    assert launched.end() == 0


# -- names ----------------------------------------------------------------------------------

def test_every_process_has_a_name_of_its_own(launched: Launched) -> None:
    """The full name of a node, else the executable's, with a counter."""
    bring_up(launched, """
    def node(**kwargs):
        return Node(executable=sys.executable, arguments=['-c', SLEEP], **kwargs)
    return LaunchDescription([
        node(name='camera', namespace='left'), node(name='camera', namespace='right'),
        node(name='camera', namespace='right'), node(name='system'), node(exec_name='walker'),
        ExecuteProcess(cmd=['sleep 600'], shell=True), ExecuteProcess(cmd=['sleep', '600'])])
    """)
    wanted = ['left.camera', 'right.camera', 'right.camera_2', 'sleep', 'sleep_2', 'system_2',
              'walker']
    launched.wait(lambda: sorted(
        node['name'] for node in launched.any_status().get('nodes', [])) == wanted, str(wanted))
    assert launched.end() == 0


# -- ends -----------------------------------------------------------------------------------

# Its child has a session of its own and does not mind SIGINT and SIGTERM.
PARENT = (
    'import subprocess, sys, time\n'
    'code = "import signal, time\\nfor n in (2, 15): signal.signal(n, signal.SIG_IGN)\\n'
    'time.sleep(600)"\n'
    'child = subprocess.Popen([sys.executable, "-c", code], start_new_session=True)\n'
    'print("child", child.pid, flush=True)\ntime.sleep(600)')


@pytest.mark.parametrize('number', [
    signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGKILL])
def test_nothing_is_left_however_launch_ends(launched: Launched, number: int) -> None:
    """Launch alone leaves everything at SIGTERM and SIGKILL, and a shell's child at SIGINT."""
    bring_up(launched, f"""
    return LaunchDescription([
        python('parent', {PARENT!r}, output='screen'),
        ExecuteProcess(cmd=['sleep 600; true'], shell=True)])
    """)
    launched.wait_text('child ')
    child = int(launched.text().partition('child ')[2].split()[0])
    pids = [wait_pid(launched, 'parent'), wait_pid(launched, 'sleep'), child]
    status = launched.end(number)
    # At SIGQUIT and SIGKILL launch itself is gone at once; everything else ends in order.
    assert status == (-number if number in (signal.SIGQUIT, signal.SIGKILL) else 0)
    launched.wait(lambda: not any(alive(pid) for pid in pids), 'nothing is left', 15.0)
    launched.wait(lambda: not launched.robot.processes(), 'nothing of Nevil is left', 15.0)
    if number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        assert 'escalating' not in launched.text()


def test_timeouts_of_the_action_hold(launched: Launched) -> None:
    """SIGTERM after sigterm_timeout, SIGKILL after sigkill_timeout, both in their own time."""
    code = ('import signal, time\n'
            'for n in (2, 15):\n'
            '    signal.signal(n, lambda n, _: print("got", n, time.monotonic(), flush=True))\n'
            'print("up", flush=True)\n'
            'while True: time.sleep(1)')
    bring_up(launched, f"""
    return LaunchDescription([python('deaf', {code!r}, output='screen', sigterm_timeout='0.3',
                                     sigkill_timeout='1.5')])
    """)
    launched.wait_text('up')
    began = time.monotonic()
    assert launched.end() == 0
    at = {line.split()[-2]: float(line.split()[-1]) for line in launched.text().splitlines()
          if 'got ' in line}
    assert at['15'] > at['2']
    assert time.monotonic() - at['15'] >= 1.5
    assert time.monotonic() - began < 15.0


def test_stop_from_outside_ends_the_launch(launched: Launched) -> None:
    """``nevil stop`` is an end like the others; handlers of ends start nothing any more."""
    bring_up(launched, """
    it = python('it', SLEEP, on_exit=[python('successor', SLEEP)])
    return LaunchDescription([it])
    """)
    wait_pid(launched, 'it')
    assert launched.nevil('stop').returncode == 0
    assert launched.process is not None and launched.process.wait(20) == 0, launched.text()
    assert 'successor' not in launched.text()


# -- the verbs ------------------------------------------------------------------------------

def test_verbs_work_on_it_as_on_any_robot(launched: Launched) -> None:
    """Status, why, logs and node restart, without a project: it is the one that runs."""
    bring_up(launched, """
    return LaunchDescription([python('it', 'print(4711, flush=True);' + SLEEP)])
    """)
    pid = wait_pid(launched, 'it')
    assert 'it' in launched.nevil('status').stdout
    launched.wait(lambda: '4711' in launched.nevil('logs', 'it').stdout,
                  launched.nevil('logs', 'it').stdout)
    assert launched.nevil('node', 'restart', 'it').returncode == 0
    wait_pid(launched, 'it', other_than=pid)
    os.kill(wait_pid(launched, 'it'), signal.SIGSEGV)
    launched.wait(lambda: 'SIGSEGV' in launched.nevil('why', 'it').stdout, 'why')
    assert list(Path(launched.any_status()['directory'], 'logs', 'crash').glob('it-*.txt'))
    assert launched.end() == 0


def test_ros2_launch_can_supervise_too(launched: Launched) -> None:
    """Who must keep ``ros2 launch`` includes the file; its arguments go on to it."""
    file = launched.script('any.launch.py', IMPORTS + """
    return LaunchDescription([
        DeclareLaunchArgument('word'),
        python('it', SLEEP, output='screen'), LogInfo(msg=['word ', LaunchConfiguration('word')])])
""")
    launched.start_file(SUPERVISE, f'launch_file:={file}', 'word:=hello')
    pid = wait_pid(launched, 'it')
    assert 'word hello' in launched.text()
    os.kill(pid, signal.SIGKILL)
    wait_pid(launched, 'it', other_than=pid)
    assert launched.end() == 0


@pytest.mark.parametrize('named', [False, True], ids=['beside', 'named'])
def test_ros2_launch_takes_the_policy_file_too(launched: Launched, named: bool) -> None:
    """Whichever of the two commands brings the file up, it is the same robot."""
    said = 'import os, sys; sys.exit(os.environ["SAID"])'
    file = launched.script('any.launch.py', IMPORTS + f"""
    return LaunchDescription([python('it', {said!r})])
""")
    policy = launched.script('other.yaml' if named else 'any.nevil.yaml', """
version: "3.0"
environment: {SAID: told by the policy}
nodes: {global_overrides: {it: {runtime: {restart_policy: never}}}}
""")
    launched.start_file(SUPERVISE, f'launch_file:={file}', *([f'policy:={policy}'] * named))
    assert launched.process is not None
    assert launched.process.wait(60) == 1, launched.text()
    assert 'told by the policy' in launched.text()
    assert 'not restarted (restart_policy: never)' in launched.text()


def test_same_file_twice_is_refused(launched: Launched) -> None:
    """The same launch twice would be two owners of the same nodes."""
    bring_up(launched, "return LaunchDescription([python('it', SLEEP)])")
    wait_pid(launched, 'it')
    again = launched.nevil('launch', str(launched.folder / 'any.launch.py'))
    assert again.returncode == 1
    assert 'is already running' in again.stdout
    assert launched.end() == 0


# -- policy and plan ------------------------------------------------------------------------

def test_policy_beside_wins_and_one_shots_run_again(launched: Launched) -> None:
    """What it requires was started again, so the one-shot runs again; and only then."""
    launched.script('any.nevil.yaml', """
version: "3.0"
environment: {ADDED: "yes"}
nodes:
  global_overrides:
    served: {runtime: {restart_policy: always, restart_delay: 0.1}}
    once: {dependencies: {requires: [served]}, runtime: {rerun: on_restart}}
    nobody: {}
""")
    mark = 'import os; open("ran", "a").write(os.environ["ADDED"] + "\\n")'
    bring_up(launched, f"""
    return LaunchDescription([
        python('once', {mark!r}), python('served', SLEEP, on_exit=[LogInfo(msg='told')])])
    """)
    ran = launched.folder / 'ran'
    launched.wait(lambda: ran.exists() and ran.read_text() == 'yes\n', 'it has run')
    launched.wait(lambda: state_of(launched, 'once').get('state') == 'completed', 'it has ended')
    pid = wait_pid(launched, 'served')
    os.kill(pid, signal.SIGKILL)
    wait_pid(launched, 'served', other_than=pid)
    launched.wait(lambda: ran.read_text() == 'yes\nyes\n', 'it has run again')
    assert 'told' not in launched.text(), 'the policy says that the end means a restart'
    assert launched.end() == 0
    assert "there is no process 'nobody'" in launched.text()


def test_plan_shows_everything_and_starts_nothing(launched: Launched) -> None:
    """Command lines, variables, parameters after all overrides, components, in order."""
    params = launched.script('params.yaml', """
/**: {ros__parameters: {rate: 10, deep: {er: a}}}
/left/camera: {ros__parameters: {rate: 20}}
""")
    file = launched.script('any.launch.py', IMPORTS + f"""
    from launch_ros.descriptions import ComposableNode
    return LaunchDescription([
        SetEnvironmentVariable('ADDED', 'yes'),
        python('first', 'open("started", "w")'),
        Node(executable=sys.executable, name='camera', namespace='left',
             parameters=[{str(params)!r}, {{'size': 3}}]),
        ComposableNodeContainer(name='box', namespace='', package=None, executable=sys.executable,
            composable_node_descriptions=[ComposableNode(
                package='p', plugin='Plain', name='one', parameters=[{{'rate': 5}}])])])
""")
    result = launched.nevil('launch', str(file), '--plan', '--json',
                            '--dump-params', str(launched.folder / 'params'))
    plan = json.loads(result.stdout.splitlines()[-1])
    assert [one['name'] for one in plan] == ['first', 'left.camera', 'box']
    assert plan[0]['environment'] == {'ADDED': 'yes'}
    assert plan[1]['parameters'] == {'rate': 20, 'deep.er': 'a', 'size': 3}
    assert plan[2]['components'][0]['parameters'] == {'rate': 5}
    assert not (launched.folder / 'started').exists()
    written = (launched.folder / 'params' / 'left.camera.yaml').read_text()
    assert '/left/camera:' in written
    assert 'rate: 20' in written
