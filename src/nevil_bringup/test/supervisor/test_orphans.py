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

"""Dead processes whose parents have gone do not pile up; our own are left to who started them."""

from __future__ import annotations

import subprocess
import sys

# A subreaper with two orphans, one that is dead at once and one later, and a child of its own.
_REAPER = """\
import asyncio, os, subprocess, sys
from nevil_bringup.spawner.prctl import become_subreaper
from nevil_bringup.spawner.procfs import children
from nevil_bringup.supervisor.orphans import Orphans

async def main():
    become_subreaper()
    orphans = Orphans()
    orphans.begin()
    subprocess.run(['sh', '-c', 'sleep 0 & sleep 1 & exit'], check=True)
    own = await asyncio.create_subprocess_exec('sh', '-c', 'exit 7', start_new_session=True)
    give_up_at = asyncio.get_running_loop().time() + 20
    while children(os.getpid()) and asyncio.get_running_loop().time() < give_up_at:
        await asyncio.sleep(0.05)
    print(children(os.getpid()), await own.wait())
    orphans.close()

asyncio.run(main())
"""


def test_orphans_are_reaped_and_own_children_kept() -> None:
    """As process 1 of a container nobody else would; a stolen exit status would be told as 255."""
    done = subprocess.run([sys.executable, '-c', _REAPER], capture_output=True, text=True,
                          timeout=60, check=False)
    assert (done.stdout, done.stderr) == ('[] 7\n', '')
