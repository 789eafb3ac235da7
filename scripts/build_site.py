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
Build the documentation as a site.

    python scripts/build_site.py [OPTION OF MKDOCS BUILD ...]

copies README.md and what its links lead to into .nevil/site/pages, in their folders, so that
links between pages work as in the repository, and calls MkDocs (docs/requirements.txt) there. The
site is in .nevil/site/html.
"""

from __future__ import annotations

from pathlib import Path
import re
import shutil
import subprocess
import sys

ROOT = Path(__file__).resolve().parents[1]
PAGES = ROOT / '.nevil' / 'site' / 'pages'
_LINK = re.compile(r'(?:\]\(|src="|srcset=")(?!\w+:)([^)#"\s]+)')


def main() -> int:
    """Build it; return the exit code of MkDocs."""
    shutil.rmtree(PAGES, ignore_errors=True)
    for file in reached(ROOT / 'README.md'):
        target = PAGES / file.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)
    return subprocess.run([sys.executable, '-m', 'mkdocs', 'build', '--clean', *sys.argv[1:]],
                          cwd=ROOT, check=False).returncode


def reached(page: Path) -> list[Path]:
    """Return a page and the files that links lead to from it, from those, and so on."""
    found = {page: None}
    left = [page]
    while left:
        page = left.pop()
        if page.suffix != '.md':
            continue
        for link in _LINK.findall(page.read_text(encoding='utf-8')):
            target = (page.parent / link).resolve()
            if target.is_file() and target not in found:
                found[target] = None
                left.append(target)
    return list(found)


if __name__ == '__main__':
    sys.exit(main())
