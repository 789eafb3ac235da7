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

"""All tests of this folder hold for the other binding too."""

from __future__ import annotations

from importlib.util import find_spec
import os
from pathlib import Path
import subprocess
import sys

from nevil_logscope.binding import NAME
import pytest

_OTHER = {'PyQt5': 'PyQt6', 'PyQt6': 'PyQt5'}.get(NAME, '')
_INSIDE = 'LOGSCOPE_OTHER_BINDING'


@pytest.mark.timeout(300)
@pytest.mark.skipif(bool(os.environ.get(_INSIDE)), reason='this is the other one')
@pytest.mark.skipif(not _OTHER or find_spec(_OTHER) is None, reason='one binding is installed')
def test_everything_holds_for_the_other_binding() -> None:
    """PyQt5 is what Jazzy has, PyQt6 what comes after; a process can have only one."""
    done = subprocess.run(
        [sys.executable, '-m', 'pytest', '-q', '-p', 'no:cacheprovider',
         str(Path(__file__).parent)],
        env={**os.environ, _INSIDE: '1', 'PYTEST_QT_API': _OTHER.lower(),
             'QT_API': _OTHER.lower()},
        capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
