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

"""Read a project's ``.env``: ``KEY=VALUE`` lines."""

from __future__ import annotations

from pathlib import Path
import re

from nevil_msggen.problem import Problem

__all__ = ['read_dotenv']

_LINE = re.compile(r'(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)')
_ESCAPES = {'n': '\n', 't': '\t', 'r': '\r'}


def read_dotenv(path: Path, shown_as: str) -> tuple[dict[str, str], list[Problem]]:
    r"""
    Read the file; one that does not exist is empty.

    Single quotes keep everything as it is; double quotes know ``\n``, ``\t``, ``\r``, ``\"``
    and ``\\``; without quotes a value ends at `` #``. Variables are not expanded here.
    """
    try:
        text = path.read_text(encoding='utf-8-sig')
    except FileNotFoundError:
        return {}, []
    except (OSError, ValueError) as error:
        reason = getattr(error, 'strerror', None) or 'it is not UTF-8 text'
        return {}, [Problem(file=shown_as, line=0, key='', text=f'cannot be read: {reason}',
                            fix='make it a readable UTF-8 text file, or remove it')]
    values: dict[str, str] = {}
    problems: list[Problem] = []
    for number, raw in enumerate(text.split('\n'), start=1):
        line = raw.strip()
        if not line or line.startswith('#'):
            continue
        match = _LINE.fullmatch(line)
        value = _value(match.group(2)) if match else None
        if match is None or value is None or '\0' in value:
            # The line is not shown: it may hold a secret.
            problems.append(Problem(
                file=shown_as, line=number, key='', text='is not a KEY=VALUE line',
                fix='write KEY=VALUE, a value with spaces in quotes, a comment after #'))
        else:
            values[match.group(1)] = value
    return values, problems


def _value(text: str) -> str | None:
    """Return the value without its quotes and comment, None when a quote is not closed."""
    if text.startswith("'"):
        end = text.find("'", 1)
        return text[1:end] if end > 0 and _is_rest(text[end + 1:]) else None
    if text.startswith('"'):
        match = re.match(r'"((?:[^"\\]|\\.)*)"', text)
        if match is None or not _is_rest(text[match.end():]):
            return None
        return re.sub(r'\\(.)', lambda m: _ESCAPES.get(m.group(1), m.group(1)), match.group(1))
    return re.split(r'(?:^|\s)#', text, maxsplit=1)[0].rstrip()


def _is_rest(text: str) -> bool:
    """Tell whether nothing but a comment follows a closing quote."""
    rest = text.strip()
    return not rest or rest.startswith('#')
