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

"""A process is started with the environment, the document and the place that its plan says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
import stat
from typing import Any

from edges import plan_of
from nevil_bringup.supervisor.first_spawner import preload_of
from nevil_bringup.supervisor.orders import OrderBook
from nevil_nodes.declarations import Plan
from nevil_nodes.declarations.plan import QosPlan
from nevil_nodes.declarations.plan import SecurityPlan
from nevil_nodes.declarations.plan import TopicPlan
from nevil_nodes.declarations.serial import process_from_json
import pytest


def _book(folder: Path, plan: Plan, environ: Mapping[str, str] | None = None) -> OrderBook:
    return OrderBook(
        plan, environ=environ or {'HOME': '/home/r', 'LANG': 'C'}, run_id='r1', plans=folder,
        socket=folder / 'control.sock',
        stack_file=lambda unit, generation: Path(f'/stacks/{unit}-{generation}'))


def _with(plan: Plan, **changes: Any) -> Plan:
    first, *others = plan.processes
    return replace(plan, processes=(replace(first, **changes), *others))


def test_a_process_gets_the_environment_of_the_run_and_its_own(tmp_path: Path) -> None:
    """What the plan says wins over what the supervisor has; what Nevil needs wins over both."""
    plan = _with(plan_of(tmp_path, camera=()), line_buffered=False, env={
        'LANG': 'de', 'ONLY': 'here', 'NEVIL_UNIT': 'another',
        'RCUTILS_CONSOLE_OUTPUT_FORMAT': 'mine'})
    env = _book(tmp_path, plan).order('camera', 3, muted=False).env
    assert (env['HOME'], env['LANG'], env['ONLY']) == ('/home/r', 'de', 'here')
    assert (env['NEVIL_RUN_ID'], env['NEVIL_UNIT'], env['NEVIL_GENERATION']) == (
        'r1', 'camera', '3')
    assert env['NEVIL_CRASH_FILE'] == '/stacks/camera-3'
    assert env['PYTHONUNBUFFERED'] == '1'
    assert env['RCUTILS_CONSOLE_OUTPUT_FORMAT'].startswith('[{severity}]')


def test_a_process_with_an_environment_of_its_own_gets_nothing_else(tmp_path: Path) -> None:
    """launch has decided on all of it; only what finds the process again is added."""
    plan = _with(plan_of(tmp_path, camera=()), whole_env=True, env={'PATH': '/bin'})
    assert _book(tmp_path, plan).order('camera', 1, muted=False).env == {
        'PATH': '/bin', 'NEVIL_RUN_ID': 'r1', 'NEVIL_UNIT': 'camera', 'NEVIL_GENERATION': '1'}
    assert list(tmp_path.iterdir()) == [], 'nor a document'


def test_an_order_says_what_the_plan_says(tmp_path: Path) -> None:
    """Command line, place, priority, and whether the spawner may fork."""
    plan = _with(plan_of(tmp_path, camera=()), argv=('cam', '-x'), cwd='/srv', nice=-5,
                 fork=True, streams='apart')
    book = _book(tmp_path, plan)
    order = book.order('camera', 1, muted=False)
    assert (order.argv, order.cwd, order.nice, order.fork, order.open_input) == (
        ('cam', '-x'), '/srv', -5, True, True)
    assert book.streams('camera') == 'apart'
    plain = _book(tmp_path, plan_of(tmp_path, camera=())).order('camera', 1, muted=False)
    assert (plain.cwd, plain.fork, plain.open_input) == (str(tmp_path), False, False)


def test_the_document_is_that_of_the_process_and_for_us_alone(tmp_path: Path) -> None:
    """It may hold secrets of the node's parameters."""
    book = _book(tmp_path, plan_of(tmp_path, camera=(), arm=()))
    path = Path(book.order('camera', 1, muted=False).env['NEVIL_PLAN'])
    document = process_from_json(path.read_text())
    assert [node.name for node in document.nodes] == ['camera']
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ['camera.json']


