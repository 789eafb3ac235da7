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

"""``nevil secure``: keys by the standard tool, for all that joins; nothing is made twice."""

from __future__ import annotations

from importlib.util import find_spec
import json
import os
from pathlib import Path
import shutil
import xml.etree.ElementTree as ElementTree

from nevil_bringup.api.secure import policy
from place import Place
import pytest

NODE = """\
from nevil_nodes.node import NevilNode


class ArmNode(NevilNode):
    pass
"""
# Makes what `ros2 security generate_artifacts -k KEYSTORE -p POLICY` makes, and keeps the policy.
TOOL = """\
#!/usr/bin/env python3
import os, re, shutil, sys
assert sys.argv[1:4] == ['security', 'generate_artifacts', '-k'] and sys.argv[5] == '-p'
keystore = sys.argv[4]
for name in re.findall('enclave path="/(.*?)"', open(sys.argv[6]).read()):
    folder = os.path.join(keystore, 'enclaves', name)
    os.makedirs(folder)
    for file in ('identity_ca.cert.pem', 'cert.pem', 'key.pem', 'permissions_ca.cert.pem',
                 'governance.p7s', 'permissions.p7s'):
        open(os.path.join(folder, file), 'w').write(os.environ.get('ROS_DOMAIN_ID', ''))
shutil.copy(sys.argv[6], keystore)
"""


@pytest.fixture
def robot(place: Place) -> Place:
    """Return a project with one node and a name for the keys, and a tool that makes them."""
    add_node(place, 'arm')
    with open(place.project / '.nodes', 'a') as file:
        file.write('security: {keystore: keys}\nenvironment: {ROS_DOMAIN_ID: 7}\n')
    give_tool(place, TOOL)
    return place


def add_node(place: Place, name: str) -> None:
    """Write a node's folder."""
    folder = place.project / 'nodes' / name
    folder.mkdir()
    (folder / f'{name}_node.py').write_text(NODE.replace('Arm', name.capitalize()))


def give_tool(place: Place, text: str) -> None:
    """Let a script be `ros2`."""
    tool = place.root / 'bin' / 'ros2'
    tool.parent.mkdir(exist_ok=True)
    tool.write_text(text)
    tool.chmod(0o755)
    place.environ['PATH'] = f'{tool.parent}:{os.environ["PATH"]}'


def test_keys_are_made_once_for_all_that_joins(robot: Place) -> None:
    """A second call makes those of a new node and leaves the others, which may be in use."""
    keys = robot.project / 'keys'
    keys.mkdir(0o755)
    assert robot.nevil('secure') == (
        0, f'made keys for arm, nevil_health, nevil_operator in {keys}\n'
        'keep it secret; the next start of the robot uses it\n', '')
    assert keys.stat().st_mode & 0o777 == 0o700
    assert (keys / '.gitignore').read_text() == '*\n'
    assert (keys / 'enclaves/arm/key.pem').read_text() == '7', 'the domain of the files'
    assert robot.nevil('secure') == (0, f'{keys} has keys for all\n', '')
    (keys / 'enclaves/arm/key.pem').write_text('mine')
    add_node(robot, 'leg')
    code, out, err = robot.nevil('secure', '--json')
    assert (code, json.loads(out), err) == (0, {'keystore': str(keys), 'made': ['leg']}, '')
    assert (keys / 'enclaves/arm/key.pem').read_text() == 'mine'


def test_a_start_without_keys_says_what_makes_them(robot: Place) -> None:
    """Before the start, not by a node that ends at once."""
    code, _, err = robot.nevil('start')
    assert code == 1 and 'has no keys for arm, nevil_health, nevil_operator' in err
    assert '`nevil secure` makes what is missing' in err


def test_what_is_needed_is_said(robot: Place) -> None:
    """The tool is no part of every ROS 2, and is not ours."""
    install = 'apt install ros-jazzy-sros2'
    robot.environ['ROS_DISTRO'] = 'jazzy'
    give_tool(robot, '#!/bin/sh\necho "a warning"; echo "invalid choice: security" >&2; exit 2\n')
    assert robot.nevil('secure') == (
        1, '', f'nevil: ros2 security failed: invalid choice: security ({install})\n')
    give_tool(robot, '#!/bin/sh\n')
    assert robot.nevil('secure') == (
        1, '', 'nevil: ros2 security made no complete enclave of arm, nevil_health, '
        'nevil_operator\n')
    robot.environ['PATH'] = '/nowhere'
    assert robot.nevil('secure') == (1, '', f'nevil: ros2 security is needed: {install}\n')


def test_a_project_without_a_keystore_is_told_the_key(place: Place) -> None:
    """Keys that no start uses would only seem to protect."""
    code, out, err = place.nevil('secure')
    assert (code, out) == (1, '')
    assert err == ("nevil: no folder for the keys: write 'security: {keystore: keys}' into "
                   f'{place.project}/.nodes\n')


def test_only_the_operator_may_command() -> None:
    """And only the health node tells of health; everything else is as without keys."""
    def denied(name: str) -> set[str]:
        enclave = ElementTree.fromstring(policy([name])).find(f'enclaves/enclave[@path="/{name}"]')
        assert enclave is not None
        return {entry.text or '' for group in enclave.iter() if 'DENY' in group.attrib.values()
                for entry in group}

    assert denied('nevil_health') == denied('nevil_operator') == set()
    assert {'/nevil/stop_node', '/nevil/silence', '/nevil/ack', '/nevil/alerts'} <= denied('arm')
    assert '/nevil/heartbeat' not in denied('arm') and '/nevil/get_health' not in denied('arm')


@pytest.mark.skipif(
    not (shutil.which('ros2') and find_spec('sros2') and find_spec('lxml')
         and find_spec('cryptography')), reason='SROS 2 is not installed')
def test_the_real_tool_takes_the_policy(place: Place) -> None:
    """It checks it against its schema, and signs what follows from it."""
    add_node(place, 'arm')
    with open(place.project / '.nodes', 'a') as file:
        file.write('security: {keystore: keys}\nenvironment: {ROS_DOMAIN_ID: 7}\n')
    code, _, err = place.nevil('secure')
    assert (code, err) == (0, '')
    enclaves = Path(place.project, 'keys', 'enclaves')
    permissions = (enclaves / 'arm' / 'permissions.xml').read_text()
    rules = ElementTree.fromstring(permissions)
    denied = {each.text for each in rules.findall('permissions/grant/deny_rule/publish//topic')}
    assert 'rq/nevil/stop_nodeRequest' in denied and 'rt/nevil/heartbeat' not in denied
    assert {each.text for each in rules.iter('id')} == {'7'}
    assert '<id>7</id>' in (enclaves / 'governance.xml').read_text()
