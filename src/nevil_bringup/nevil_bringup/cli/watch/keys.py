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
"""What a terminal sends, as names of keys."""

from __future__ import annotations

import re

__all__ = ['Keys']

_NAMES = {
    b'A': 'up', b'B': 'down', b'H': 'home', b'F': 'end', b'5~': 'page up', b'6~': 'page down',
    b'1~': 'home', b'4~': 'end', b'\r': 'enter', b'\n': 'enter', b'\x1b': 'escape',
    b'k': 'up', b'j': 'down',
}
_KEY = re.compile(rb'\x1b[\[O]([0-9;]*[A-Za-z~])|(\x1b(?![\[O])|[^\x1b])', re.DOTALL)
_BEGUN = re.compile(rb'\x1b(?:[\[O][0-9;]*)?\Z')


class Keys:
    """Takes bytes as they come; a sequence may come in parts."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._rest = b''

    @property
    def unsure(self) -> bool:
        """Return whether what came last may be Esc or the beginning of another key."""
        return bool(self._rest)

    def feed(self, data: bytes) -> list[str]:
        """Return the keys that are complete; without data, what was begun is taken as Esc."""
        if not data:
            keys, self._rest = ['escape'] if self._rest else [], b''
            return keys
        data = self._rest + data
        begun = _BEGUN.search(data)
        self._rest = begun.group() if begun else b''
        whole = data[:begun.start()] if begun else data
        return [_name(match) for match in _KEY.finditer(whole)]


def _name(match: re.Match[bytes]) -> str:
    key = match.group(1) or match.group(2)
    return _NAMES.get(key) or ('' if match.group(1) else key.decode('latin-1'))
