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


"""Write the messages of `.messages` files from the command line; CMake calls this."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
import os
from pathlib import Path
import sys

from nevil_msggen.package import message_files
from nevil_msggen.package import package_files
from nevil_msggen.package import TABLE_NAME
from nevil_msggen.package import table_text
from nevil_msggen.package import write_files
from nevil_msggen.parse import read_messages
from nevil_msggen.problem import has_errors
from nevil_msggen.problem import Problem
from nevil_msggen.types import merge_types


def main(argv: Sequence[str] | None = None) -> int:
    """
    Run the translator.

    :returns: 0, or 1 when a file has errors (they are on stderr) or nothing can be written
    """
    arguments = _parser().parse_args(argv)
    problems: list[Problem] = []
    files = []
    for path in arguments.files:
        parsed, found = read_messages(path, os.path.relpath(path))
        files.append(parsed)
        problems += found
    table, found = merge_types(files)
    problems += found
    for problem in sorted(problems, key=Problem.sort_key):
        print(f'{problem.severity}: {problem}', file=sys.stderr)
    if has_errors(problems):
        return 1
    if arguments.command == 'package':
        content = package_files(table, arguments.package)
    else:
        content = {**message_files(table), TABLE_NAME: table_text(table, arguments.package)}
    try:
        write_files(content, arguments.output)
    except OSError as error:
        print(f'error: {arguments.output}: cannot be written: {error.strerror}', file=sys.stderr)
        return 1
    for name in sorted(content):
        print(name)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog='python -m nevil_msggen',
        description='Translate .messages files into ROS 2 messages and print what was made.')
    parser.add_argument('command', choices=('msgs', 'package'),
                        help='only .msg files and the table, or a whole interface package')
    parser.add_argument('--package', required=True, help='name of the interface package')
    parser.add_argument('--output', required=True, type=Path, help='folder to write into')
    parser.add_argument('files', nargs='+', type=Path, metavar='FILE',
                        help="a node's .messages; its folder has the node's name")
    return parser


if __name__ == '__main__':
    sys.exit(main())
