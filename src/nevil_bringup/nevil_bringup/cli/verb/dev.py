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

"""Start the system, and take over each edit of its files."""

from __future__ import annotations

from argparse import ArgumentParser
from argparse import Namespace

from nevil_bringup.cli.verb import start

__all__ = ['EPILOG', 'add_arguments', 'run']

EPILOG = """\
The same as 'nevil start --watch'. When you save a file, Nevil restarts the nodes whose code it is:
the files beside a node's module, and what they import from the project. It builds messages that
have changed and restarts the nodes that use them, starts a node whose folder is new and stops one
whose folder is gone. Files with errors are shown, and the system goes on as it was.

The kernel tells of edits where watchdog is installed ('apt install python3-watchdog'); elsewhere
the files are looked at three times a second.

example:
    nevil dev"""


def add_arguments(parser: ArgumentParser) -> None:
    """Add what the verb takes: the same as start."""
    start.add_arguments(parser)


def run(options: Namespace) -> int:
    """Start, and watch."""
    options.watch = True
    return start.run(options)
