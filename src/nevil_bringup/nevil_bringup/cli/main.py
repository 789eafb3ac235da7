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

"""Find the verb, load its module, run it; say what went wrong in one line."""

from __future__ import annotations

import argparse
from importlib import import_module
import os
import re
import sys
from typing import Any
from typing import NoReturn

from nevil_bringup.cli.verbs import ALIASES
from nevil_bringup.cli.verbs import overview
from nevil_bringup.cli.verbs import VERBS
from nevil_bringup.errors import ControlError
from nevil_bringup.errors import EXIT_FAILED
from nevil_bringup.errors import EXIT_INTERRUPTED
from nevil_bringup.errors import EXIT_OK
from nevil_bringup.errors import EXIT_USAGE
from nevil_bringup.errors import UserError
from nevil_bringup.printing.streams import guard_streams
from nevil_bringup.printing.streams import open_missing_streams

__all__ = ['main', 'parser_of']

_EXIT_BROKEN_PIPE = 141  # as a shell shows a process that SIGPIPE ended
_INTERNAL = {'__complete': 'complete'}
_ELSEWHERE = 'test'
_INVALID_CHOICE = re.compile(r"invalid choice: '([^']*)'")


def main(argv: list[str] | None = None) -> int:
    """
    Run one verb.

    :param argv: command line without the program's name
    :returns: the exit code
    """
    open_missing_streams()
    guard_streams()
    try:
        status = _run(sys.argv[1:] if argv is None else argv)
        sys.stdout.flush()
        return status
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _EXIT_BROKEN_PIPE
    except UserError as error:
        return _fail(str(error), error.status)
    except OSError as error:
        return _fail(_os_error_text(error), EXIT_FAILED)
    except ControlError as error:
        return _fail(str(error), EXIT_FAILED)
    except UnicodeEncodeError as error:
        return _fail(f'the locale of this terminal cannot express {error.object!a}, which is '
                     'needed for a path; set LC_ALL=C.UTF-8', EXIT_FAILED)
    except Exception as error:  # noqa: B902 - a user sees one line, never a traceback
        if os.environ.get('NEVIL_DEBUG'):
            raise
        return _fail(f'internal error: {type(error).__name__}: {error}; '
                     'NEVIL_DEBUG=1 shows where', EXIT_FAILED)


def _run(argv: list[str]) -> int:
    word = argv[0] if argv else 'help'
    if word == 'help' and len(argv) > 1:
        word, argv = argv[1], [argv[1], '--help']
    if word in ('-h', '--help', 'help'):
        print(overview())
        return EXIT_OK
    word = {'--version': 'version', **ALIASES}.get(word, word)
    if word == _ELSEWHERE:
        raise UserError("'test' is a command of Nevil's own workspace: scripts/nevil test",
                        EXIT_USAGE)
    if word in _INTERNAL:
        module: Any = import_module(f'nevil_bringup.cli.verb.{_INTERNAL[word]}')
        return int(module.complete(argv[1:]))
    if word not in VERBS:
        raise UserError(f'there is no command {word!r}; '
                        f'{_did_you_mean(word) or "nevil help lists them"}', EXIT_USAGE)
    module = import_module(f'nevil_bringup.cli.verb.{word}')
    parser = parser_of(word, module)
    if hasattr(module, 'begin'):  # ros2's words: with verbs of its own, which cannot be mixed
        return int(module.run(parser.parse_args(module.begin(argv)[1:])))
    return int(module.run(parser.parse_intermixed_args(argv[1:])))


def parser_of(verb: str, module: Any) -> argparse.ArgumentParser:
    """Return the parser of a verb's options."""
    parser = _Parser(
        prog=f'nevil {verb}', description=f'{VERBS[verb]}.', epilog=module.EPILOG,
        allow_abbrev=False, formatter_class=argparse.RawDescriptionHelpFormatter)
    module.add_arguments(parser)
    parser.add_argument('--project', metavar='DIR', help='folder of the project')
    return parser


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one line."""

    def error(self, message: str) -> NoReturn:
        """Raise the error for the user."""
        prefix, _, words = message.partition('unrecognized arguments: ')
        hint = ''
        if wrong := _INVALID_CHOICE.search(message):
            choices = [choice for action in self._actions for choice in action.choices or ()]
            hint = (f"'nevil {wrong[1]}' is a command of its own" if wrong[1] in VERBS
                    else _did_you_mean(wrong[1], choices))
        if words and not prefix:
            known = [flag for action in self._actions for flag in action.option_strings]
            hint = _did_you_mean(words.split()[0], known)
        raise UserError(f'{self.prog.partition(" ")[2]}: {message}; '
                        f'{hint or f"{self.prog} --help shows its options"}', EXIT_USAGE)


def _did_you_mean(word: str, known: list[str] | None = None) -> str:
    from nevil_msggen.problem import did_you_mean
    return did_you_mean(word, known or [*VERBS, *ALIASES])


def _os_error_text(error: OSError) -> str:
    """Return what is wrong with which file or folder, and the way out."""
    try:
        os.getcwd()
    except FileNotFoundError:
        if error.filename is None or not os.path.isabs(os.fsdecode(error.filename)):
            return 'the current folder has been removed; go to another one (cd)'
    from nevil_bringup.paths import file_problem
    return file_problem(error)


def _fail(text: str, status: int) -> int:
    try:
        sys.stdout.flush()
        print(f'nevil: {text}', file=sys.stderr, flush=True)
    except OSError:
        pass  # nobody listens any more; the exit code remains
    return status
