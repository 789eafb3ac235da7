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

"""Imports point one way, and pure modules stay pure (docs/architecture.md)."""

from __future__ import annotations

from collections import Counter
import os
from pathlib import Path
import re
import subprocess
import sys

import pytest
from quality.imports import imports_below
from quality.imports import public_names
from quality.layers import circles
from quality.layers import import_graph
from quality.layers import order_of
from quality.layers import parts_of
from quality.layers import upward
from quality.sources import PACKAGES
from quality.sources import python_files
from quality.sources import ROOT

SRC = ROOT / 'src'
# Each Python package, and which of ours it may import. nevil_msgs is generated from interfaces.
MAY_IMPORT = {
    'nevil_msgs/nevil_msggen': {'nevil_msggen'},
    'nevil_nodes/nevil_nodes': {'nevil_msgs', 'nevil_msggen', 'nevil_nodes'},
    'nevil_nodes/nevil_framework': {'nevil_nodes', 'nevil_framework'},
    'nevil_health/nevil_health': {'nevil_msgs', 'nevil_msggen', 'nevil_nodes', 'nevil_health'},
    'nevil_logscope/nevil_logscope': {'nevil_msgs', 'nevil_nodes', 'nevil_logscope'},
    'nevil_bringup/nevil_bringup': {
        'nevil_msgs', 'nevil_msggen', 'nevil_nodes', 'nevil_health', 'nevil_bringup'},
}
# No clock, no randomness, no I/O, no concurrency: what the policy core may know of the world.
CORE_MAY_IMPORT = {
    '__future__', 'abc', 'bisect', 'collections', 'dataclasses', 'enum', 'functools', 'graphlib',
    'heapq', 'itertools', 'math', 'operator', 'signal', 'types', 'typing'}
# The declarations read files, and nothing else of the world.
NOT_IN_DECLARATIONS = {
    'asyncio', 'multiprocessing', 'random', 'rclpy', 'select', 'signal', 'socket', 'subprocess',
    'threading', 'time'}
ROS_ONLY_IN = (
    'nevil_nodes/nevil_nodes/node', 'nevil_nodes/nevil_nodes/robot',
    'nevil_nodes/nevil_nodes/run.py',
    'nevil_health/nevil_health/monitor', 'nevil_bringup/nevil_bringup/api/say.py',
    'nevil_bringup/nevil_bringup/graph',
    'nevil_bringup/robots', 'nevil_logscope/nevil_logscope/sources')
LAUNCH_ONLY_IN = ('nevil_bringup/launch', 'nevil_bringup/nevil_bringup/launch')
ROS2CLI_ONLY_IN = ('nevil_bringup/nevil_bringup/command',)
QT_ONLY_IN = (
    'nevil_logscope/nevil_logscope/binding.py', 'nevil_logscope/nevil_logscope/plugin.py')
# What shows; the rest of LogScope searches and reads without a display.
WINDOW_IN = tuple(
    f'nevil_logscope/nevil_logscope/{place}' for place in (
        '__main__.py', 'binding.py', 'display.py', 'plugin.py', 'settings.py', 'view',
        'window.py'))
OURS = {'nevil_bringup', 'nevil_framework', 'nevil_health', 'nevil_logscope', 'nevil_msggen',
        'nevil_msgs', 'nevil_nodes'}


def found(folder: Path, wanted: set[str], but_in: tuple[str, ...] = ()) -> list[str]:
    """Return where modules of the wanted packages are imported, except in the places named."""
    allowed = [SRC / place for place in but_in]
    return [
        f'{file.relative_to(ROOT)}:{line}: {module}'
        for file, line, module in imports_below(folder)
        if module.partition('.')[0] in wanted and '/test/' not in str(file)
        and not any(file.is_relative_to(place) for place in allowed)]


@pytest.mark.parametrize('package', sorted(MAY_IMPORT))
def test_imports_point_one_way(package: str) -> None:
    """A package knows those before it, so each can be used and tested without those after it."""
    assert list(imports_below(SRC / package)), f'{package} has no modules: correct MAY_IMPORT'
    assert not found(SRC / package, OURS - MAY_IMPORT[package])


@pytest.mark.parametrize('package', sorted(MAY_IMPORT))
def test_parts_of_a_package_are_in_the_order_of_the_map(package: str) -> None:
    """Inside a package too, what stands below can be used and read without what is above."""
    order = order_of(Path(package).name)
    assert parts_of(SRC / package) == set(order), 'docs/architecture.md names other parts'
    assert not upward(SRC / package, order)


