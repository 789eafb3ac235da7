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

"""The text of a systemd unit; nothing is read or written here."""

from __future__ import annotations

from collections.abc import Mapping
import math
from pathlib import Path
import re

from nevil_nodes.lazy_dataclass import dataclass

__all__ = ['Account', 'of_project', 'ServiceUnit']

# The loop of a supervisor that works turns many times a second.
WATCHDOG_S = 30
# Seconds for what comes before the first node: interpreter, files, spawner.
_BEFORE_S = 60
# A failing robot is started five times in as many minutes, then left for somebody to look at.
_RESTART_S, _TRIES, _TRIES_IN_S = 5, 5, 300
_PLAIN = re.compile('[A-Za-z0-9_@+=:,./-]+')
_MARK = '# Written by `nevil service install` for '

_TEXT = """\
{mark}
# Every install rewrites it. For settings of your own: systemctl{user_flag} edit {name}
# The logs of the robot are Nevil's own (nevil logs); the journal has what happens before them.

[Unit]
Description=Nevil robot {project}
Documentation=man:systemd.service(5)
{after}StartLimitIntervalSec={tries_in_s}
StartLimitBurst={tries}

[Service]
Type=notify
NotifyAccess=main
ExecStart={command}
WorkingDirectory={directory}
{account}{environment}Restart=on-failure
RestartSec={restart_s}
TimeoutStartSec={start_s}
TimeoutStopSec={stop_s}
WatchdogSec={watchdog_s}
TimeoutAbortSec=5
KillMode=mixed
OOMPolicy=continue
{limits}StandardOutput=journal
StandardError=inherit

[Install]
WantedBy={wanted_by}
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """Who runs a service of the system."""

    name: str
    uid: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ServiceUnit:
    """
    A robot's unit.

    :param name: with ``.service``
    :param directory: the project
    :param command: what is executed, by absolute path
    :param environment: what it needs of the environment in which it was installed
    :param account: who runs it; None for a service of the user's own systemd
    :param start_s: seconds that the robot may take to start
    :param stop_s: and to stop
    """

    name: str
    project: str
    directory: Path
    command: tuple[str, ...]
    environment: Mapping[str, str]
    account: Account | None
    start_s: float
    stop_s: float

    def text(self) -> str:
        """Return the unit file."""
        account, after, limits = '', '', ''
        if self.account is not None:
            # Without the folder that logind makes, `nevil status` would look in another place.
            folder = f'user-runtime-dir@{self.account.uid}.service'
            after = f'Wants={folder}\nAfter=network.target {folder}\n'
            account = f'User={self.account.name}\n'
            limits = 'LimitNICE=-5\n'  # of runtime.priority: high
        environment = ''.join(
            f'Environment={_quoted(f"{name}={value}")}\n'
            for name, value in sorted(self.environment.items()))
        return _TEXT.format(
            mark=_mark(self.directory), user_flag='' if self.account else ' --user',
            name=self.name, project=_literal(self.project), after=after,
            command=' '.join(_quoted(word, dollars=True) for word in self.command),
            directory=_literal(str(self.directory)), account=account, environment=environment,
            limits=limits, start_s=_BEFORE_S + math.ceil(self.start_s),
            stop_s=math.ceil(self.stop_s), watchdog_s=WATCHDOG_S, restart_s=_RESTART_S,
            tries=_TRIES, tries_in_s=_TRIES_IN_S,
            wanted_by='multi-user.target' if self.account else 'default.target')


def of_project(text: str) -> Path | None:
    """Return for which project a unit file was written, None where it is not one of ours."""
    first = text.partition('\n')[0]
    return Path(first[len(_MARK):]) if first.startswith(_MARK) else None


def _mark(directory: Path) -> str:
    return f'{_MARK}{directory}'


def _literal(text: str) -> str:
    """Return a text in which systemd expands nothing."""
    return text.replace('%', '%%')


def _quoted(word: str, *, dollars: bool = False) -> str:
    """Return a word of a list as systemd reads it back (systemd.syntax(7))."""
    if _PLAIN.fullmatch(word):
        return word
    escaped = _literal(word).replace('\\', '\\\\').replace('"', '\\"').replace('\n', '\\n')
    return f'"{escaped.replace("$", "$$") if dollars else escaped}"'
