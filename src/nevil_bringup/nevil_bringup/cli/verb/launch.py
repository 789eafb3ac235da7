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

"""Run any launch file under Nevil."""

from __future__ import annotations

from argparse import ArgumentParser
from argparse import Namespace
from importlib.util import find_spec
import json
import os
from pathlib import Path
import sys
from typing import NoReturn
from typing import TYPE_CHECKING

from nevil_bringup.cli.start_options import add_arguments as add_start_arguments
from nevil_bringup.errors import EXIT_USAGE
from nevil_bringup.errors import UserError
from nevil_bringup.launch.any.policy_file import policy_of
from nevil_bringup.printing.streams import release_streams
from nevil_nodes.leave import leave

if TYPE_CHECKING:
    from nevil_bringup.paths import ProjectPaths
    from nevil_nodes.declarations.policy import Policy

__all__ = ['EPILOG', 'add_arguments', 'launch_file', 'run']

EPILOG = """\
Without a file, it does what 'nevil start' does. With one, it replaces 'ros2 launch', with the same
arguments, options and processes; but Nevil restarts what fails, and leaves no process behind.
A process that fails is restarted, unless the launch file says what its exit means (on_exit or an
event handler); with respawn=True it is always restarted. 'nevil logs' shows its output too.

exit codes: 0 every process ended as it should, 1 a process was given up or launch failed

examples:
    nevil launch my_robot bringup.launch.py
    nevil launch my_robot bringup.launch.py use_sim_time:=true --restart never
    nevil launch ./bringup.launch.xml --plan"""

_START_ONLY = ('foreground', 'launch', 'wait', 'timeout', 'logscope', 'project')


def add_arguments(parser: ArgumentParser) -> None:
    """Add what the verb takes."""
    group = parser.add_argument_group('with a launch file')
    group.add_argument('package', nargs='?', metavar='PACKAGE|PATH',
                       help='package of the launch file, or the file itself')
    group.add_argument('words', nargs='*', metavar='FILE|NAME:=VALUE',
                       help='name of the launch file in the package; its arguments')
    group.add_argument('--restart', choices=('never', 'on_failure', 'always'),
                       help='restart policy of processes without a rule of their own '
                            '(default: on_failure)')
    group.add_argument('--policy', metavar='FILE',
                       help='policy file (default: NAME.nevil.yaml next to the launch file)')
    group.add_argument('--write-policy', metavar='FILE',
                       help='write a policy file with every process, and start nothing')
    group.add_argument('--plan', action='store_true',
                       help='show what would be started, and start nothing; --json for programs')
    group.add_argument('--dump-params', metavar='DIR',
                       help='write the parameters of each node to a file, and start nothing')
    group.add_argument('-n', '--noninteractive', action='store_true',
                       default=not sys.stdin.isatty(), help='do not use the terminal')
    group.add_argument('-d', '--debug', action='store_true', help='print debug output of launch')
    shown = group.add_mutually_exclusive_group()
    shown.add_argument('-p', '--print', '--print-description', action='store_true',
                       help='print the description and start nothing')
    shown.add_argument('-s', '--show-args', '--show-arguments', action='store_true',
                       help='show the arguments of the launch file')
    group.add_argument('-a', '--show-all-subprocesses-output', action='store_true',
                       help='show what all processes print, whatever the file says')
    group.add_argument('--launch-prefix', help='command to put before all executables')
    group.add_argument('--launch-prefix-filter',
                       help='regular expression: executables that get the prefix')
    add_start_arguments(parser)


def run(options: Namespace) -> int:
    """Bring up the launch file, or the project where none is named."""
    if options.package is None:
        from nevil_bringup.cli.verb import start
        return start.run(options)
    given = [name for name in _START_ONLY if getattr(options, name)]
    if given:
        raise UserError(f'--{given[0]} is for a project, not for a launch file', EXIT_USAGE)
    if find_spec('ros2launch') is None:
        raise UserError('a launch file needs the launch packages of ROS 2, which are not here: '
                        'source the setup.bash of ROS 2')
    file, arguments = launch_file(options)
    release_streams()  # of launch files, and of processes that are shown as they print
    if options.print or options.show_args:
        return _show(file, options)
    if options.plan or options.dump_params or options.write_policy:
        return _foresee(file, arguments, options, policy_of(file, options.policy))
    _launch(file, arguments, options)


