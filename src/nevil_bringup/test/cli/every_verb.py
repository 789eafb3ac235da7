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

"""
Run many command lines in the surroundings of this process, each in a fork of it.

``every_verb.py FD 'WORD ...' ...``: the descriptor gets ``[exit code, ...]`` as JSON. Between
two command lines a line ``== WORD ...`` goes to standard output, where there is one.
"""

from __future__ import annotations

from importlib import import_module
import json
import os
import sys
from typing import Any

from nevil_bringup.cli.main import main
from nevil_bringup.cli.verbs import VERBS


def run(words: list[str]) -> int:
    """Return the exit code of a command line."""
    try:
        os.write(1, os.fsencode(f'== {" ".join(words)}\n'))
    except OSError:
        pass
    pid = os.fork()
    if not pid:
        code: Any = 99
        try:
            sys.argv[1:] = words  # a verb may execute the program anew
            code = main(words)
        except SystemExit as error:
            code = error.code or 0
        finally:
            for stream in (sys.stdout, sys.stderr):
                if stream is not None:
                    stream.flush()
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


if __name__ == '__main__':
    for name in {*VERBS} - {'help', 'test'}:  # once, not in each fork
        import_module(f'nevil_bringup.cli.verb.{name}')
    import_module('nevil_nodes.declarations.report')
    codes = [run(verb.split()) for verb in sys.argv[2:]]
    os.write(int(sys.argv[1]), json.dumps(codes).encode())
