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
Measure LogScope's engine on a million log lines of about 120 bytes, beside lnav where it is.

Prints tables of CPU time (other programs then disturb less; all of it is one thread), median of 5:
reading, filters and searches over the whole store; then what lnav takes for the same file (its own
start and index apart), and what arrives of 5000 messages a second on /rosout. First hits and
longest slices are wall time.

    scripts/nevil shell python3 benchmarks/logscope.py [LINES]
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from datetime import timezone
import gc
import json
import os
from pathlib import Path
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / 'src' / 'nevil_logscope')]

from nevil_logscope.search import histogram  # noqa: E402
from nevil_logscope.search import next_of_level  # noqa: E402
from nevil_logscope.search import SearchJob  # noqa: E402
from nevil_logscope.search import time_span  # noqa: E402
from nevil_logscope.sources import FileSource  # noqa: E402
from nevil_logscope.sources import Intake  # noqa: E402
from nevil_logscope.store import Batch  # noqa: E402
from nevil_logscope.store import Store  # noqa: E402
from nevil_nodes.logs import FilterSpec  # noqa: E402
from nevil_nodes.logs import Flag  # noqa: E402
from nevil_nodes.logs import TextTerm  # noqa: E402

LINES = 1_000_000
REPEAT = 5
NODES = ['camera', 'arm', 'speech_recognition', 'navigation', *(f'node{n:02d}' for n in range(16))]
LEVELS = ['DEBUG'] * 125 + ['INFO'] * 300 + ['WARNING'] * 55 + ['ERROR'] * 19 + ['CRITICAL']
WORDS = ('the planner has moved goal with heading speed wheel left right battery frame sensor '
         'pose map heartbeat servo queue cache').split()
RARE, COMMON, REGEX = 'timeout waiting for /camera', 'heartbeat', 'timeout.*(servo|camera)'
PATTERN = (r'^\[(?<timestamp>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}\+00:00)\] \[(?<level>\w+)\] '
           r'\[(?<node>[^\]]*)\] \[(?<component>[^\]]*)\] (?<body>.*)$')
FORMAT = {'nevil_log': {
    'title': 'Nevil', 'regex': {'std': {'pattern': PATTERN}},
    'level-field': 'level', 'timestamp-format': ['%Y-%m-%d %H:%M:%S.%f%z'],
    'level': {'debug': 'DEBUG', 'info': 'INFO', 'warning': 'WARNING', 'error': 'ERROR',
              'fatal': 'CRITICAL'},
    'value': {'node': {'kind': 'string', 'identifier': True},
              'component': {'kind': 'string', 'identifier': True}},
    'sample': [{'line': '[2026-11-22 17:54:03.123456+00:00] [INFO] [arm] [motor] moving'}]}}
LNAV = {
    'index only': ':switch-to-view histogram', 'error and worse': ':set-min-log-level error',
    'substring, rare': f':filter-in {RARE}', 'substring, common': f':filter-in {COMMON}',
    'regular expression': f':filter-in {REGEX}', 'one node': r':filter-in \] \[camera\] '}


def write_log(path: Path, lines: int) -> None:
    """Write a log, always the same."""
    chance = random.Random(5)
    second, stamp = 0, ''
    with path.open('w', encoding='ascii') as file:
        for number in range(lines):
            at_ms = 1_795_000_000_000 + number
            if at_ms // 1000 != second:
                second = at_ms // 1000
                stamp = datetime.fromtimestamp(second, timezone.utc).strftime('%Y-%m-%d %H:%M:%S')
            node = chance.choice(NODES)
            text = ' '.join(chance.choices(WORDS, k=9)) + f' {chance.randrange(10 ** 6)}'
            kind = chance.random()
            if kind < 0.003:
                text = f'timeout waiting for /{chance.choice(["camera", "servo", "map"])} {text}'
            file.write(f'[{stamp}.{at_ms % 1000:03d}000+00:00] [{chance.choice(LEVELS)}] [{node}] '
                       f'[driver] {text}\n')


def milliseconds(action: Callable[[], object]) -> float:
    """Return the median CPU time that it takes."""
    times = []
    for _ in range(REPEAT):
        began = cpu_s()
        action()
        times.append((cpu_s() - began) * 1000)
    return statistics.median(times)


