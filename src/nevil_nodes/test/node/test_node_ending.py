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

"""The limit of a process's end."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

HELD = """
import ctypes
import sys
from nevil_nodes.node.ending import exit_after
exit_after(float(sys.argv[1]), int(sys.argv[2]))
ctypes.PyDLL(None).sleep(60)  # keeps the GIL, as a hanging library does
"""


@pytest.mark.parametrize('code', [0, 1, 78, -1])
def test_limit_ends_a_process_whose_gil_is_held(code: int) -> None:
    """With the exit code that it had: an end in order is no failure because a library hangs."""
    began = time.monotonic()
    done = subprocess.run([sys.executable, '-c', HELD, '0.2', str(code)], timeout=30)
    assert done.returncode == code % 256
    assert time.monotonic() - began >= 0.2


def test_limit_leaves_a_process_alone_that_ends_in_time() -> None:
    """It is for the rare case."""
    quick = HELD.replace('ctypes.PyDLL(None).sleep(60)', 'sys.exit(3)')
    assert subprocess.run([sys.executable, '-c', quick, '60', '0'], timeout=30).returncode == 3
