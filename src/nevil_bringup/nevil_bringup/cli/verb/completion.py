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

"""Print the completion script for bash, zsh or fish."""

from __future__ import annotations

from argparse import ArgumentParser
from argparse import Namespace
from collections.abc import Iterator
from importlib import import_module
import os

from nevil_bringup.cli.main import parser_of
from nevil_bringup.cli.verb.node import ACTIONS
from nevil_bringup.cli.verb.service import ACTIONS as SERVICE_ACTIONS
from nevil_bringup.cli.verbs import ALIASES
from nevil_bringup.cli.verbs import VERBS
from nevil_bringup.errors import EXIT_OK
from nevil_bringup.errors import EXIT_USAGE
from nevil_bringup.errors import UserError
from nevil_nodes.logs.record import LEVELS

__all__ = ['EPILOG', 'add_arguments', 'run']

EPILOG = """\
examples:
    source <(nevil completion bash)      # in ~/.bashrc
    source <(nevil completion zsh)       # in ~/.zshrc, after compinit
    nevil completion fish | source       # in ~/.config/fish/config.fish"""

_SHELLS = ('bash', 'zsh', 'fish')
_TAKE_NODES = ('alerts', 'logs', 'node', 'run', 'why')
_ZSH_HEAD = 'autoload -U +X bashcompinit && bashcompinit\n'
_WITHOUT_MODULE = frozenset({'help', 'test'})

_SCRIPT = """\
_nevil() {{
    local cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD-1]}}
    local verb=${{COMP_WORDS[1]}} words='' project='' i
    COMPREPLY=()
    for ((i = 2; i < COMP_CWORD; i++)); do
        [[ ${{COMP_WORDS[i]}} != --project ]] || project=${{COMP_WORDS[i+1]}}
    done
    if [[ $prev == --project ]]; then
        COMPREPLY=($(compgen -d -- "$cur"))
        return
    fi
    if ((COMP_CWORD == 1)); then
        words='{verbs}'
    elif [[ $cur == -* ]]; then
        case $verb in
{options}
        esac
    elif [[ $verb == help ]] && ((COMP_CWORD == 2)); then
        words='{verbs}'
    elif [[ $verb == completion ]] && ((COMP_CWORD == 2)); then
        words='{shells}'
    elif [[ $verb == node ]] && ((COMP_CWORD == 2)); then
        words='{actions}'
    elif [[ $verb == service ]] && ((COMP_CWORD == 2)); then
        words='{service_actions}'
    elif [[ $prev == --level ]]; then
        words='{levels}'
    elif [[ $prev == --for ]]; then
        words='10m 1h 8h'
    elif [[ $verb == node && $prev == ack ]]; then
        words=$("${{COMP_WORDS[0]}}" __complete alerts ${{project:+"$project"}} 2>/dev/null)
    elif [[ $prev == --resolved || $prev != --* && {named} ]]; then
        words=$("${{COMP_WORDS[0]}}" __complete nodes ${{project:+"$project"}} 2>/dev/null)
        [[ $verb != logs ]] || words+=' system'
    fi
    COMPREPLY=($(compgen -W "$words" -- "$cur"))
}}
complete -o default -F _nevil nevil
"""


def add_arguments(parser: ArgumentParser) -> None:
    """Add what the verb takes."""
    parser.add_argument('shell', nargs='?', help='bash, zsh or fish; default: that of SHELL')


def run(options: Namespace) -> int:
    """Print the script."""
    shell = options.shell or os.path.basename(os.environ.get('SHELL', ''))
    if shell not in _SHELLS:
        raise UserError(f'completion: {shell!r} is not one of {", ".join(_SHELLS)}', EXIT_USAGE)
    if shell == 'fish':
        print('\n'.join(_fish()))
        return EXIT_OK
    names = [*VERBS, *ALIASES]
    cases = [f"            {name}) words='{' '.join(_options(ALIASES.get(name, name)))}' ;;"
             for name in names if name not in _WITHOUT_MODULE]
    script = _SCRIPT.format(verbs=' '.join(names), options='\n'.join(cases),
                            shells=' '.join(_SHELLS), levels=' '.join(LEVELS),
                            actions=' '.join(ACTIONS),
                            service_actions=' '.join(SERVICE_ACTIONS),
                            named=f'$verb =~ ^({"|".join(_TAKE_NODES)})$')
    print((_ZSH_HEAD if shell == 'zsh' else '') + script, end='')
    return EXIT_OK


def _fish() -> Iterator[str]:
    """Yield one line for each thing that can be completed."""
    yield 'complete -c nevil -f'
    for name in [*VERBS, *ALIASES]:
        verb = ALIASES.get(name, name)
        yield _fish_line('__fish_use_subcommand', name, VERBS[verb])
        if verb in _WITHOUT_MODULE:
            continue
        seen = f'__fish_seen_subcommand_from {name}'
        for flag in _options(verb):
            kind = 's' if len(flag) == 2 else 'l'
            yield f"complete -c nevil -n '{seen}' -{kind} {flag.lstrip('-')}"
        if verb in _TAKE_NODES:
            yield _fish_line(seen, '(nevil __complete nodes 2>/dev/null)')
    for verb, words in (
            ('node', ACTIONS), ('service', SERVICE_ACTIONS), ('completion', _SHELLS)):
        yield _fish_line(f'__fish_seen_subcommand_from {verb}', ' '.join(words))
    yield "complete -c nevil -l project -r -a '(__fish_complete_directories)'"
    yield f"complete -c nevil -l level -x -a '{' '.join(LEVELS)}'"


def _fish_line(condition: str, words: str, what: str = '') -> str:
    what = what.replace("'", "\\'")
    return (f"complete -c nevil -n '{condition}' -a '{words}'"
            + (f" -d '{what}'" if what else ''))


def _options(verb: str) -> list[str]:
    parser = parser_of(verb, import_module(f'nevil_bringup.cli.verb.{verb}'))
    return [flag for action in parser._actions for flag in action.option_strings]
