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


"""The names that ROS 2, C++ and Python accept, and what to write instead of the others."""

from __future__ import annotations

from collections.abc import Sequence
import keyword
import re

__all__ = [
    'camel_case', 'check_callback', 'check_field', 'check_message_type', 'check_topic',
    'constant_names', 'file_stem', 'is_interface', 'nested_type', 'snake_case',
]

Refusal = tuple[str, str]

_FIELD = re.compile(r'[a-z](?:_?[a-z0-9])*\Z')
_MESSAGE = re.compile(r'[A-Z][A-Za-z0-9]*\Z')
_INTERFACE = re.compile(r'[a-z](?:_?[a-z0-9])*/msg/[A-Z][A-Za-z0-9]*\Z')
_TOPIC = re.compile(r'[~/]?(?:(?<=~)/)?[A-Za-z_][A-Za-z0-9_]*(?:/[A-Za-z_][A-Za-z0-9_]*)*\Z')

# Words that the generated C and C++ code cannot hold: keywords, types that it uses, and macros of
# GNU C, of the system's headers and of those of Python and numpy. Found by building them.
_CPP = frozenset("""
    alignas alignof and and_eq asm auto bitand bitor bool break case catch char char16_t char32_t
    char8_t class co_await co_return co_yield compl concept const const_cast consteval constexpr
    constinit continue decltype default delete do double dynamic_cast else enum explicit export
    extern false float for friend goto if inline int long mutable namespace new noexcept not
    not_eq nullptr operator or or_eq private protected public register reinterpret_cast requires
    restrict return short signed sizeof static static_assert static_cast struct switch template
    this thread_local throw true try typedef typeid typename union unsigned using virtual void
    volatile wchar_t while xor xor_eq complex constchar errno i386 int8_t int16_t int32_t int64_t
    linux longdouble_t math_errhandling npy_fseek npy_ftell npy_lseek npy_off_t sa_handler
    sa_sigaction st_atime st_ctime st_mtime stderr stdin stdout uint8_t uint16_t
    uint32_t uint64_t unix
""".split())
# Keywords, and what a generated class uses itself: each field becomes a property and a slot of it.
_PYTHON = frozenset(keyword.kwlist) | {
    'builtins', 'check_fields', 'fields_and_field_types', 'get_fields_and_field_types', 'self'}
_NO_TYPE = frozenset({'EOF', 'FALSE', 'False', 'NAN', 'NULL', 'None', 'TRUE', 'True'})


def check_message_type(name: str) -> Refusal | None:
    """Return what is wrong with the name of a message type, and the fix."""
    if is_interface(name):
        return None
    if re.match(r'[a-z][a-z0-9_]*/[A-Z][A-Za-z0-9]*\Z', name):
        package, _, message = name.partition('/')
        return f"'{name}' is not a full interface name", f"write '{package}/msg/{message}'"
    if '/' in name:
        return f"'{name}' is not an interface name", "write it like 'sensor_msgs/msg/Image'"
    if not _MESSAGE.match(name):
        return (f"'{name}' is not CamelCase, as ROS requires of a message type",
                f"rename it to '{camel_case(name)}' in every file")
    if name in _NO_TYPE:
        return f"'{name}' is a reserved word", f"rename it to '{name.capitalize()}Message'"
    return None


def check_field(name: str) -> Refusal | None:
    """Return what is wrong with the name of a field, and the fix."""
    if not _FIELD.match(name):
        return (f"'{name}' is not lower_snake_case (letters, digits, single _ between them), as "
                'ROS requires of a field', f"rename it to '{snake_case(name)}'")
    language = 'C++' if name in _CPP else 'Python' if name in _PYTHON else ''
    if language:
        return (f"'{name}' is a name that the {language} code which ROS generates uses itself",
                f"rename it to '{name}_value'")
    return None


def check_topic(name: str) -> Refusal | None:
    """Return what is wrong with the name of a topic, and the fix."""
    if _TOPIC.match(name) and '__' not in name:
        return None
    return (f"'{name}' is not a ROS topic name (words of letters, digits and single _, joined "
            'by /, none beginning with a digit)', f"rename it to '{_topic_name(name)}'")


def check_callback(name: str) -> Refusal | None:
    """Return what is wrong with the name of a callback, and the fix."""
    if name.isidentifier() and not keyword.iskeyword(name):
        return None
    return f"'{name}' is not the name of a Python method", f"rename it to '{snake_case(name)}'"


def is_interface(name: str) -> bool:
    """Return whether a message type names an existing ROS interface (``pkg/msg/Type``)."""
    return _INTERFACE.match(name) is not None


def camel_case(name: str) -> str:
    """Return the nearest valid name of a message type."""
    words = re.findall(r'[A-Za-z0-9]+', _ascii(name))
    joined = ''.join(word[0].upper() + word[1:] for word in words)
    return joined if joined[:1].isalpha() else f'Message{joined}'


def snake_case(name: str) -> str:
    """Return the nearest valid name of a field."""
    words = '_'.join(re.findall(r'[a-z0-9]+', file_stem(_ascii(name))))
    return words if words[:1].isalpha() else f'field_{words}'.rstrip('_')


def file_stem(message_type: str) -> str:
    """Return the stem of the header that ROS generates for a message type."""
    name = re.sub(r'(.)([A-Z][a-z]+)', r'\1_\2', message_type)
    return re.sub(r'([a-z0-9])([A-Z])', r'\1_\2', name).lower()


def nested_type(message_type: str, field: str) -> str:
    """Return the name of the type generated for an object field."""
    return message_type + camel_case(field)


def constant_names(field: str, values: Sequence[object], taken: set[str]) -> list[str]:
    """
    Return a valid constant name for each allowed value of a field.

    :param taken: names that the message has already; the new ones are added
    """
    names: list[str] = []
    for value in values:
        text = str(value).replace('-', 'minus ', 1) if _negative(value) else str(value)
        word = '_'.join(re.findall(r'[A-Z0-9]+', _ascii(text).upper()))
        word = word or ('OTHER' if text else 'EMPTY')
        base = f'{field.upper()}_{word}'
        name, number = base, 2
        while name in taken:
            name, number = f'{base}_{number}', number + 1
        taken.add(name)
        names.append(name)
    return names


def _topic_name(name: str) -> str:
    words = [re.sub(r'\W+', '_', _ascii(part)).strip('_') for part in name.split('/')]
    words = [re.sub(r'__+', '_', word) for word in words if word]
    words = [word if not word[0].isdigit() else f'_{word}' for word in words]
    return ('/' if name.startswith('/') else '') + ('/'.join(words) or 'topic')


def _negative(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value < 0


def _ascii(text: str) -> str:
    return ''.join(char if char.isascii() else '_' for char in text)
