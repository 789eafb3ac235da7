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

"""Read YAML files safely and remember the line of every key and value."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from nevil_msggen.problem import Problem

__all__ = ['Document', 'KeyPath', 'read_document']

KeyPath = tuple[str | int, ...]

_Loader = getattr(yaml, 'CSafeLoader', yaml.SafeLoader)


@dataclass(frozen=True)
class Document:
    """
    A YAML mapping with its lines.

    :param file: the path as shown to the user
    :param data: plain Python data, always a mapping at the top
    :param lines: line (1-based) of each key path; ``()`` is the document
    """

    file: str
    data: dict[str, Any]
    lines: dict[KeyPath, int] = field(default_factory=dict)

    def line(self, *path: str | int) -> int:
        """Return the line of a key path, or of its nearest known parent."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 0)


def read_document(path: Path, shown_as: str) -> tuple[Document, list[Problem]]:
    """
    Read one file; never raise for its content.

    :param path: the file
    :param shown_as: how the file is named in problems
    :returns: the document (empty when unreadable) and what is wrong with the file
    """
    raise NotImplementedError
