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

"""List, show, measure and publish topics."""

from __future__ import annotations

from argparse import ArgumentParser
from argparse import Namespace

from nevil_bringup.cli.inside import hand_over
from nevil_bringup.cli.times import at_least_zero
from nevil_bringup.errors import EXIT_INTERRUPTED
from nevil_bringup.errors import EXIT_OK

__all__ = ['EPILOG', 'add_arguments', 'begin', 'run']

EPILOG = """\
In the robot's ROS domain and with its messages. Where ROS 2 has its command line, that is called
with the same words, and takes all of its options; the embedded ROS 2 has none.

examples:
    nevil topic list -t
    nevil topic echo /system_mode --once
    nevil topic hz /image
    nevil topic pub --once /system_mode my_robot_msgs/msg/SystemMode '{mode: idle}'"""


def add_arguments(parser: ArgumentParser) -> None:
    """Add what the verb takes."""
    verbs = parser.add_subparsers(dest='verb', required=True, metavar='list|echo|hz|pub')
    one = verbs.add_parser('list', help='the topics')
    one.add_argument('-t', '--show-types', action='store_true', help='with their types')
    one.add_argument('-c', '--count-topics', action='store_true', help='only how many')
    one.add_argument('--include-hidden-topics', action='store_true', help='hidden ones too')
    one = verbs.add_parser('echo', help='show the messages of a topic')
    one.add_argument('topic_name')
    one.add_argument('message_type', nargs='?')
    one.add_argument('--once', action='store_true', help='only the first')
    one.add_argument('--timeout', type=at_least_zero, metavar='S', help='end after that')
    one.add_argument('-f', '--full-length', action='store_true', help='shorten nothing')
    one = verbs.add_parser('hz', help='measure how often a topic is published')
    one.add_argument('topic_name')
    one.add_argument('-w', '--window', type=int, default=10000, help='messages to average over')
    one = verbs.add_parser('pub', help='publish a message')
    one.add_argument('topic_name')
    one.add_argument('message_type')
    one.add_argument('values', nargs='?', default='{}', help='YAML')
    one.add_argument('-r', '--rate', type=float, default=1.0, metavar='HZ')
    one.add_argument('-1', '--once', action='store_true', help='once')
    one.add_argument('-t', '--times', type=int, default=0, metavar='N', help='that often')
    one.add_argument('-w', '--wait-matching-subscriptions', type=int, metavar='N')


def begin(argv: list[str]) -> list[str]:
    """Hand over to ROS 2, or go to the robot's environment; return the words to parse."""
    return hand_over(argv)


def run(options: Namespace) -> int:
    """Do it."""
    from nevil_bringup.graph import topics
    from nevil_bringup.graph.session import session
    try:
        with session() as at:
            if options.verb == 'list':
                found = topics.topics(at, hidden=options.include_hidden_topics)
                if options.count_topics:
                    print(len(found))
                else:
                    for name, types in found:
                        print(f'{name} [{", ".join(types)}]' if options.show_types else name)
            elif options.verb == 'echo':
                topics.echo(at, options.topic_name, options.message_type, once=options.once,
                            timeout_s=options.timeout, whole=options.full_length)
            elif options.verb == 'hz':
                topics.hz(at, options.topic_name, options.window)
            else:
                times = 1 if options.once else options.times
                wait = options.wait_matching_subscriptions
                topics.publish(
                    at, options.topic_name, options.message_type, options.values,
                    rate=options.rate, times=times,
                    wait=int(times != 0) if wait is None else wait)
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    return EXIT_OK
