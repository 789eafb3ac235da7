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

"""
Build an interface package for C and Python without CMake: what the nodes of a project need.

``python -m nevil_bringup.build.direct SOURCE BUILD INSTALL`` prints how far it is. Its exit status
is 1, with the reason, where it cannot.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Sequence
import importlib.util
import os
from pathlib import Path
import shutil
import sys
import sysconfig

from nevil_bringup.build.compiling import Compiler
from nevil_bringup.build.compiling import CompilerFailed
from nevil_bringup.build.generate import FASTRTPS
from nevil_bringup.build.generate import generate
from nevil_bringup.build.generate import GENERATED
from nevil_bringup.build.generate import INTROSPECTION
from nevil_bringup.build.generate import SELECTION

__all__ = ['main']

# Packages of which generated sources include headers.
_HEADERS = (
    'rosidl_runtime_c', 'rosidl_typesupport_interface', 'rosidl_typesupport_c', 'rcutils',
    'rosidl_runtime_cpp', 'rosidl_typesupport_fastrtps_c', 'rosidl_typesupport_fastrtps_cpp',
    'rosidl_typesupport_introspection_c', 'rosidl_dynamic_typesupport', 'rmw', 'fastcdr')
_INDEX = 'share/ament_index/resource_index'


def main(arguments: Sequence[str]) -> int:
    """
    Build a package.

    :param arguments: its folder, a folder for what is made in between, and where it is installed
    """
    source, build, install = map(Path, arguments)
    try:
        _Package(source, build).build(install)
    except CompilerFailed as error:
        print(error, file=sys.stderr)
        return 1
    return 0


class _Package:

    def __init__(self, source: Path, build: Path) -> None:
        self.name, self.source = source.name, source
        self.generated = build / 'generated'
        self.prefixes = [prefix for prefix in os.environ['AMENT_PREFIX_PATH'].split(os.pathsep)
                         if prefix]
        self.supports = [name for name in (FASTRTPS, INTROSPECTION) if any(
            Path(prefix, _INDEX, SELECTION, name).exists() for prefix in self.prefixes)]
        self.compiler = Compiler(
            {'.c': _first('cc', 'gcc', 'clang'), '.cpp': _first('c++', 'g++', 'clang++')},
            [self.generated / name for name in GENERATED], list(_includes(self.prefixes)),
            build / 'objects', lambda percent: print(f'[{percent:3}%]', flush=True))

    def build(self, install: Path) -> None:
        """Make the package in an empty folder."""
        shutil.rmtree(self.generated, ignore_errors=True)
        generate(self.name, self.source, self.generated, self.prefixes, self.supports)
        self._link(install)
        self._copy(install)

    def _link(self, install: Path) -> None:
        sources = {name: sorted((self.generated / name / self.name / 'msg').rglob('*.c*'))
                   for name in ('rosidl_generator_c', SELECTION, *self.supports,
                                'rosidl_generator_py')}
        entries = sorted((self.generated / 'rosidl_generator_py' / self.name).glob('*.ep.*.c'))
        jobs = [(source, self._flags(name)) for name, found in sources.items()
                for source in found] + [(entry, self._flags('')) for entry in entries]
        objects = iter(self.compiler.compile(jobs))
        folders = [str(install / 'lib'), *(os.path.join(one, 'lib') for one in self.prefixes)]
        basic = ['rosidl_runtime_c', 'rcutils']
        own = f'{self.name}__rosidl_generator_c'
        needs = {
            'rosidl_generator_c': basic, SELECTION: [own, SELECTION, *basic],
            INTROSPECTION: [own, INTROSPECTION, *basic],
            FASTRTPS: [own, FASTRTPS, 'rosidl_typesupport_fastrtps_cpp', 'fastcdr', *basic],
            'rosidl_generator_py': [f'{self.name}__{SELECTION}', own, *basic]}
        for name, found in sources.items():
            library = f'lib{self.name}__{name}.so'
            self.compiler.link(install / 'lib' / library, [next(objects) for _ in found],
                               needs[name], folders, name=library)
        for entry in entries:
            support = entry.name.split('.')[-2]
            libraries = dict.fromkeys([f'{self.name}__rosidl_generator_py',
                                       f'{self.name}__{support}', f'{self.name}__{SELECTION}'])
            self.compiler.link(_python(install) / self.name / f'{self.name}_s__{support}'
                               f'{sysconfig.get_config_var("EXT_SUFFIX")}', [next(objects)],
                               [*libraries, SELECTION], folders)

    def _flags(self, generator: str) -> list[str]:
        building = {'rosidl_generator_c': 'ROSIDL_GENERATOR_C', SELECTION: 'ROSIDL_GENERATOR_C',
                    INTROSPECTION: 'ROSIDL_TYPESUPPORT_INTROSPECTION_C',
                    FASTRTPS: 'ROSIDL_TYPESUPPORT_FASTRTPS_C'}.get(generator)
        return [f'-DROS_PACKAGE_NAME="{self.name}"', '-DFASTCDR_DYN_LINK',
                *([f'-D{building}_BUILDING_DLL_{self.name}'] if building else [])]

    def _copy(self, install: Path) -> None:
        """Install what is not compiled: modules, interfaces, what the index knows."""
        python = self.generated / 'rosidl_generator_py' / self.name
        for path in python.rglob('*.py'):
            _copy(path, _python(install) / self.name / path.relative_to(python))
        share = install / 'share' / self.name
        messages = sorted((self.source / 'msg').glob('*.msg'))
        made = [folder / self.name / 'msg' / f'{message.stem}{suffix}' for message in messages
                for folder, suffix in (
                    (self.generated / 'rosidl_adapter', '.idl'),
                    (self.generated / 'rosidl_generator_type_description', '.json'))]
        for path in (*messages, *made):
            _copy(path, share / 'msg' / path.name)
        for path in (*self.source.glob('*.xml'), *self.source.glob('*.json')):
            _copy(path, share / path.name)
        interfaces = ''.join(f'msg/{path.name}\n' for path in sorted(
            (share / 'msg').glob('*'), key=lambda path: path.name))
        for resource, text in (('packages', ''), ('rosidl_interfaces', interfaces)):
            entry = install / _INDEX / resource / self.name
            entry.parent.mkdir(parents=True, exist_ok=True)
            entry.write_text(text, encoding='utf-8')


def _python(install: Path) -> Path:
    version = sys.version_info
    return install / 'lib' / f'python{version.major}.{version.minor}' / 'site-packages'


def _includes(prefixes: Sequence[str]) -> Iterator[str]:
    for prefix in prefixes:
        folder = Path(prefix, 'include')
        yield from (str(path) for path in (folder, *map(folder.joinpath, _HEADERS))
                    if path.is_dir())
    yield sysconfig.get_paths()['include']
    numpy = importlib.util.find_spec('numpy')  # not imported: that takes longer than to look
    for place in (numpy.submodule_search_locations or ()) if numpy else ():
        yield from (str(path) for path in (
            Path(place, '_core', 'include'), Path(place, 'core', 'include')) if path.is_dir())


def _first(*names: str) -> str:
    return next((found for name in names if (found := shutil.which(name))), names[0])


def _copy(path: Path, to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, to)


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
