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

"""Read a project's ``.env`` as dotenv tools and shells do."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
import re

from nevil_msggen.problem import Problem
from nevil_nodes.declarations.expansion import expand
from nevil_nodes.declarations.expansion import Expansion

__all__ = ['OWN_VARIABLES', 'own_variable', 'read_dotenv']

# Nevil identifies its processes by these: another value would hide a node from it.
OWN_VARIABLES = frozenset({
    'NEVIL_CRASH_FILE', 'NEVIL_GENERATION', 'NEVIL_LOGSCOPE_FDS', 'NEVIL_PLAN', 'NEVIL_PROJECT',
    'NEVIL_RUNTIME_DIR', 'NEVIL_RUN_ID', 'NEVIL_SOCKET', 'NEVIL_STATE_DIR', 'NEVIL_UNIT',
})

_SKIPPED = re.compile(r'(?:[^\S\n]*(?:#[^\n]*)?\n)*[^\S\n]*(?:#[^\n]*\Z)?')
_KEY = re.compile(r'(?:export[^\S\n]+)?([A-Za-z_][A-Za-z0-9_.-]*)[^\S\n]*=')
_SPACE = re.compile(r'[^\S\n]*')
_END = re.compile(r'[^\S\n]*(?:#[^\n]*)?(?:\n|\Z)')
_SINGLE = re.compile(r"'([^']*)'")
_SINGLE_ESCAPED = re.compile(r"'((?:[^'\\]|\\.)*)'", re.DOTALL)
_DOUBLE = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_BARE = re.compile(r'[^\n]*')
_COMMENT = re.compile(r'^\s*#(?=\s|\Z)|\s#')
_ESCAPES = {'n': '\n', 't': '\t', 'r': '\r', 'a': '\a', 'b': '\b', 'f': '\f', 'v': '\v',
            '"': '"', "'": "'", '\\': '\\'}


def read_dotenv(
        path: Path, shown_as: str,
        environ: Mapping[str, str] | None = None,
        lines: dict[str, int] | None = None) -> tuple[dict[str, str], list[Problem]]:
    r"""
    Read the file; one that does not exist is empty.

    A value in quotes may have several lines. Single quotes keep everything as it is; double
    quotes know ``\n``, ``\t``, ``\"``, ``\\`` and the like; without quotes a value ends at
    `` #``. ``${VAR}`` and ``${VAR:-default}`` expand but in single quotes: to what stands above,
    or to what is set already.

    :param environ: what is set already
    :param lines: is filled with the line of each variable
    """
    try:
        text = path.read_text(encoding='utf-8-sig')
    except FileNotFoundError:
        return {}, []
    except (OSError, ValueError) as error:
        return {}, [_unreadable(shown_as, error)]
    values: dict[str, str] = {}
    problems: list[Problem] = []
    at = _skip(text, 0)
    while at < len(text):
        line = text.count('\n', 0, at) + 1
        key, value, raw, at = _entry(text, at)
        wrong = _wrong(key, value)
        if wrong is not None:
            problems.append(Problem(file=shown_as, line=line, key=key, text=wrong[0],
                                    fix=wrong[1]))
        elif value is not None:
            if lines is not None:
                lines[key] = line
            found = Expansion()
            values[key] = value if raw else expand(
                value, {**(environ or {}), **values}, found, (key,))
            problems += [_undefined(shown_as, line, key, name) for _, name in found.undefined]
        at = _skip(text, at)
    return values, problems


def _unreadable(shown_as: str, error: Exception) -> Problem:
    reason = getattr(error, 'strerror', None) or 'it is not UTF-8 text'
    return Problem(file=shown_as, line=0, key='', text=f'cannot be read: {reason}',
                   fix='make it a readable UTF-8 text file, or remove it')


def _undefined(shown_as: str, line: int, key: str, name: str) -> Problem:
    return Problem(
        file=shown_as, line=line, key=key, severity='warning',
        text=f"variable '{name}' is not set and has no default",
        fix=f'write ${{{name}:-default}}, or the value in single quotes if the characters'
        ' are meant')


def own_variable(name: str) -> tuple[str, str] | None:
    """Return why a variable may not be set for a project, and the way out."""
    if name not in OWN_VARIABLES:
        return None
    return f"'{name}' is a variable that Nevil itself sets and finds its processes by", 'remove it'


def _skip(text: str, at: int) -> int:
    """Return the place of the next line that says something."""
    match = _SKIPPED.match(text, at)
    return match.end() if match else at


def _entry(text: str, at: int) -> tuple[str, str | None, bool, int]:
    """Return key, value (None: it cannot be read), whether it is taken as it is, and the end."""
    match = _KEY.match(text, at)
    if match is None:
        return '', None, False, _BARE.match(text, at).end()  # type: ignore[union-attr]
    key, begin = match.group(1), match.end()
    start = _SPACE.match(text, begin).end()  # type: ignore[union-attr]
    if text[start:start + 1] not in ('"', "'") or not text[start:]:
        line = _BARE.match(text, begin).group()  # type: ignore[union-attr]
        value = _COMMENT.split(line, maxsplit=1)[0].strip()
        return key, value, False, begin + len(line)
    for pattern in (_DOUBLE,) if text[start] == '"' else (_SINGLE, _SINGLE_ESCAPED):
        quoted = pattern.match(text, start)
        end = quoted and _END.match(text, quoted.end())
        if quoted and end:
            value = quoted.group(1)
            if pattern is not _SINGLE:
                value = re.sub(r'\\(.)', lambda m: _ESCAPES.get(m.group(1), m.group()), value)
            return key, value, text[start] == "'", end.end()
    return key, None, False, _BARE.match(text, at).end()  # type: ignore[union-attr]


def _wrong(key: str, value: str | None) -> tuple[str, str] | None:
    if value is None or '\0' in value:
        # The line is not shown: it may hold a secret.
        if key:
            return 'has a quote that is not closed, or text after it', 'close the quote'
        return ('is not a KEY=VALUE line',
                'write KEY=VALUE, a value with spaces in quotes, a comment after #')
    return own_variable(key)
