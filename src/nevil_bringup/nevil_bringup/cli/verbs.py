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

"""The verbs, by name: what each is for. Their modules are loaded only when used."""

from __future__ import annotations

__all__ = ['ALIASES', 'VERBS', 'overview']

VERBS = {
    'start': 'Launch the Nevil system',
    'launch': 'Run any launch file under Nevil',
    'dev': 'Start the system, and take over each edit of its files',
    'run': 'Run one node in this terminal, beside the robot or alone',
    'stop': 'Stop the Nevil system',
    'restart': 'Restart the Nevil system',
    'status': 'Show system status',
    'alerts': 'Show alerts: what is wrong now, or was recently',
    'why': 'Explain the state of a node, or of the whole robot',
    'logs': 'Show system logs, or those of one node',
    'monitor': 'Open LogScope, the log viewer',
    'node': 'Node management commands: list, create, start, stop, pause, hold and more',
    'topic': 'List, show, measure and publish topics',
    'param': 'List, get and set parameters of nodes',
    'lifecycle': 'Show and change lifecycle states of nodes',
    'service': 'Run the robot as a systemd service: install, uninstall, status',
    'say': 'Send a sentence to the robot and show what it answers',
    'validate': 'Validate configuration',
    'init': 'Initialize new Nevil project',
    'secure': 'Make the keys that nodes join their ROS domain with (SROS 2)',
    'build': "Build the project's message package",
    'test': 'Build everything and run all tests of Nevil itself',
    'completion': 'Print the completion script for bash, zsh or fish',
    'version': 'Show the version',
    'help': 'Show this help, or that of a command',
}
ALIASES: dict[str, str] = {}

_HEAD = """\
usage: nevil COMMAND [--project DIR] [OPTION ...]

Start a robot from its files, keep it running, and show what it does.

Commands:"""

_TAIL = """
The project is --project DIR, else NEVIL_PROJECT, else the nearest folder upwards with a root
.nodes file, else the reference robot that ships with Nevil.

Examples:
    nevil launch                     # Start the system, return when every node is ready
    nevil launch my_robot bringup.launch.py   # Run any ROS 2 launch file under Nevil
    nevil start                      # The same as nevil launch alone
    nevil start --foreground         # Stay attached, show logs; Ctrl-C stops
    nevil start --logscope           # Start with LogScope
    nevil dev                        # Start, and restart what you edit
    nevil monitor                    # Open LogScope, the log viewer
    nevil status                     # Show status
    nevil status --watch             # The same as a live view
    nevil why camera                 # Explain its state
    nevil logs speech_recognition    # Show node logs
    nevil logs -f --level WARNING    # Follow all logs, warnings and worse
    nevil say "hello robot"          # Talk to the robot
    nevil node restart ai_cognition  # Restart one node
    nevil validate                   # Validate configuration
    nevil validate --plan            # The same, and show what would be started
    nevil init my_robot              # Create new project
    nevil stop                       # Stop the system

'nevil help COMMAND' shows the options of a command."""


def overview() -> str:
    """Return the help of the whole command."""
    names = {name: '/'.join([*(a for a, of in ALIASES.items() if of == name), name])
             for name in VERBS if name != 'launch'}
    names['start'] = 'launch/start'  # without a launch file they are the same
    width = max(map(len, names.values())) + 4
    rows = [f'    {names[name]:{width}}{line}' for name, line in VERBS.items() if name in names]
    return '\n'.join([_HEAD, *rows, _TAIL])
