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

"""Show the version."""

from __future__ import annotations

from argparse import ArgumentParser
from argparse import Namespace
import json
import os
import platform
import re

from nevil_bringup.cli.options import add_json
from nevil_bringup.errors import EXIT_OK
from nevil_bringup.project import shares

__all__ = ['EPILOG', 'add_arguments', 'run']

EPILOG = """\
example:
    nevil version"""


def add_arguments(parser: ArgumentParser) -> None:
    """Add what the verb takes."""
    add_json(parser)


def run(options: Namespace) -> int:
    """Print the versions of Nevil, Python and ROS 2."""
    document = {'nevil': _nevil_version(), 'python': platform.python_version(),
                'ros_distro': os.environ.get('ROS_DISTRO') or 'jazzy (embedded)'}
    if options.json:
        print(json.dumps(document))
    else:
        print('nevil {nevil}, Python {python}, ROS 2 {ros_distro}'.format(**document))
    return EXIT_OK


def _nevil_version() -> str:
    for share in reversed(shares()):
        try:
            text = (share / 'package.xml').read_text(encoding='utf-8')
        except OSError:
            continue
        match = re.search(r'<version>\s*([^<\s]+)\s*</version>', text)
        if match:
            return match.group(1)
    return 'unknown'
