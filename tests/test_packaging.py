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

"""What a package imports is in its package.xml, under keys that rosdep knows."""

from __future__ import annotations

from pathlib import Path
import re
import sys

from catkin_pkg.package import parse_package
import pytest
from quality.imports import imports_below
from quality.sources import PACKAGES
from quality.sources import ROOT

# Keys of rosdep/python.yaml and rosdep/base.yaml in ros/rosdistro, and the modules they bring.
SYSTEM_KEYS = {
    'python3-argcomplete': 'argcomplete', 'python3-fastjsonschema': 'fastjsonschema',
    'python3-colcon-common-extensions': 'colcon_core',
    'python3-hypothesis': 'hypothesis', 'python3-jsonschema': 'jsonschema',
    'python3-numpy': 'numpy', 'python3-psutil': 'psutil', 'python3-pyqt5': 'PyQt5',
    'python3-pytest': 'pytest', 'python3-pytest-timeout': 'pytest_timeout',
    'python3-watchdog': 'watchdog', 'python3-yaml': 'yaml',
}
# Packages of ROS 2 Jazzy that may be named in a package.xml here.
ROS_KEYS = {
    'ament_cmake', 'ament_cmake_pytest', 'ament_cmake_python', 'ament_copyright', 'ament_flake8',
    'ament_index_python', 'ament_mypy', 'ament_pep257', 'ament_xmllint', 'builtin_interfaces',
    'composition_interfaces', 'diagnostic_msgs', 'lifecycle_msgs', 'launch', 'launch_ros',
    'python_qt_binding',
    'rcl_interfaces', 'rclpy', 'ros2cli', 'ros2launch', 'rosidl_adapter',
    'rosidl_default_generators', 'rosidl_default_runtime', 'rosidl_runtime_py', 'rqt_gui',
    'rqt_gui_py', 'std_msgs', 'std_srvs',
    'rosidl_generator_c', 'rosidl_generator_py', 'rosidl_generator_type_description',
    'rosidl_parser', 'rosidl_typesupport_c', 'rosidl_typesupport_fastrtps_c',
    'rosidl_typesupport_introspection_c',
}
OURS = {package.name for package in PACKAGES}
PROVIDED_BY = {module: key for key, module in SYSTEM_KEYS.items()} | {
    'nevil_framework': 'nevil_nodes', 'nevil_msggen': 'nevil_msgs'}
# Qt comes with rqt; without it the window takes either of these, whichever is there. Logs and bags
# packed with zstd or lz4 can be read where these are installed, and it is said where they are not.
OPTIONAL = {'PyQt5', 'PyQt6', 'zstandard', 'lz4'}
NAMES = pytest.mark.parametrize('package', PACKAGES, ids=lambda package: package.name)


def needed(package: Path) -> set[str]:
    """Return the keys of what a package imports to run."""
    modules = {
        module.partition('.')[0] for file, _, module in imports_below(package)
        if not file.is_relative_to(package / 'test') and file.name != 'setup.py'}
    others = modules - set(sys.stdlib_module_names) - OPTIONAL
    return {PROVIDED_BY.get(module, module) for module in others} - {package.name}


@NAMES
def test_imports_are_declared(package: Path) -> None:
    """What is not in package.xml is not installed elsewhere, nor built before."""
    manifest = parse_package(str(package / 'package.xml'))
    declared = {dependency.name for dependency in manifest.exec_depends}
    assert not needed(package) - declared


@NAMES
def test_declared_dependencies_are_used(package: Path) -> None:
    """Nobody has to install what is not used."""
    manifest = parse_package(str(package / 'package.xml'))
    declared = {dependency.name for dependency in manifest.exec_depends}
    # These are used without an import: generated code and interfaces need them, or a build of a
    # project's messages.
    implied = {'ament_cmake', 'builtin_interfaces', 'python3-colcon-common-extensions',
               'python_qt_binding', 'ros2launch', 'rosidl_default_generators',
               'rosidl_default_runtime', 'rqt_gui'}
    assert not declared - needed(package) - implied


@NAMES
def test_keys_are_known_to_rosdep(package: Path) -> None:
    """A misspelt key fails only on somebody else's machine."""
    manifest = parse_package(str(package / 'package.xml'))
    keys = {
        dependency.name for kind in (
            manifest.buildtool_depends, manifest.build_depends, manifest.exec_depends,
            manifest.test_depends)
        for dependency in kind}
    assert not keys - SYSTEM_KEYS.keys() - ROS_KEYS - OURS


@NAMES
def test_package_has_its_papers(package: Path) -> None:
    """Whoever opens a package finds what it is for and what has changed."""
    assert (package / 'README.md').read_text(encoding='utf-8').startswith(f'# {package.name}\n')
    title = f'Changelog for package {package.name}'
    assert title in (package / 'CHANGELOG.rst').read_text(encoding='utf-8')


@NAMES
def test_package_declares_its_quality(package: Path) -> None:
    """REP-2004: whoever builds on a package looks there for what it promises."""
    text = (package / 'QUALITY_DECLARATION.md').read_text(encoding='utf-8')
    assert re.search(rf'`{package.name}` claims \*\*quality level [1-4]\*\*', text)
    assert f'| {parse_package(str(package / "package.xml")).version}, ' in text
    assert '(QUALITY_DECLARATION.md)' in (package / 'README.md').read_text(encoding='utf-8')


def test_versions_are_one() -> None:
    """The packages are released together, and the tools of ROS refuse versions that differ."""
    found = {str(file.relative_to(ROOT)): re.findall(rule, file.read_text(encoding='utf-8'))
             for package in PACKAGES
             for name, rule in (('package.xml', '<version>(.+)</version>'),
                                ('setup.py', "version='(.+)'"))
             if (file := package / name).exists()}
    assert len({tuple(versions) for versions in found.values()}) == 1, found
