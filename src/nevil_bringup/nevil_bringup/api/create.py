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

"""Write the files of a new node."""

from __future__ import annotations

from pathlib import Path
import re

from nevil_bringup.api.prepare import load
from nevil_bringup.errors import UserError
from nevil_bringup.paths import ProjectPaths
from nevil_nodes.declarations.discovery import RESERVED

__all__ = ['create_node']

_NAME = re.compile(r'[a-z][a-z0-9]*(_[a-z0-9]+)*')

_NODES = """\
node_name: {name}
version: "1.0"
description: What {name} is for

runtime:
  restart_policy: on_failure
"""

_MESSAGES = """\
node_name: {name}
version: "1.0"
description: What {name} is for

publishes:
  - topic: {name}_status
    message_type: {class_stem}Status
    frequency: periodic
    schema:
      text: {{type: string, required: true, max_length: 200, description: What the node does}}

subscribes: []

configuration:
  interval_s: 1.0
"""

_CODE = '''\
"""What {name} does."""

from nevil_nodes.node import NevilNode


class {class_stem}Node(NevilNode):
    """Publishes a status every interval_s seconds."""

    def __init__(self):
        super().__init__('{name}')
        self.count = 0

    def initialize(self):
        self.interval_s = self.config['configuration']['interval_s']
        self.logger.info('ready')

    def main_loop(self):
        self.count += 1
        self.publish('{name}_status', {{'text': f'alive, {{self.count}}'}})
        self.shutdown_event.wait(self.interval_s)

    def cleanup(self):
        self.logger.info('done')
'''


def create_node(paths: ProjectPaths, name: str) -> list[Path]:
    """
    Write ``nodes/<name>/`` with its two declarations and its class.

    :returns: the files written
    :raises UserError: the name cannot be used, or the folder exists
    """
    if not _NAME.fullmatch(name):
        raise UserError(f'{name!r} is not a node name: lower case letters, digits and single _, '
                        'starting with a letter')
    if name in RESERVED:
        raise UserError(f'{name!r} is a name that Nevil uses itself; take another, for example '
                        f'{name}_node')
    settings = load(paths).settings.get('')
    nodes = settings.get('nodes', 'discovery', 'nodes_directory') if settings else 'nodes'
    folder = paths.project / nodes / name
    words = {'name': name, 'class_stem': ''.join(map(str.capitalize, name.split('_')))}
    contents = {'.nodes': _NODES, '.messages': _MESSAGES, f'{name}_node.py': _CODE}
    try:
        folder.mkdir(parents=True)
    except FileExistsError:
        raise UserError(f'{folder} already exists; choose another name, or remove it') from None
    for file, text in contents.items():
        (folder / file).write_text(text.format(**words), encoding='utf-8')
    return [folder / file for file in contents]
