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

"""Show and change lifecycle states of nodes."""

from __future__ import annotations

from argparse import ArgumentParser
from argparse import Namespace

from nevil_bringup.cli.inside import hand_over
from nevil_bringup.errors import EXIT_OK

__all__ = ['EPILOG', 'add_arguments', 'begin', 'run']

EPILOG = """\
Where ROS 2 has its command line, that is called with the same words, and takes all of its options.
Nevil corrects the state of a node that it runs; 'nevil node hold NODE' suspends that.

examples:
    nevil lifecycle get
    nevil lifecycle list camera
    nevil lifecycle set camera deactivate"""


def add_arguments(parser: ArgumentParser) -> None:
    """Add what the verb takes."""
    verbs = parser.add_subparsers(dest='verb', required=True, metavar='nodes|get|list|set')
    verbs.add_parser('nodes', help='the nodes with a lifecycle')
    one = verbs.add_parser('get', help='the state of a node, or of all')
    one.add_argument('node_name', nargs='?')
    one = verbs.add_parser('list', help='the transitions that are possible now')
    one.add_argument('node_name')
    one = verbs.add_parser('set', help='change the state')
    one.add_argument('node_name')
    one.add_argument('transition')


def begin(argv: list[str]) -> list[str]:
    """Hand over to ROS 2, or go to the robot's environment; return the words to parse."""
    return hand_over(argv)


def run(options: Namespace) -> int:
    """Do it."""
    from nevil_bringup.graph import lifecycles
    from nevil_bringup.graph.session import session
    with session() as at:
        if options.verb == 'nodes':
            print('\n'.join(lifecycles.lifecycle_nodes(at)))
        elif options.verb == 'get':
            print('\n'.join(lifecycles.states(at, options.node_name)))
        elif options.verb == 'list':
            print('\n'.join(lifecycles.transitions(at, options.node_name)))
        else:
            print(lifecycles.change(at, options.node_name, options.transition))
    return EXIT_OK
