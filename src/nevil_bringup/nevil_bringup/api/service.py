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

"""Install, uninstall and show the service of a project."""

from __future__ import annotations

import json
import os
from pathlib import Path
import shutil
import subprocess
from typing import NamedTuple

from nevil_bringup.errors import EXIT_FAILED
from nevil_bringup.errors import EXIT_NOT_RUNNING
from nevil_bringup.errors import EXIT_OK
from nevil_bringup.errors import EXIT_UNKNOWN
from nevil_bringup.errors import UserError
from nevil_bringup.paths import ProjectPaths
from nevil_bringup.service.environment import account_for
from nevil_bringup.service.environment import command_of
from nevil_bringup.service.environment import taken_along
from nevil_bringup.service.install import check_ours
from nevil_bringup.service.install import remove
from nevil_bringup.service.install import unit_path
from nevil_bringup.service.install import write
from nevil_bringup.service.systemctl import Systemctl
from nevil_bringup.service.systemctl import SystemdRefused
from nevil_bringup.service.unit import Account
from nevil_bringup.service.unit import ServiceUnit
from nevil_bringup.supervisor.durations import start_s
from nevil_bringup.supervisor.durations import stop_s
from nevil_nodes.declarations import Plan

__all__ = ['Service', 'install', 'status', 'uninstall']

_RUNS = frozenset({'active', 'activating', 'reloading', 'deactivating'})


class Service(NamedTuple):
    """
    Which service is meant.

    :param name: of its unit; None where nothing is installed
    :param user: of the user's own systemd
    """

    name: str | None
    paths: ProjectPaths
    user: bool

    @property
    def path(self) -> Path:
        """Return its unit file."""
        return unit_path(self.name or '', user=self.user)


def install(service: Service, plan: Plan, *, show: bool, enable: bool, now: bool,
            journal: bool) -> int:
    """Write the unit, and enable and start it as asked."""
    directory = service.paths.project
    account = None if service.user else account_for(directory, os.environ)
    assert service.name is not None
    unit = ServiceUnit(
        name=service.name, project=plan.project, directory=directory, account=account,
        command=(*command_of(os.environ), 'service', 'run', '--project', str(directory),
                 *(['--console'] if journal else [])),
        environment=taken_along(os.environ), start_s=start_s(plan), stop_s=stop_s(plan))
    if show:
        print(unit.text(), end='')
        return EXIT_OK
    changed = write(service.path, unit)
    who = f', runs as {account.name}' if account else ''
    print(f'{service.path} {"written" if changed else "is up to date"}{who}')
    systemctl = Systemctl(user=service.user)
    if systemctl.absent:
        return _left_to_do(systemctl, service.name, wanted=enable or now)
    systemctl.do('daemon-reload')
    _linger(account, service.user)
    if enable:
        systemctl.do('enable', service.name)
        print(f'{service.name} starts at every boot')
    if now:
        # A robot that runs by the unit as it is now is left alone.
        systemctl.do('restart' if changed else 'start', service.name,
                     timeout_s=unit.start_s + unit.stop_s)
        print(f'{service.name} runs')
    if not (enable or now):
        print(f'start it now and at every boot: {systemctl.command} enable --now {service.name}')
    return EXIT_OK


def uninstall(service: Service) -> int:
    """Stop the service, and remove its unit."""
    if service.name is None or not service.path.exists():
        print(f'no service of {service.paths.project} is installed ({_scope(service)})')
        return EXIT_OK
    systemctl = Systemctl(user=service.user)
    check_ours(service.path, service.paths.project, 'removed')
    if not systemctl.absent:
        systemctl.do('disable', '--now', service.name, timeout_s=600.0)
    remove(service.path)
    if not systemctl.absent:
        systemctl.do('daemon-reload')
    print(f'{service.path} removed' + (f'; {systemctl.absent}' if systemctl.absent else ''))
    return EXIT_OK


def status(service: Service, *, as_json: bool) -> int:
    """Print how the service is."""
    installed = service.name is not None and service.path.exists()
    known: dict[str, object] = {
        'installed': installed, 'unit': service.name, 'scope': _scope(service),
        'path': str(service.path) if installed else None}
    systemctl = Systemctl(user=service.user)
    why = '' if installed else f'not installed ({_scope(service)})'
    shown: dict[str, str] = {}
    if installed and systemctl.absent:
        why = systemctl.absent
    elif installed and service.name is not None:
        try:
            shown = systemctl.show(service.name)
        except SystemdRefused as error:
            why = str(error)
    known |= {'state': shown.get('ActiveState'), 'enabled': shown.get('UnitFileState'),
              'pid': int(shown.get('MainPID') or 0) or None,
              'text': shown.get('StatusText') or None, 'reason': why or None}
    print(json.dumps(known) if as_json else _line(known, shown))
    if why:
        return EXIT_UNKNOWN
    return EXIT_OK if known['state'] in _RUNS else EXIT_NOT_RUNNING


def _line(known: dict[str, object], shown: dict[str, str]) -> str:
    if not known['installed']:
        return f"{known['reason']}; 'nevil service install' installs it"
    if known['reason']:
        return f'{known["unit"]} is installed ({known["path"]}); {known["reason"]}'
    state = f'{known["state"]} ({shown.get("SubState")}), {known["enabled"]}'
    pid = f', pid {known["pid"]}' if known['pid'] else ''
    text = f': {known["text"]}' if known['text'] else ''
    return f'{known["unit"]}: {state}{pid}{text}'


def _scope(service: Service) -> str:
    return 'user' if service.user else 'system'


def _left_to_do(systemctl: Systemctl, name: str, *, wanted: bool) -> int:
    """Say what could not be done; that is a failure where it was asked for."""
    text = (f'{systemctl.absent}: it is neither enabled nor started; where systemd runs: '
            f'{systemctl.command} daemon-reload && {systemctl.command} enable --now {name}')
    if wanted:
        raise UserError(text, EXIT_FAILED)
    print(text)
    return EXIT_OK


def _linger(account: Account | None, user: bool) -> None:
    """See to it that the account's folder in /run/user is there without a login."""
    name = account.name if account else os.environ.get('USER') or str(os.getuid())
    if Path('/var/lib/systemd/linger', name).exists():
        return
    if user:
        print(f"it runs while you are logged in; from boot on: 'loginctl enable-linger {name}'")
        return
    command = ['loginctl', 'enable-linger', name]
    done = shutil.which('loginctl') and subprocess.run(
        command, capture_output=True, check=False, timeout=30.0).returncode == 0
    print(f'{" ".join(command)}: ' + (
        'done, so that nevil finds the robot in the same place before and after a login' if done
        else 'failed; run it yourself, or nevil status will not find the robot after a login'))
