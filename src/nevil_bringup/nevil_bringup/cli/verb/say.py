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

"""Send a sentence to the robot and show what it answers."""

from __future__ import annotations

from argparse import ArgumentParser
from argparse import Namespace
import json

from nevil_bringup.cli.inside import enter_environment
from nevil_bringup.cli.options import add_json
from nevil_bringup.cli.options import add_wait
from nevil_bringup.control.connect import connect
from nevil_bringup.errors import EXIT_FAILED
from nevil_bringup.errors import EXIT_OK
from nevil_bringup.errors import EXIT_USAGE
from nevil_bringup.errors import UserError
from nevil_bringup.project import find_paths
from nevil_health.control.session import Ping

__all__ = ['EPILOG', 'add_arguments', 'run']

EPILOG = """\
The text is published on /speech_text; the answer is read from /speaking_status.

exit codes: 0 sent and answered (with --no-wait: sent), 1 no node listens or answers

examples:
    nevil say "hello robot"
    nevil say --no-wait "good night\""""

_LISTENER_S = 5.0
_ANSWER_S = 5.0


def add_arguments(parser: ArgumentParser) -> None:
    """Add what the verb takes."""
    parser.add_argument('text', nargs='+', help='the sentence')
    add_wait(parser, 'for the answer', wait=True, timeout_s=_ANSWER_S)
    add_json(parser)


def run(options: Namespace) -> int:
    """Say it."""
    paths = find_paths(options.project)
    text = ' '.join(options.text).strip()
    if not text:
        raise UserError('say: there is nothing to say', EXIT_USAGE)
    client = connect(paths)
    if client is None:
        raise UserError(f'{paths.project.name} is not running; nevil start starts it')
    with client:
        middleware = dict(client.request(Ping()).middleware or {})
    enter_environment(paths, middleware)
    from nevil_bringup.api.say import say
    answer = say(text, listener_s=_LISTENER_S, answer_s=options.timeout if options.wait else None)
    if options.json:
        print(json.dumps({'text': text, 'answer': answer}))
    elif answer is not None:
        print(answer)
    if options.wait and answer is None:
        raise UserError(f'sent, but there is no answer after {options.timeout:g} s; '
                        'nevil logs shows where it stopped')
    return EXIT_OK if answer is not None or not options.wait else EXIT_FAILED