@pytest.mark.parametrize('package', sorted(MAY_IMPORT))
def test_modules_do_not_import_each_other(package: str) -> None:
    """Modules in a circle are one module that is hard to read; for type checkers too."""
    assert list(circles(import_graph(SRC / package))) == []


def test_a_circle_is_found_once_and_what_only_leads_to_it_is_not_part_of_it() -> None:
    """The rule about circles has to see them."""
    graph = {'a': ['b'], 'b': ['c'], 'c': ['b', 'd'], 'd': [], 'e': ['f'], 'f': ['e']}
    assert list(circles(graph)) == [['b', 'c'], ['e', 'f']]


def test_every_python_package_is_under_the_rule() -> None:
    """A new package must say which of the others it may know."""
    packages = {
        str(module.parent.relative_to(SRC))
        for package in PACKAGES for module in package.glob('*/__init__.py')
        if module.parent.name != 'test'}
    assert packages == set(MAY_IMPORT)


def test_what_is_public_is_used_by_another_file() -> None:
    """Who changes a name that is not in ``__all__`` need not look further than the module."""
    words = {file: set(re.findall(r'\w+', file.read_text(encoding='utf-8')))
             for folder in ('src', 'tests', 'benchmarks', 'scripts')
             for file in python_files(ROOT / folder)}
    places = Counter(word for found in words.values() for word in found)
    unused = [f'{file.relative_to(ROOT)}: {name}' for file in words for name in public_names(file)
              if places[name] == 1 and file.name != 'linters.py']  # imported with *
    assert not unused


def test_policy_core_imports_only_what_has_no_effect() -> None:
    """What decides must give the same answer each time, so it cannot know time, chance or I/O."""
    core = SRC / 'nevil_health/nevil_health/core'
    others = [
        f'{file.relative_to(ROOT)}:{line}: {module}' for file, line, module in imports_below(core)
        if module.partition('.')[0] not in CORE_MAY_IMPORT
        and not module.startswith(('nevil_health.core', 'nevil_nodes.lazy_dataclass'))]
    assert not others


def test_declarations_only_read_files() -> None:
    """A project can be validated anywhere: without ROS 2, and without starting anything."""
    assert not found(SRC / 'nevil_nodes/nevil_nodes/declarations', NOT_IN_DECLARATIONS)
    assert not found(SRC / 'nevil_msgs/nevil_msggen', NOT_IN_DECLARATIONS)


@pytest.mark.parametrize(('modules', 'places'), [
    ({'rclpy', 'rosidl_runtime_py'}, ROS_ONLY_IN),
    ({'launch', 'launch_ros'}, LAUNCH_ONLY_IN),
    ({'ros2cli'}, ROS2CLI_ONLY_IN),
    ({'PyQt5', 'PyQt6', 'PySide6', 'python_qt_binding', 'qt_gui', 'rqt_gui', 'rqt_gui_py'},
     QT_ONLY_IN),
], ids=['rclpy', 'launch', 'ros2cli', 'qt'])
def test_heavy_libraries_stay_in_their_places(modules: set[str], places: tuple[str, ...]) -> None:
    """DDS, launch or a display in trouble must not reach what supervises or prints."""
    assert not found(SRC, modules, places)


def test_only_what_shows_knows_the_window() -> None:
    """Store, search and sources of LogScope run in tests and benchmarks without a display."""
    windows = {'nevil_logscope.binding', 'nevil_logscope.view', 'nevil_logscope.window'}
    allowed = [SRC / place for place in WINDOW_IN]
    assert not [
        f'{file.relative_to(ROOT)}:{line}: {module}'
        for file, line, module in imports_below(SRC / 'nevil_logscope/nevil_logscope')
        if any(module == one or module.startswith(f'{one}.') for one in windows)
        and not any(file.is_relative_to(place) for place in allowed)]


@pytest.mark.parametrize('module', [
    'nevil_bringup.cli.main', 'nevil_bringup.cli.verb.status', 'nevil_bringup.supervisor.main',
])
def test_importing_brings_no_ros(module: str) -> None:
    """The command line answers in tens of milliseconds and the supervisor needs no DDS."""
    code = f'import sys, {module}; print(*({{"launch", "rclpy"}} & set(sys.modules)))'
    path = os.pathsep.join([*map(str, PACKAGES), os.environ.get('PYTHONPATH', '')])
    done = subprocess.run(
        [sys.executable, '-c', code], capture_output=True, text=True, timeout=60, check=False,
        env=os.environ | {'PYTHONPATH': path})
    assert (done.returncode, done.stdout.strip()) == (0, ''), done.stderr
