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

"""Messages as YAML and back, as ``ros2 topic`` has them."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
import re
import sys
from typing import Any

from nevil_bringup.errors import UserError
import yaml

__all__ = ['message_class', 'set_fields', 'to_yaml']

TRUNCATED = 128
_NESTED = re.compile(r'([a-z][a-z0-9_]*)/([A-Za-z][A-Za-z0-9]*)')


def message_class(name: str) -> Any:
    """
    Return the class of a type, ``package/msg/Type`` or ``package/Type``.

    :raises UserError: there is none
    """
    parts = name.split('/')
    try:
        return getattr(import_module(f'{parts[0]}.msg'), parts[-1])
    except (ImportError, AttributeError, ValueError):
        raise UserError(f'{name}: the passed message type is invalid') from None


def to_yaml(message: Any, truncate: int | None = TRUNCATED) -> str:
    """
    Return the fields of a message, in their order.

    :param truncate: characters and items after which there are three dots; None shows all
    """
    return yaml.dump(_plain(message, truncate), allow_unicode=True, sort_keys=False,
                     width=sys.maxsize, default_flow_style=False)


def set_fields(message: Any, values: Mapping[str, Any]) -> None:
    """
    Set fields by their names.

    :raises UserError: a message has no such field, or it is no such value
    """
    kinds = message.get_fields_and_field_types()
    for name, value in values.items():
        if name not in kinds:
            raise UserError(f"Failed to populate field: '{type(message).__name__}' has no "
                            f"field '{name}'; fields: {', '.join(kinds)}")
        try:
            setattr(message, name, _value(kinds[name], getattr(message, name), value))
        except (AssertionError, TypeError, ValueError) as error:
            raise UserError(f'Failed to populate field: {name}: {error}') from None


def _value(kind: str, current: Any, value: Any) -> Any:
    nested = _NESTED.search(kind)
    if nested and isinstance(value, list):
        made = [message_class('/'.join(nested.groups()))() for _ in value]
        for one, fields in zip(made, value):
            set_fields(one, fields)
        return made
    if nested:
        set_fields(current, value or {})
        return current
    return type(current)(value) if isinstance(current, (bool, int, float, str)) else value


def _plain(value: Any, truncate: int | None) -> Any:
    if hasattr(value, 'get_fields_and_field_types'):
        return {name: _plain(getattr(value, name), truncate)
                for name in value.get_fields_and_field_types()}
    if isinstance(value, str):
        return value if truncate is None or len(value) <= truncate else value[:truncate] + '...'
    if isinstance(value, bytes):
        return _plain(list(value), truncate)
    if isinstance(value, (bool, int, float)) or value is None:
        return value
    items = value.tolist() if hasattr(value, 'tolist') else list(value)
    if truncate is not None and len(items) > truncate:
        return [*(_plain(item, truncate) for item in items[:truncate]), '...']
    return [_plain(item, truncate) for item in items]
