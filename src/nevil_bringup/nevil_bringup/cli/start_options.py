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

"""What ``nevil start`` takes, and ``nevil launch`` without a file."""

from __future__ import annotations

from argparse import ArgumentParser
from argparse import BooleanOptionalAction

from nevil_bringup.cli.options import add_wait

__all__ = ['add_arguments']


def add_arguments(parser: ArgumentParser) -> None:
    """Add what the verb takes."""
    parser.add_argument('--foreground', action='store_true',
                        help='stay attached: show the logs, Ctrl-C stops the system')
    parser.add_argument('--watch', action='store_true',
                        help='stay, and take over each edit of the files; Ctrl-C ends that')
    parser.add_argument('--launch', action='store_true',
                        help="through ROS 2's launch, as 'ros2 launch nevil_bringup "
                             "nevil.launch.py'")
    add_wait(parser, 'until every node is ready', wait=None, timeout_s=None,
             declared=('launch.wait_for_healthy', 'launch.ready_timeout'))
    parser.add_argument('--logscope', action=BooleanOptionalAction, default=None,
                        help='open LogScope, the log viewer, with the system '
                             '(system.monitoring.logscope_enabled)')
    parser.add_argument('--json', action='store_true', help='print the status at the end')
