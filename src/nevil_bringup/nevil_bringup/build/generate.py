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
Run rosidl's generators on an interface package: type descriptions, C, and Python.

All in one process, which reads each interface once: as processes of their own, each would import
and parse everything again.
"""

from __future__ import annotations

from collections.abc import Sequence
import functools
import json
from pathlib import Path
from typing import Any

__all__ = ['generate', 'INTROSPECTION', 'FASTRTPS', 'GENERATED', 'SELECTION']

SELECTION = 'rosidl_typesupport_c'
INTROSPECTION = 'rosidl_typesupport_introspection_c'
FASTRTPS = 'rosidl_typesupport_fastrtps_c'
# The folders of what is generated, by who makes it.
GENERATED = ('rosidl_generator_c', SELECTION, INTROSPECTION, FASTRTPS, 'rosidl_generator_py')
_DESCRIPTIONS = 'rosidl_generator_type_description'
_VISIBILITY = 'msg/{0}__visibility_control.h'


def generate(
    package: str, source: Path, output: Path, prefixes: Sequence[str], supports: Sequence[str],
) -> None:
    """
    Generate the sources of a package that needs no other one.

    :param source: its folder, with ``msg/*.msg``
    :param output: an empty folder
    :param prefixes: ``AMENT_PREFIX_PATH``, split
    :param supports: the type supports to generate for, of those named above
    :raises Exception: as rosidl does
    """
    from rosidl_generator_c import generate_c
    from rosidl_generator_py import generate_py
    from rosidl_generator_type_description import generate_type_hash
    from rosidl_typesupport_c import generate_c as generate_selection
    _parse_once()
    messages = sorted((source / 'msg').glob('*.msg'))
    _to_idl(package, source, messages, output)

    def arguments(name: str) -> str:
        return _write_arguments(name, package, messages, output, prefixes)

    generate_type_hash(arguments(_DESCRIPTIONS))
    generate_c(arguments('rosidl_generator_c'))
    generate_selection(arguments(SELECTION), list(supports))
    if INTROSPECTION in supports:
        from rosidl_typesupport_introspection_c import generate_c as generate_introspection
        generate_introspection(arguments(INTROSPECTION))
    if FASTRTPS in supports:
        from rosidl_typesupport_fastrtps_c import generate_typesupport_fastrtps_c
        generate_typesupport_fastrtps_c(arguments(FASTRTPS))
    generate_py(arguments('rosidl_generator_py'), [*supports, SELECTION])
    (output / 'rosidl_generator_py' / package / '__init__.py').touch()
    for name in ('rosidl_generator_c', *supports):
        _write_visibility(name, package, output, prefixes)


def _parse_once() -> None:
    from rosidl_parser import parser
    parse = getattr(parser, 'get_ast_from_idl_string', None)
    if parse is not None and not hasattr(parse, 'cache_info'):
        parser.get_ast_from_idl_string = functools.lru_cache(maxsize=None)(parse)


def _to_idl(package: str, source: Path, messages: Sequence[Path], output: Path) -> None:
    from rosidl_adapter.msg import convert_msg_to_idl
    folder = output / 'rosidl_adapter' / package / 'msg'
    folder.mkdir(parents=True)
    for message in messages:
        convert_msg_to_idl(source.absolute(), package, message.relative_to(source), folder)


def _write_arguments(name: str, package: str, messages: Sequence[Path], output: Path,
                     prefixes: Sequence[str]) -> str:
    """Write what a generator is called with, as rosidl's CMake does, and return the file."""
    idl = output / 'rosidl_adapter' / package
    stems = [message.stem for message in messages]
    content: dict[str, Any] = {
        'package_name': package, 'output_dir': str(output / name / package),
        'idl_tuples': [f'{idl}:msg/{stem}.idl' for stem in stems],
        'ros_interface_files': [str(message.absolute()) for message in messages],
        'target_dependencies': [], 'ros_interface_dependencies': [], 'include_paths': []}
    if name != _DESCRIPTIONS:
        content['template_dir'] = str(_resource(name, prefixes))
        described = output / _DESCRIPTIONS / package
        content['type_description_tuples'] = [
            f'msg/{stem}.idl:{described}/msg/{stem}.json' for stem in stems]
    path = output / f'{name}__arguments.json'
    path.write_text(json.dumps(content), encoding='utf-8')
    (output / name / package / 'msg').mkdir(parents=True, exist_ok=True)
    return str(path)


def _write_visibility(name: str, package: str, output: Path, prefixes: Sequence[str]) -> None:
    template = _resource(name, prefixes) / f'{name}__visibility_control.h.in'
    text = template.read_text(encoding='utf-8')
    text = text.replace('@PROJECT_NAME_UPPER@', package.upper()).replace('@PROJECT_NAME@', package)
    path = output / name / package / _VISIBILITY.format(name)
    path.write_text(text, encoding='utf-8')


def _resource(name: str, prefixes: Sequence[str]) -> Path:
    """Return the folder with the templates of a generator."""
    for prefix in prefixes:
        folder = Path(prefix, 'share', name, 'resource')
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f'{name} is not installed; looked in {", ".join(prefixes)}')
