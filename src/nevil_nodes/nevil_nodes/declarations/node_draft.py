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

"""A node while its files are being understood."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path
from typing import Any

from nevil_msggen.problem import Problem
from nevil_msggen.problem import Severity
from nevil_nodes.declarations.layers import Settings
from nevil_nodes.declarations.plan import NodeStatus
from nevil_nodes.declarations.plan import TopicPlan

__all__ = ['Node']


@dataclass
class Node:
    """
    One node: its settings, and what is found out about it step by step.

    :param file: its ``.nodes`` as shown to the user
    :param readable: whether that could be read at all
    :param environment: its own variables, expanded
    :param module: file or dotted module of its class, '' for an executable
    :param methods: what its class has; None where that cannot be seen
    :param argv: command line of its executable, empty for a class
    :param component: its container was made for this one of ``components``; None: it has those
        that are not isolated
    """

    name: str
    folder: Path
    file: str
    settings: Settings
    readable: bool = True
    status: NodeStatus = 'live'
    environment: dict[str, str] = field(default_factory=dict)
    module: str = ''
    class_name: str = ''
    methods: Collection[str] | None = None
    argv: tuple[str, ...] = ()
    component: int | None = None
    requires: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    messages: dict[str, Any] = field(default_factory=dict)
    publishes: tuple[TopicPlan, ...] = ()
    subscribes: tuple[TopicPlan, ...] = ()

    @property
    def enabled(self) -> bool:
        """Return whether the node may ever run."""
        return self.status != 'disabled'

    @property
    def is_executable(self) -> bool:
        """Return whether the node is an executable or a command instead of a class."""
        return self.is_command or bool(self.settings.get('creation', 'executable'))

    @property
    def is_command(self) -> bool:
        """Return whether the node is a process that need not be a ROS node."""
        return bool(self.settings.get('creation', 'command'))

    @property
    def composed(self) -> bool:
        """Return whether the node shares its process."""
        return not self.is_executable and not self.settings.get('runtime', 'isolated_process')

    def place(self, *path: str | int) -> str:
        """Return ``file:line`` of one of its values."""
        origin = self.settings.origin(*path)
        return str(origin) if origin.file else self.file

    def problem(self, path: tuple[str | int, ...], text: str, fix: str = '',
                severity: Severity = 'error') -> Problem:
        """Return a problem at the place of one of its values."""
        origin = self.settings.origin(*path)
        return Problem(
            file=origin.file or self.file, line=origin.line,
            key='.'.join(str(part) for part in path if isinstance(part, str)),
            text=text, fix=fix, severity=severity)
