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

"""``ros2 nevil VERB ...`` is ``nevil VERB ...``."""

from __future__ import annotations

from argparse import ArgumentParser
from argparse import Namespace
from argparse import RawDescriptionHelpFormatter
from argparse import REMAINDER
from importlib import import_module
from typing import Any

from nevil_bringup.api.project_status import node_names
from nevil_bringup.api.project_status import open_alerts
from nevil_bringup.cli.main import main
from nevil_bringup.cli.main import parser_of
from nevil_bringup.cli.verbs import ALIASES
from nevil_bringup.cli.verbs import overview
from nevil_bringup.cli.verbs import VERBS
from nevil_bringup.errors import UserError
from nevil_bringup.project import find_paths
from ros2cli.command import CommandExtension

__all__ = ['complete', 'NevilCommand']

_ONLY_NEVIL = ('completion', 'test')  # of the command nevil itself, and of its workspace
_TAKE_NODES = ('alerts', 'logs', 'node', 'run', 'why')


class NevilCommand(CommandExtension):  # type: ignore[misc]
    """Start, stop and show a robot of Nevil."""

    def add_arguments(self, parser: ArgumentParser, cli_name: str) -> None:
        """Take everything as it is: the verbs have parsers of their own."""
        parser.formatter_class = RawDescriptionHelpFormatter
        parser.description = overview().partition('\n\n')[2]
        words: Any = parser.add_argument(
            'words', nargs=REMAINDER, metavar='COMMAND ...', help='as for nevil')
        words.completer = _completer

    def main(self, *, parser: ArgumentParser, args: Namespace) -> int:
        """Run the verb."""
        return main(args.words)


def _completer(prefix: str, parsed_args: Namespace, **_: Any) -> list[str]:
    return [word for word in complete(parsed_args.words or [], prefix) if word.startswith(prefix)]


def complete(before: list[str], prefix: str) -> list[str]:
    """
    Return what may stand next; in doubt nothing, since the user is in the midst of a line.

    :param before: the words before it
    :param prefix: its beginning
    """
    if not before:
        return [name for name in (*VERBS, *ALIASES) if name not in _ONLY_NEVIL]
    verb = ALIASES.get(before[0], before[0])
    if verb not in VERBS or verb in (*_ONLY_NEVIL, 'help'):
        return [] if verb != 'help' else list(VERBS)
    module: Any = import_module(f'nevil_bringup.cli.verb.{verb}')
    if prefix.startswith('-'):
        return [flag for action in parser_of(verb, module)._actions
                for flag in action.option_strings]
    if before == ['node']:
        return list(module.ACTIONS)
    try:
        paths = find_paths(before[before.index('--project') + 1] if '--project' in before
                           else None)
        if before[:2] == ['node', 'ack']:
            return list(open_alerts(paths))
        return list(node_names(paths)) if verb in _TAKE_NODES else []
    except (UserError, IndexError, OSError):
        return []
