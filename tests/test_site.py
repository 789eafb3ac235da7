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

"""The documentation as a site: it builds, and every page is in its navigation."""

from __future__ import annotations

from importlib.util import find_spec
import os
from pathlib import Path
import re
import subprocess
import sys

from build_site import reached
import pytest
from quality.sources import ROOT

needs_mkdocs = pytest.mark.skipif(find_spec('material') is None, reason='needs mkdocs-material')


@needs_mkdocs
def test_it_builds_without_a_warning(tmp_path: Path) -> None:
    """A link to a page or a heading that is not there is a warning, and so an error."""
    done = subprocess.run(
        [sys.executable, ROOT / 'scripts' / 'build_site.py', '--strict', '--site-dir', tmp_path],
        env={**os.environ, 'NO_MKDOCS_2_WARNING': '1'}, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stdout
    assert (tmp_path / 'docs' / 'first-robot' / 'index.html').is_file()
    front = (tmp_path / 'index.html').read_text(encoding='utf-8')
    loaded = re.findall(
        r'<(?:script|link|img|source)[^>]+(?:src|href|srcset)=["\']?(\w+:[^\s"\'>]+)', front)
    assert not loaded, 'something is loaded from elsewhere'


def test_every_page_is_reached() -> None:
    """A page that no link leads to is read by nobody."""
    pages = set((ROOT / 'docs').rglob('*.md'))
    assert len(pages) > 15
    assert not pages - set(reached(ROOT / 'README.md'))


def test_the_tools_are_those_of_the_tests() -> None:
    """Who builds the site by docs/requirements.txt gets what was tested."""
    pins = [re.findall(r'^mkdocs-material==.+$', (ROOT / file).read_text(encoding='utf-8'),
                       re.MULTILINE)
            for file in ('docs/requirements.txt', 'scripts/test-requirements.txt')]
    assert pins[0] == pins[1] != []
