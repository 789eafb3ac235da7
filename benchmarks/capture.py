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

"""Log lines per second: a process prints 500 000 short lines, captured and to a plain file."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
import statistics
import sys
import tempfile
import time

from nevil_bringup.capture.client import Capture
from nevil_nodes.declarations.plan import LogPlan

LINES = 500_000
ROUNDS = 3
PROGRAMS = {
    'one write': 'import os\ndata = b"".join(b"hello line %d\\n" % i for i in range({0}))\n'
                 'while data: data = data[os.write(1, data):]',
    'print': 'for i in range({0}): print("hello line", i)',
    'print, line by line': 'for i in range({0}): print("hello line", i, flush=True)',
}


async def run(program: str, output: int, capture: Capture | None = None) -> float:
    """Return the seconds until all is in the file."""
    began = time.monotonic()
    child = await asyncio.create_subprocess_exec(sys.executable, '-c', program, stdout=output)
    await child.wait()
    if capture is not None:
        assert await capture.drain(60.0)
    return time.monotonic() - began


def cpu_of(pid: int) -> float:
    """Return the CPU seconds that a process has used."""
    field = Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()
    return (int(field[11]) + int(field[12])) / os.sysconf('SC_CLK_TCK')


async def main() -> None:
    """Print the table."""
    print(f'{LINES} lines, medians of {ROUNDS}')
    print(f'{"":22}{"file":>8}{"captured":>10}{"ratio":>7}{"lines/s":>11}{"capture CPU":>13}')
    with tempfile.TemporaryDirectory() as folder:
        capture = await Capture.launch(
            LogPlan(directory=f'{folder}/logs', max_bytes=1 << 30), lambda status: None)
        output = capture.pipe('camera', ['camera'])
        for name, text in PROGRAMS.items():
            program = text.format(LINES)
            plain, captured, cpu = [], [], []
            for _ in range(ROUNDS):
                with open(f'{folder}/plain', 'w') as file:
                    plain.append(await run(program, file.fileno()))
                before = cpu_of(capture.pid)
                captured.append(await run(program, output, capture))
                cpu.append(cpu_of(capture.pid) - before)
            file_s, captured_s = statistics.median(plain), statistics.median(captured)
            print(f'{name:22}{file_s:7.2f}s{captured_s:9.2f}s{captured_s / file_s:7.2f}'
                  f'{LINES / captured_s:11.0f}{statistics.median(cpu):12.2f}s')
        await capture.close()


if __name__ == '__main__':
    asyncio.run(main())