def cpu_s() -> float:
    """Return the CPU seconds of this process and of those it has waited for."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def resident_bytes() -> int:
    """Return what this process has in memory."""
    return int(Path('/proc/self/statm').read_text().split()[1]) * os.sysconf('SC_PAGE_SIZE')


def load(path: Path, lines: int) -> tuple[Store, float]:
    """Read a log into a store, in slices as a window does; return it and the seconds."""
    store = Store(lines)
    intake = Intake(store, [FileSource(path, store.names)])
    began = cpu_s()
    worst = 0.0
    while len(store) < lines:
        slice_began = time.perf_counter()
        intake.poll(0.008)
        worst = max(worst, time.perf_counter() - slice_began)
        if len(store) == lines - 1:
            time.sleep(0.05)  # the last record might get further lines
    seconds = cpu_s() - began
    intake.close()
    print(f'| longest slice of reading | {worst * 1000:.0f} ms |')
    return store, seconds


def append_rate(store: Store) -> float:
    """Return entries a second into an empty store, as batches of about 2000."""
    batches = []
    for segment in store.segments[:50]:
        names = ('at_ns', 'level', 'node', 'component', 'source', 'origin', 'flags')
        for start in range(0, segment.count, 2048):
            stop = min(start + 2048, segment.count)
            bounds = segment.bounds.astype('int64')
            batches.append(Batch(
                **{name: getattr(segment, name)[start:stop].copy() for name in names},
                ends=bounds[start + 1:stop + 1] - bounds[start],
                text=bytes(segment.text[bounds[start]:bounds[stop]])))
    other = Store(1_000_000, store.names)
    began = cpu_s()
    for batch in batches:
        other.append(batch)
    return len(other) / (cpu_s() - began)


def search(store: Store, spec: FilterSpec) -> tuple[float, float, int, float]:
    """Return ms of CPU, ms to the end of the first step, hits, ms of the longest slice."""
    ends, firsts, slices, found = [], [], [], 0
    for _ in range(REPEAT):
        began, cpu_began = time.perf_counter(), cpu_s()
        job = SearchJob(store, spec)
        job.advance(0.0)
        firsts.append(time.perf_counter() - began)
        done = False
        while not done:
            slice_began = time.perf_counter()
            done = job.advance(0.008).done
            slices.append(time.perf_counter() - slice_began)
        ends.append(cpu_s() - cpu_began)
        found = len(job.ids)
    return (statistics.median(ends) * 1000, statistics.median(firsts) * 1000, found,
            max(slices) * 1000)


def engine(path: Path, lines: int) -> None:
    """Print what LogScope takes."""
    gc.collect()
    before = resident_bytes()
    store, seconds = load(path, lines)
    print(f'| read and parse, lines/s | {lines / seconds:,.0f} |')
    print(f'| append alone, entries/s | {append_rate(store):,.0f} |')
    print(f'| bytes an entry, text included | {store.memory() / lines:.0f} '
          f'(process: {(resident_bytes() - before) / lines:.0f}) |')
    span = time_span(store) or (0, 1)
    print(f'| histogram, 600 bins | {milliseconds(lambda: histogram(store, *span, 600)):.1f} ms |')
    middle = store.first_id + lines // 2
    jump = milliseconds(lambda: next_of_level(store, middle, 1))
    print(f'| next error | {jump * 1000:.0f} us |')
    print('\n| filter | all, ms | first step, ms | longest slice, ms | hits |\n'
          '| --- | --- | --- | --- | --- |')
    worse = frozenset({'ERROR', 'CRITICAL'})
    for name, spec in {
        'error and worse': FilterSpec(levels=worse),
        'one node': FilterSpec(nodes=frozenset({'camera'})),
        'level and node': FilterSpec(levels=worse, nodes=frozenset({'camera'})),
        'crash mode': FilterSpec(flags=Flag.CRASH),
        'substring, rare': FilterSpec(terms=(TextTerm(RARE, case=True),)),
        'substring, common': FilterSpec(terms=(TextTerm(COMMON, case=True),)),
        'substring, any case': FilterSpec(terms=(TextTerm(RARE),)),
        'regular expression (re)': FilterSpec(terms=(TextTerm(REGEX, 'regex', case=True),)),
        'level, node, regular expression (re)': FilterSpec(
            levels=worse, nodes=frozenset({'camera'}),
            terms=(TextTerm(REGEX, 'regex', case=True),)),
    }.items():
        end, first, found, longest = search(store, spec)
        print(f'| {name} | {end:.1f} | {first:.1f} | {longest:.1f} | {found:,} |')


def lnav(path: Path, folder: Path) -> None:
    """Print what lnav takes for the same, its start and index taken off."""
    program = shutil.which('lnav')
    if program is None:
        print('\nlnav is not installed')
        return
    formats = folder / 'lnav' / 'formats' / 'nevil'
    formats.mkdir(parents=True)
    (formats / 'nevil.json').write_text(json.dumps(FORMAT))
    environment = os.environ | {'HOME': str(folder), 'TERM': 'xterm'}
    index = 0.0
    print('\n| lnav | ms | without its index, ms |\n| --- | --- | --- |')
    for name, command in LNAV.items():
        def run(command: str = command) -> None:
            subprocess.run(
                [program or '', '-I', str(folder / 'lnav'), '-n', '-c', command, str(path)],
                env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL, timeout=120, check=False)
        taken = milliseconds(run)
        index = index or taken
        print(f'| {name} | {taken:.0f} | {taken - index:.0f} |')


def rosout() -> None:
    """Print what arrives of two nodes that say 2500 messages a second each."""
    os.environ['ROS_DOMAIN_ID'] = '13'
    from nevil_logscope.sources.rosout import RosoutSource
    talking = ROOT / 'src' / 'nevil_logscope' / 'test' / 'sources' / 'talking.py'
    store = Store(1_000_000)
    intake = Intake(store, [RosoutSource(store.names)])
    began = time.process_time()
    talkers = [subprocess.Popen(
        [sys.executable, str(talking), f'talker{number}', '12500', '2500'],
        stdin=subprocess.PIPE, stderr=subprocess.DEVNULL) for number in range(2)]
    deadline = time.monotonic() + 60
    while len(store) < 25_000 and time.monotonic() < deadline:
        intake.poll(0.01)
        time.sleep(0.033)
    print(f'\n/rosout, 5000 messages/s for 5 s: {len(store):,} of 25,000 arrived, '
          f'{intake.sources[0].dropped} counted as lost, '
          f'{time.process_time() - began:.1f} s of CPU')
    intake.close()
    for talker in talkers:
        talker.communicate(timeout=20)


def main(lines: int) -> None:
    """Print the tables."""
    with tempfile.TemporaryDirectory(prefix='nevil-benchmark-') as name:
        path = Path(name) / 'robot.log'
        write_log(path, lines)
        print(f'## LogScope, {lines:,} lines, {path.stat().st_size / lines:.0f} bytes each\n\n'
              '| | |\n| --- | --- |')
        engine(path, lines)
        lnav(path, Path(name))
    rosout()


if __name__ == '__main__':
    main(int(sys.argv[1]) if len(sys.argv) > 1 else LINES)
