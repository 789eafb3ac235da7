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

"""Run the robot as a systemd service: install, uninstall, status."""

from __future__ import annotations

from argparse import ArgumentParser
from argparse import Namespace
import os

from nevil_bringup.api.prepare import check
from nevil_bringup.api.service import install
from nevil_bringup.api.service import Service
from nevil_bringup.api.service import status
from nevil_bringup.api.service import uninstall
from nevil_bringup.cli.options import add_json
from nevil_bringup.errors import EXIT_USAGE
from nevil_bringup.errors import UserError
from nevil_bringup.paths import project_paths
from nevil_bringup.project import find_project
from nevil_bringup.service.install import find_unit
from nevil_bringup.service.install import unit_name
from nevil_bringup.service.systemctl import SystemdRefused

__all__ = ['ACTIONS', 'EPILOG', 'add_arguments', 'run']

ACTIONS = ('install', 'uninstall', 'status', 'run')
_ONLY_FOR = {'print': 'install', 'enable': 'install', 'now': 'install', 'journal': 'install',
             'json': 'status', 'console': 'run'}

EPILOG = """\
'install' copies the ROS 2 environment in which it is called; call it again when the environment or
a timeout of the project has changed. A user service (--user) starts at boot only after
'loginctl enable-linger'. 'run' is what the service executes: it becomes the supervisor and stays
in the foreground. Other service managers and containers can use it too.

exit codes: 0 done; 1 failed, with the reason
for status: 0 running; 3 not running; 4 not installed, or unknown to systemd

examples:
    nevil service install --print
    nevil service install --now --enable
    sudo nevil service install --system --project /home/pi/robot --now --enable
    nevil service status
    nevil service uninstall
    nevil service run --console"""


def add_arguments(parser: ArgumentParser) -> None:
    """Add what the verb takes."""
    parser.add_argument('action', choices=ACTIONS, metavar='ACTION', help=', '.join(ACTIONS))
    scope = parser.add_mutually_exclusive_group()
    scope.add_argument('--user', action='store_true', default=None,
                       help='a user service, in your own systemd instance (default, unless '
                            'you are root)')
    scope.add_argument('--system', dest='user', action='store_false',
                       help='a system service (default for root)')
    parser.add_argument('--name', metavar='NAME', help='name of the unit; default: nevil-PROJECT')
    parser.add_argument('--print', action='store_true', help='show the unit and write nothing')
    parser.add_argument('--enable', action='store_true', help='start it at every boot')
    parser.add_argument('--now', action='store_true', help='start it now')
    parser.add_argument('--journal', action='store_true',
                        help='write the logs of the robot to the journal too')
    parser.add_argument('--console', action='store_true',
                        help='print the logs of the robot on standard output too')
    add_json(parser)


def run(options: Namespace) -> int:
    """Do it."""
    for name, action in _ONLY_FOR.items():
        if getattr(options, name) and options.action != action:
            raise UserError(
                f'service {options.action}: --{name} goes with service {action}', EXIT_USAGE)
    paths = project_paths(find_project(options.project))
    if options.action == 'run':
        from nevil_bringup.api.service_run import run_service
        return run_service(paths, console=options.console)
    user = os.getuid() != 0 if options.user is None else options.user
    try:
        if options.action == 'install':
            plan = check(paths).plan
            assert plan is not None
            name = unit_name(plan.project, options.name)
            if options.name is None:
                name = find_unit(paths.project, user=user) or name
            return install(Service(name, paths, user=user), plan, show=options.print,
                           enable=options.enable, now=options.now, journal=options.journal)
        found = unit_name('', options.name) if options.name else find_unit(
            paths.project, user=user)
        service = Service(found, paths, user=user)
        return uninstall(service) if options.action == 'uninstall' else status(
            service, as_json=options.json)
    except SystemdRefused as error:
        raise UserError(str(error)) from None
