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

"""``nevil build``."""

from __future__ import annotations

import signal

from place import Place
import pytest
from quality.processes import started_in
from quality.waiting import wait_for

MESSAGES = 'publishes: [{topic: voice, message_type: Voice, schema: {text: string}}]\n'
NODE = """\
from nevil_nodes.node import NevilNode


class ArmNode(NevilNode):
    pass
"""


@pytest.mark.parametrize('number', [signal.SIGTERM, signal.SIGHUP])
def test_the_end_of_the_command_ends_the_compilers(place: Place, number: signal.Signals) -> None:
    """A closed terminal must not leave a build that the next one runs into."""
    folder = place.project / 'nodes' / 'arm'
    folder.mkdir(parents=True)
    (folder / '.messages').write_text(MESSAGES)
    (folder / 'arm_node.py').write_text(NODE)
    process = place.begin('build')
    wait_for(lambda: len(started_in(place.environ)) >= 3)
    process.send_signal(number)
    process.communicate(timeout=20)
    assert process.returncode == 128 + number
    wait_for(lambda: not started_in(place.environ))
