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

"""The frame of the command line: help, errors, exit codes."""

from __future__ import annotations

from importlib import import_module
import os
import signal
import subprocess

from nevil_bringup.cli.verbs import VERBS
from place import Place
import pytest

MODULES = sorted(set(VERBS) - {'help', 'test'})


def test_help_names_every_verb_and_gives_examples(place: Place) -> None:
    """The first thing a newcomer types."""
    code, out, err = place.nevil('help')
    assert (code, err) == (0, '')
    for line in (
            'launch/start    Launch the Nevil system', 'stop            Stop the Nevil system',
            'restart         Restart the Nevil system', 'status          Show system status',
            'validate        Validate configuration',
            'init            Initialize new Nevil project'):
        assert f'    {line}\n' in out
    assert all(f'    {name} ' in out or name in ('launch', 'start') for name in VERBS)
    assert '    nevil logs speech_recognition    # Show node logs\n' in out
    assert out == place.nevil()[1] == place.nevil('--help')[1] == place.nevil('help', 'help')[1]


@pytest.mark.parametrize('verb', MODULES)
def test_every_verb_explains_itself(place: Place, verb: str) -> None:
    """Its help line is the docstring of its module, its options and examples follow."""
    module = import_module(f'nevil_bringup.cli.verb.{verb}')
    assert module.__doc__ == f'{VERBS[verb]}.'
    code, out, err = place.nevil('help', verb)
    assert (code, err) == (0, '')
    assert out.startswith(f'usage: nevil {verb} ')
    assert '--project DIR' in out and 'example' in out
    assert out == place.nevil(verb, '--help')[1]


@pytest.mark.parametrize(('args', 'error'), [
    (['stats'], "there is no command 'stats'; did you mean 'status'?"),
    (['lunch'], "there is no command 'lunch'; did you mean 'launch'?"),
    (['xyzzy'], "there is no command 'xyzzy'; nevil help lists them"),
    (['status', '--josn'],
     "status: unrecognized arguments: --josn; did you mean '--json'?"),
    (['status', 'camera'],
     'status: unrecognized arguments: camera; nevil status --help shows its options'),
    (['start', '--timeout', 'soon'],
     "start: argument --timeout: 'soon' is not a number of seconds; "
     'nevil start --help shows its options'),
    (['node', 'start'], 'node start: name a node; nevil node list shows them'),
    (['test'], "'test' is a command of Nevil's own workspace: scripts/nevil test"),
    (['completion', 'tcsh'], "completion: 'tcsh' is not one of bash, zsh, fish"),
])
def test_wrong_usage_is_one_line_and_two(place: Place, args: list[str], error: str) -> None:
    """What is wrong and the way out, no usage dump, no traceback."""
    assert place.nevil(*args) == (2, '', f'nevil: {error}\n')


def test_an_internal_error_is_one_line(place: Place) -> None:
    """A user never sees a traceback; an engineer can."""
    broken = place.root / 'sitecustomize.py'
    broken.write_text(
        'import nevil_bringup.api.project_status as s\ndef boom(*_): raise KeyError("nodes")\n'
        's.read_status = boom\n')
    environ = {**place.environ, 'PYTHONPATH': f'{place.root}:{os.environ["PYTHONPATH"]}'}
    assert place.nevil('status', env=environ) == (
        1, '', "nevil: internal error: KeyError: 'nodes'; NEVIL_DEBUG=1 shows where\n")
    assert 'Traceback' in place.nevil('status', env={**environ, 'NEVIL_DEBUG': '1'})[2]


def test_a_closed_pipe_is_no_error(place: Place) -> None:
    """``nevil help | head -1`` must print one line and nothing else."""
    process = place.begin('completion', 'bash')
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == ''
    assert process.wait(20) in (0, 141)
    process.stderr.close()
    process.stdout = process.stderr = None


def test_ctrl_c_is_130_without_a_traceback(place: Place) -> None:
    """As a shell has it."""
    process = place.begin('logs', '-f')
    (place.project / 'logs').mkdir()
    (place.project / 'logs' / 'x.log').write_text('hello\n')
    assert process.stdout is not None and process.stdout.readline().endswith('hello\n')
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (130, '', '')


def test_version_names_the_parts(place: Place) -> None:
    """For bug reports."""
    code, out, _ = place.nevil('version')
    assert code == 0 and out.startswith('nevil 0.') and ', Python 3.' in out and 'ROS 2' in out
    assert place.nevil('--version')[1] == out


COMPLETE = """
source <({command} completion bash)
nevil() {{ {command} "$@"; }}
COMP_WORDS=({words}) COMP_CWORD={index}
_nevil
echo "${{COMPREPLY[*]}}"
"""


@pytest.mark.parametrize(('words', 'expected'), [
    (['nevil', 'sta'], 'start status'),
    (['nevil', 'status', '--'], '--help --watch --interval --json --project'),
    (['nevil', 'node', 're'], 'restart resume release'),
    (['nevil', 'node', 'restart', 'ca'], 'camera'),
    (['nevil', 'logs', ''], 'arm camera system'),
    (['nevil', 'why', 'a'], 'arm'),
    (['nevil', 'alerts', ''], 'arm camera'),
    (['nevil', 'node', 'silence', 'arm', '--for', ''], '10m 1h 8h'),
    (['nevil', 'node', 'silence', 'arm', '--reason', ''], ''),
    (['nevil', 'completion', ''], 'bash zsh fish'),
    (['nevil', 'logs', '--level', 'W'], 'WARNING'),
    (['nevil', 'help', 'val'], 'validate'),
])
def test_bash_completes(place: Place, words: list[str], expected: str) -> None:
    """Verbs, options, and the names of nodes, of a system that does not run too."""
    for name in ('camera', 'arm'):
        (place.project / 'nodes' / name).mkdir(parents=True)
    script = COMPLETE.format(command='python -m nevil_bringup', index=len(words) - 1,
                             words=' '.join(f"'{word}'" for word in words))
    result = subprocess.run(['bash', '-c', script], env=place.environ, cwd=place.root, text=True,
                            capture_output=True, timeout=60)
    assert (result.stdout.strip(), result.stderr) == (expected, '')


def test_the_zsh_script_is_the_same_behind_bashcompinit(place: Place) -> None:
    """One script to keep true."""
    bash, zsh = (place.nevil('completion', shell)[1] for shell in ('bash', 'zsh'))
    assert zsh == 'autoload -U +X bashcompinit && bashcompinit\n' + bash


def test_fish_gets_a_line_for_each_thing(place: Place) -> None:
    """Verbs, options of each, actions, nodes and levels."""
    code, out, err = place.nevil('completion', 'fish')
    lines = out.splitlines()
    assert (code, err) == (0, '') and all(line.startswith('complete -c nevil') for line in lines)
    assert all(any(f"-a '{verb}'" in line for line in lines) for verb in VERBS)
    for part in ("from logs' -s f", "from start' -l foreground", '-l level -x', 'list create'):
        assert part in out, part


@pytest.mark.parametrize(('words', 'hint'), [
    (['node', 'restrat', 'camera'], "did you mean 'restart'?"),
    (['node', 'logs', 'camera'], "'nevil logs' is a command of its own"),
    (['service', 'instal'], "did you mean 'install'?"),
])
def test_a_slip_in_an_action_is_told(place: Place, words: list[str], hint: str) -> None:
    """As for a command and an option."""
    code, _, err = place.nevil(*words)
    assert code == 2 and hint in err and len(err.splitlines()) == 1