@pytest.mark.parametrize('declared', ['live', 'muted'])
def test_the_operator_s_newest_word_stands_in_the_document(tmp_path: Path, declared: Any) -> None:
    """A node that was muted must not come up live after a crash, nor the other way round."""
    plan = plan_of(tmp_path, camera=())
    book = _book(tmp_path, replace(plan, nodes=(replace(plan.nodes[0], status=declared),)))
    for muted in (True, False, False, True):
        path = Path(book.order('camera', 1, muted=muted).env['NEVIL_PLAN'])
        node, = process_from_json(path.read_text()).nodes
        assert node.status == ('muted' if muted else 'live')


def test_a_document_that_was_removed_is_written_again(tmp_path: Path) -> None:
    """Somebody tidies /tmp; the next restart must not fail for that."""
    book = _book(tmp_path, plan_of(tmp_path, camera=()))
    path = Path(book.order('camera', 1, muted=False).env['NEVIL_PLAN'])
    path.unlink()
    book.order('camera', 2, muted=False)
    assert path.exists()


def test_a_document_that_cannot_be_written_fails_the_start(tmp_path: Path) -> None:
    """Who carries out the start answers it."""
    book = _book(tmp_path / 'none', plan_of(tmp_path, camera=()))
    with pytest.raises(OSError):
        book.order('camera', 1, muted=False)


def test_the_health_node_gets_the_socket_and_no_plan(tmp_path: Path) -> None:
    """It runs in the project, whose modules must not be taken for its own."""
    order = _book(tmp_path, plan_of(tmp_path, camera=())).order('nevil_health', 2, muted=False)
    assert order.env['NEVIL_SOCKET'] == str(tmp_path / 'control.sock')
    assert (order.env['PYTHONSAFEPATH'], order.cwd) == ('1', str(tmp_path))
    assert 'NEVIL_PLAN' not in order.env
    assert order.argv[-1] == 'nevil_health.monitor'


def test_interface_packages_of_the_plan_are_loaded_ahead(tmp_path: Path) -> None:
    """That is most of what a start takes; each once, ours first."""
    plan = plan_of(tmp_path, camera=(), arm=())
    topics = [TopicPlan(topic='/t', ros_type=f'{package}/msg/T', qos=QosPlan())
              for package in ('sensor_msgs', 'arm_msgs', 'std_msgs')]
    plan = replace(plan, nodes=(replace(plan.nodes[0], publishes=tuple(topics[:2])),
                                replace(plan.nodes[1], subscribes=tuple(topics))))
    found = preload_of(plan)
    assert found[0] == 'nevil_nodes.run'
    assert [name for name in found if name.endswith('arm_msgs') or 'sensor' in name] == [
        'arm_msgs', 'sensor_msgs']
    assert len(found) == len(set(found))
    assert preload_of(replace(plan, foreign=True)) == []


def test_processes_that_joined_have_orders_too(tmp_path: Path) -> None:
    """And those that were there have got members."""
    book = _book(tmp_path, plan_of(tmp_path, camera=()))
    further = plan_of(tmp_path, camera=(), arm=())
    book.replan(_with(further, nodes=('camera', 'lens')), {})
    assert book.order('arm', 1, muted=False).unit == 'arm'
    assert book.members('camera') == ('camera', 'lens')


def test_each_process_joins_with_keys_of_its_own(tmp_path: Path) -> None:
    """Whatever program it is; without a keystore nothing is said of security."""
    plan = plan_of(tmp_path, camera=())
    plain = _book(tmp_path, plan).order('camera', 1, muted=False).env
    assert not any(name.startswith('ROS_SECURITY') for name in plain)
    book = _book(tmp_path, replace(plan, security=SecurityPlan(keystore='/keys')), {
        'ROS_SECURITY_ENCLAVE_OVERRIDE': '/nevil_operator'})
    for unit in ('camera', 'nevil_health'):
        env = book.order(unit, 1, muted=False).env
        assert {name: value for name, value in env.items() if name.startswith('ROS_')} == {
            'ROS_SECURITY_ENABLE': 'true', 'ROS_SECURITY_STRATEGY': 'Enforce',
            'ROS_SECURITY_KEYSTORE': '/keys', 'ROS_SECURITY_ENCLAVE_OVERRIDE': f'/{unit}'}
