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

"""The packages of this repository and their Python files."""

from __future__ import annotations

from pathlib import Path

__all__ = ['PACKAGES', 'ROOT', 'python_files']

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = sorted(file.parent for file in ROOT.glob('src/*/package.xml'))


def python_files(folder: Path) -> list[Path]:
    """Return the Python files of a folder, without caches."""
    return sorted(
        path for path in folder.rglob('*.py')
        if not any(part.startswith('.') or part == '__pycache__'
                   for part in path.relative_to(folder).parts))
