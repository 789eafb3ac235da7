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


"""An interface package made of a project's types: its files, its table, its digest."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence
import hashlib
import json
import os
from pathlib import Path
from typing import Any

from nevil_msggen.emit import emit_message
from nevil_msggen.model import Field
from nevil_msggen.names import nested_type
from nevil_msggen.types import TypeTable

__all__ = [
    'TABLE_NAME', 'digest', 'message_files', 'package_files', 'table_text', 'write_files',
]

TABLE_NAME = 'nevil_messages.json'
_VERSION = 1

_CMAKE = """cmake_minimum_required(VERSION 3.8)
project({package})

find_package(ament_cmake REQUIRED)
find_package(rosidl_default_generators REQUIRED)

rosidl_generate_interfaces(${{PROJECT_NAME}}
{messages})

install(FILES {table} DESTINATION share/${{PROJECT_NAME}})
ament_export_dependencies(rosidl_default_runtime)
ament_package()
"""
_XML = """<?xml version="1.0"?>
<?xml-model href="http://download.ros.org/schema/package_format3.xsd" \
schematypens="http://www.w3.org/2001/XMLSchema"?>
<package format="3">
  <name>{package}</name>
  <version>0.0.0</version>
  <description>Messages of a Nevil project, made from its .messages files.</description>
  <maintainer email="nobody@example.org">nobody</maintainer>
  <license>unknown</license>

  <buildtool_depend>ament_cmake</buildtool_depend>
  <buildtool_depend>rosidl_default_generators</buildtool_depend>
  <exec_depend>rosidl_default_runtime</exec_depend>
  <member_of_group>rosidl_interface_packages</member_of_group>

  <export>
    <build_type>ament_cmake</build_type>
  </export>
</package>
"""


def message_files(table: TypeTable) -> dict[str, str]:
    """Return the text of each ``msg/<Type>.msg``."""
    return {f'msg/{name}.msg': emit_message(found) for name, found in table.types.items()}


def digest(table: TypeTable, package: str) -> str:
    """Return what tells two generated packages apart: all that they say, and nothing else."""
    return _digest(message_files(table), _types(table), package)


def table_text(table: TypeTable, package: str) -> str:
    """Return the table that nodes check and convert messages with."""
    types = _types(table)
    content = {'version': _VERSION, 'package': package,
               'digest': _digest(message_files(table), types, package), 'types': types}
    return json.dumps(content, indent=1, ensure_ascii=False) + '\n'


def package_files(table: TypeTable, package: str,
                  kept: Mapping[str, str] | None = None) -> dict[str, str]:
    """
    Return every file of an interface package, by its path in it.

    :param kept: further ``msg/*.msg`` files that the package is to hold, with their text
    """
    messages = {**(kept or {}), **message_files(table)}
    listed = ''.join(f'  "{name}"\n' for name in sorted(messages)).rstrip('\n')
    return {
        'package.xml': _XML.format(package=package),
        'CMakeLists.txt': _CMAKE.format(package=package, messages=listed, table=TABLE_NAME),
        TABLE_NAME: table_text(table, package), **messages}


def write_files(files: Mapping[str, str], folder: Path) -> list[str]:
    """
    Make a folder hold these files; one whose content is right is not touched.

    A ``msg/*.msg`` that is not among them is removed.

    :returns: the paths that were written or removed
    :raises OSError: the folder cannot be written
    """
    changed = []
    for name, text in files.items():
        path = folder / name
        data = text.encode('utf-8')
        try:
            if path.read_bytes() == data:
                continue
        except OSError:
            path.parent.mkdir(parents=True, exist_ok=True)
        # Renamed into place, so that an interrupted run leaves no half file that looks right.
        temporary = path.with_name(f'.{path.name}.{os.getpid()}')
        temporary.write_bytes(data)
        temporary.replace(path)
        changed.append(name)
    for path in sorted(folder.glob('msg/*.msg')):
        name = f'msg/{path.name}'
        if name not in files:
            path.unlink()
            changed.append(name)
    return changed


def _types(table: TypeTable) -> dict[str, Any]:
    return {name: {'fields': _fields(name, found.fields),
                   **({'any_json': True} if found.any_json else {})}
            for name, found in table.types.items()}


def _entry(owner: str, field: Field, name: str) -> dict[str, Any]:
    """
    Return the row of a field, or of an array's items.

    :param name: what a nested type is named for: the field's own name, or the array's
    """
    message = nested_type(owner, name) if field.type == 'object' and not field.is_json else None
    has_items = field.items is not None and not field.is_json
    return {
        'name': field.name, 'type': field.type, 'required': field.required,
        'default': field.default, 'min': field.minimum, 'max': field.maximum,
        'max_length': field.max_length,
        'allowed': None if field.allowed is None else list(field.allowed),
        'items': _entry(owner, field.items, name) if has_items and field.items else None,
        'message': message, 'encoding': 'json' if field.is_json else None,
        'fields': None if message is None else _fields(message, field.fields or ()),
        'description': field.description}


def _fields(owner: str, fields: Sequence[Field]) -> list[dict[str, Any]]:
    return [_entry(owner, field, field.name) for field in fields]


def _digest(messages: Mapping[str, str], types: Mapping[str, Any], package: str) -> str:
    content = json.dumps([_VERSION, package, messages, types], sort_keys=True)
    return hashlib.sha256(content.encode('utf-8')).hexdigest()
