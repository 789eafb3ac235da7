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

"""List, get and set parameters of nodes."""

from __future__ import annotations

from argparse import ArgumentParser
from argparse import Namespace

from nevil_bringup.cli.inside import hand_over
from nevil_bringup.errors import EXIT_OK

__all__ = ['EPILOG', 'add_arguments', 'begin', 'run']

EPILOG = """\
Where ROS 2 has its command line, that is called with the same words, and takes all of its options.

examples:
    nevil param list camera
    nevil param get camera resolution
    nevil param set camera resolution 720"""


def add_arguments(parser: ArgumentParser) -> None:
    """Add what the verb takes."""
    verbs = parser.add_subparsers(dest='verb', required=True, metavar='list|get|set')
    one = verbs.add_parser('list', help='the parameters of a node, or of all')
    one.add_argument('node_name', nargs='?')
    one = verbs.add_parser('get', help='the value of a parameter')
    one.add_argument('node_name')
    one.add_argument('parameter_name')
    one = verbs.add_parser('set', help='set a parameter')
    one.add_argument('node_name')
    one.add_argument('parameter_name')
    one.add_argument('value', help='YAML')


def begin(argv: list[str]) -> list[str]:
    """Hand over to ROS 2, or go to the robot's environment; return the words to parse."""
    return hand_over(argv)


def run(options: Namespace) -> int:
    """Do it."""
    from nevil_bringup.graph import parameters
    from nevil_bringup.graph.session import session
    with session() as at:
        if options.verb == 'list':
            print('\n'.join(parameters.list_parameters(at, options.node_name)))
        elif options.verb == 'get':
            print(parameters.get_parameter(at, options.node_name, options.parameter_name))
        else:
            print(parameters.set_parameter(
                at, options.node_name, options.parameter_name, options.value))
    return EXIT_OK
