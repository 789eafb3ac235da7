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

"""A project that tests write file by file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
import textwrap

from nevil_nodes.declarations import load_project
from nevil_nodes.declarations import LoadResult

__all__ = ['Project']

SOURCE = """
from types import SimpleNamespace as Base


class {name}(Base):
    pass
"""


class Project:
    """Writes a project's files and loads it."""

    def __init__(self, folder: Path) -> None:
        """Begin with a root file that is right."""
        self.folder = folder
        self.environ: dict[str, str] = {}
        self.root('')

    def root(self, text: str, *, version: str = 'version: "3.0"\n') -> None:
        """Write the root file: its first line is the version, the text begins in line 2."""
        self.write('.nodes', version + textwrap.dedent(text))

    def write(self, path: str, text: str) -> Path:
        """Write any file."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding='utf-8')
        return file

    def node(self, name: str, text: str | None = None, *, source: str | None = None,
             messages: str | None = None, folder: str = 'nodes') -> Path:
        """Write a node's folder, with a class that fits unless a source is given."""
        path = f'{folder}/{name}'
        class_name = ''.join(part.capitalize() for part in name.split('_')) + 'Node'
        self.write(f'{path}/{name}_node.py', source or SOURCE.format(name=class_name))
        if text is not None:
            self.write(f'{path}/.nodes', textwrap.dedent(text).lstrip('\n'))
        if messages is not None:
            self.write(f'{path}/.messages', textwrap.dedent(messages).lstrip('\n'))
        return self.folder / path

    def load(self, environ: Mapping[str, str] | None = None) -> LoadResult:
        """Load it in an environment that holds nothing else."""
        return load_project(self.folder, environ={**self.environ, **(environ or {})})

    def problems(self, environ: Mapping[str, str] | None = None) -> list[str]:
        """Return every problem as `severity: text`."""
        return [f'{problem.severity}: {problem}' for problem in self.load(environ).problems]