def _foresee(
    file: str, arguments: list[str], options: Namespace, policy: Policy | None,
) -> int:
    from nevil_bringup.launch.any.foresight import dump_params
    from nevil_bringup.launch.any.foresight import foresee
    from nevil_bringup.launch.any.foresight import plan_text
    from nevil_bringup.launch.any.foresight import names_of
    from nevil_bringup.launch.any.foresight import policy_text
    from nevil_bringup.launch.any.rules import Rules
    try:
        processes = foresee(file, arguments, Rules(options.restart or 'on_failure', policy))
    except RuntimeError as error:
        raise UserError(str(error)) from None
    if options.write_policy:
        if os.path.exists(options.write_policy):
            raise UserError(f'{options.write_policy} already exists and is not changed')
        Path(options.write_policy).write_text(policy_text(file, processes), encoding='utf-8')
        print(f'{options.write_policy} is written')
    if options.dump_params:
        for path in dump_params(processes, Path(options.dump_params)):
            print(path)
    if options.plan:
        print(json.dumps(processes, default=str) if options.json else plan_text(processes))
        problems = policy.unmatched(names_of(processes)) if policy else []
        for problem in problems:
            print(f'{problem.severity}: {problem}', file=sys.stderr)
    return 0


def launch_file(options: Namespace) -> tuple[str, list[str]]:
    """
    Return the launch file and its arguments.

    :raises UserError: there is none
    """
    words = list(options.words)
    if os.path.isfile(options.package):
        file = options.package
    else:
        if not words or ':=' in words[0]:
            raise UserError(
                f'{options.package} is not a file; for a package, name the launch file too')
        file = _of_package(options.package, words.pop(0))
    for word in words:
        if word.find(':=') < 1:
            raise UserError(f'{word!r} is not a launch argument NAME:=VALUE', EXIT_USAGE)
    if options.launch_prefix_filter is not None and options.launch_prefix is None:
        raise UserError('--launch-prefix-filter needs --launch-prefix', EXIT_USAGE)
    if options.launch_prefix:
        words.append(f'launch-prefix:={options.launch_prefix}')
    if options.launch_prefix_filter:
        words.append(f'launch-prefix-filter:={options.launch_prefix_filter}')
    return file, words


def _of_package(package: str, name: str) -> str:
    from ament_index_python.packages import get_package_share_directory
    from ament_index_python.packages import PackageNotFoundError
    try:
        share = Path(get_package_share_directory(package))
    except (PackageNotFoundError, ValueError):
        raise UserError(f'there is no package {package!r}; is its setup.bash sourced?') from None
    found = [os.path.join(folder, name)
             for folder, _, files in os.walk(share) if name in files]
    if not found:
        raise UserError(f'{package} has no {name} in {share}')
    if len(found) > 1:
        raise UserError(f'{package} has {name} more than once; name one: {", ".join(found)}')
    return found[0]


def _show(file: str, options: Namespace) -> int:
    from nevil_bringup.launch.any.run import show
    show(file, arguments=options.show_args)
    return 0


def _launch(file: str, arguments: list[str], options: Namespace) -> NoReturn:
    from nevil_bringup.launch.any.house import House
    from nevil_bringup.launch.any.house import place_of
    paths = place_of(file, arguments)
    if paths.socket.exists():  # else what takes long to load is loaded when the supervisor is
        _refuse_second(file, paths)
    if options.show_all_subprocesses_output:
        os.environ['OVERRIDE_LAUNCH_PROCESS_OUTPUT'] = 'both'
    house = House(paths)  # it takes longest; the rest is loaded meanwhile
    from nevil_bringup.launch.any.check import check_launch
    from nevil_bringup.launch.any.check import NotThisLaunch
    try:
        check_launch()
        policy = policy_of(file, options.policy)
        house.begin(policy)
    except NotThisLaunch as error:
        house.abandon()
        raise UserError(str(error)) from None
    except BaseException:
        house.abandon()
        raise
    from nevil_bringup.launch.any.rules import Rules
    from nevil_bringup.launch.any.run import run_launch_file
    leave(run_launch_file(
        file, arguments, house, Rules(options.restart or 'on_failure', policy),
        noninteractive=options.noninteractive, debug=options.debug))


def _refuse_second(file: str, paths: ProjectPaths) -> None:
    """
    Check that nobody supervises the launch file yet.

    :raises UserError: somebody does
    """
    from nevil_bringup.control.connect import connect
    from nevil_health.control.session import Ping
    running = connect(paths)
    if running is not None:
        pid = running.request(Ping()).pid
        raise UserError(f'{file} is already running with these arguments (pid {pid}); '
                        f"'nevil stop --project {paths.project.name}' stops it")
