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

"""A robot whose processes could not join their domain with keys is refused before the start."""

from __future__ import annotations

from pathlib import Path

from nevil_nodes.declarations import load_project
from nevil_nodes.declarations.keystore import enclaves_of
import pytest
from written_project import Project

FILES = ('identity_ca.cert.pem', 'cert.pem', 'key.pem', 'permissions_ca.cert.pem',
         'governance.p7s', 'permissions.p7s')


@pytest.fixture
def robot(project: Project) -> Project:
    """Return a project with a keystore that is not there yet."""
    project.node('camera')
    project.root('security: {keystore: keys}\n')
    return project


def make(robot: Project, *names: str, domain: int = 0) -> None:
    """Make a keystore as the tools do."""
    enclaves = robot.folder / 'keys' / 'enclaves'
    for name in names:
        (enclaves / name).mkdir(parents=True)
        for file in FILES:
            (enclaves / name / file).touch()
    (enclaves / 'governance.xml').write_text(f'<domains>\n  <id>{domain}</id>\n</domains>')


def test_a_process_without_keys_is_named_with_the_way_out(robot: Project) -> None:
    """rcl would end each of them with the path of a folder, the health node first."""
    refused = f'error: .nodes:2: security.keystore: {robot.folder}/keys has no keys for '
    made = '; `nevil secure` makes what is missing'
    assert robot.problems() == [f'{refused}camera, nevil_health, nevil_operator{made}']
    make(robot, 'camera', 'nevil_health', 'nevil_operator')
    assert robot.problems() == []
    robot.node('lidar')
    assert robot.problems() == [f'{refused}lidar{made}'], 'a node that is new'
    (robot.folder / 'keys/enclaves/camera/key.pem').unlink()
    assert robot.problems() == [f'{refused}camera, lidar{made}'], 'a part is missing'


def test_a_node_that_is_not_started_needs_no_keys(robot: Project) -> None:
    """Nor do keys that nobody needs harm."""
    make(robot, 'camera', 'nevil_health', 'nevil_operator', 'lidar')
    robot.node('arm', 'runtime: {status: disabled}\n')
    assert robot.problems() == []


def test_keys_of_another_domain_are_refused(robot: Project) -> None:
    """They hold for one: in another nobody would let the nodes in."""
    make(robot, *enclaves_of(['camera']), domain=4)
    assert robot.problems({'ROS_DOMAIN_ID': '4'}) == []
    assert robot.problems() == [
        f'error: .nodes:2: security.keystore: {robot.folder}/keys was made for domain 4, and'
        ' ROS_DOMAIN_ID is 0; name another folder, and run `nevil secure`']


def test_a_middleware_without_security_is_refused(robot: Project, tmp_path: Path) -> None:
    """A build of Fast DDS may lack it, and then each node ends at its first line."""
    make(robot, *enclaves_of(['camera']))
    library = tmp_path / 'lib' / 'libfastrtps.so'
    library.parent.mkdir()
    library.write_bytes(b'\0builtin.PKI\0')
    for environ in ({'LD_LIBRARY_PATH': f'/nowhere:{library.parent}'},
                    {'AMENT_PREFIX_PATH': str(tmp_path)}):
        problem, = robot.problems(environ)
        assert problem.startswith(f'error: .nodes:2: security.keystore: {library} was built '
                                  'without security: no node could start; ')
        assert robot.problems({**environ, 'RMW_IMPLEMENTATION': 'rmw_cyclonedds_cpp'}) == []
    library.write_bytes(b'\0builtin.PKI-DH\0')
    assert robot.problems({'AMENT_PREFIX_PATH': str(tmp_path)}) == []


def test_the_plan_has_the_absolute_folder(
        robot: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes run in different folders."""
    def keystore() -> str:
        plan = load_project(robot.folder, environ={}, keys=False).plan
        assert plan is not None
        return plan.security.keystore

    assert keystore() == f'{robot.folder}/keys'
    monkeypatch.setenv('HOME', '/home/r')
    robot.root('security: {keystore: ~/keys}\n')
    assert keystore() == '/home/r/keys'
    robot.root('security: {ros_commands: true}\n')
    assert keystore() == ''


def test_with_keys_commands_are_not_everybody_s(robot: Project) -> None:
    """Then the network may be open."""
    robot.root('security: {keystore: keys, ros_commands: true}\n')
    make(robot, *enclaves_of(['camera']))
    assert robot.problems({'ROS_AUTOMATIC_DISCOVERY_RANGE': 'SUBNET'}) == []
