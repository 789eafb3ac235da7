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

"""Files are read through rotation, late files, truncation and trouble, each record once."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
import gzip
import lzma
import os
from pathlib import Path
import subprocess
import sys
import time

from nevil_logscope.sources import FileSource
from nevil_logscope.sources import FolderSource
from nevil_logscope.sources import Intake
from nevil_logscope.sources import LaunchLogsSource
from nevil_logscope.sources import Source
from nevil_logscope.sources import StreamSource
from nevil_logscope.sources.file import node_of
from nevil_logscope.sources.remote import RemoteSource
from nevil_logscope.store import Batch
from nevil_logscope.store import Entry
from nevil_logscope.store import Store
from nevil_nodes.logs import Flag
from nevil_nodes.logs import format_record
from nevil_nodes.logs import Record
from nevil_nodes.logs.remote import RemoteAddress
import pytest
from quality.other_machine import without_network
from quality.waiting import wait_for

WRITER = Path(__file__).with_name('rotating_writer.py')
SECOND = 1_000_000_000


def line(second: float, text: str, node: str = 'camera') -> str:
    """Return the line of a record."""
    return format_record(Record(int(second * SECOND), 'INFO', node, '', text)) + '\n'


@contextmanager
def reading(make: Callable[[Store], Source]) -> Iterator[tuple[Store, Intake]]:
    """Open a source with a store for it."""
    store = Store(1_000_000)
    intake = Intake(store, [make(store)])
    try:
        yield store, intake
    finally:
        intake.close()


def entries(store: Store) -> list[Entry]:
    """Return all entries."""
    return [store.entry(number) for number in range(store.first_id, store.next_id)]


def messages(store: Store) -> list[str]:
    """Return all messages."""
    return [entry.message for entry in entries(store)]


def poll_until(intake: Intake, done: Callable[[], bool], timeout_s: float = 30.0) -> None:
    """Poll as a window does until a condition holds."""
    wait_for(done, timeout_s, what=lambda: [source.status for source in intake.sources],
             step=lambda: intake.poll(0.01))


def test_nothing_is_lost_or_repeated_while_two_processes_rotate(tmp_path: Path) -> None:
    """The viewer shows each record of a busy robot once, whole and in order of time."""
    count = 6000
    for node in ('camera', 'arm'):
        (tmp_path / f'{node}.log').touch()
    writers = [subprocess.Popen([
        sys.executable, str(WRITER), str(tmp_path), node, str(count), '700', '12'])
        for node in ('camera', 'arm')]
    try:
        with reading(lambda store: FolderSource(tmp_path, store.names)) as (store, intake):
            poll_until(intake, lambda: len(store) >= 2 * count, 60)
            for _ in range(20):
                intake.poll(0.01)
            got = entries(store)
    finally:
        for writer in writers:
            writer.kill()
            writer.wait()
    for node in ('camera', 'arm'):
        said = [entry.message for entry in got if entry.node == node]
        assert [text.split('\n')[0] for text in said] == [f'number {n}' for n in range(count)]
        assert all(text.endswith('KeyError') for text in said[::7])
        assert not any('\n' in text for text in said[1::7])


def test_history_of_rotated_files_comes_first_and_in_order(tmp_path: Path) -> None:
    """What led to a failure is often in x.log.1."""
    for number, name in enumerate(['x.log.2', 'x.log.1', 'x.log']):
        (tmp_path / name).write_text(line(number * 2, f'x{number}', 'x'))
    for number, name in enumerate(['y.log.1', 'y.log']):
        (tmp_path / name).write_text(line(number * 2 + 1, f'y{number}', 'y'))
    with reading(lambda store: FolderSource(tmp_path, store.names)) as (store, intake):
        poll_until(intake, lambda: len(store) == 5)
        assert messages(store) == ['x0', 'y0', 'x1', 'y1', 'x2']


def test_only_the_end_of_a_long_history_is_read(tmp_path: Path) -> None:
    """A window for ten thousand entries does not read a gigabyte first."""
    (tmp_path / 'x.log').write_text(''.join(line(n, f'n{n}') for n in range(1000)))
    with reading(lambda store: FolderSource(
            tmp_path, store.names, history_bytes=5000)) as (store, intake):
        poll_until(intake, lambda: len(store) > 0 and messages(store)[-1] == 'n999')
        assert messages(store) == [f'n{n}' for n in range(1000 - len(store), 1000)]
        assert 50 < len(store) < 150


def test_files_and_folders_that_appear_later_are_read(tmp_path: Path) -> None:
    """The window may be open before the robot is started for the first time."""
    folder = tmp_path / 'logs'
    with reading(lambda store: FolderSource(folder, store.names)) as (store, intake):
        intake.poll(0.01)
        assert 'no such file or directory' in intake.sources[0].status
        assert not intake.sources[0].ok
        folder.mkdir()
        (folder / 'x.log').write_text(line(1, 'one'))
        poll_until(intake, lambda: len(store) == 1)
        (folder / 'crash').mkdir()
        (folder / 'crash' / 'y.log').write_text(line(2, 'two'))
        poll_until(intake, lambda: len(store) == 2)
        assert intake.sources[0].ok and intake.sources[0].status == '2 files'


def test_a_truncated_file_is_read_from_its_start(tmp_path: Path) -> None:
    """Some rotate by copying and truncating."""
    log = tmp_path / 'x.log'
    log.write_text(line(1, 'a long first message'))
    with reading(lambda store: FileSource(log, store.names)) as (store, intake):
        poll_until(intake, lambda: len(store) == 1)
        with log.open('r+') as file:
            file.truncate(0)
            file.write(line(2, 'b'))
        poll_until(intake, lambda: len(store) == 2)
        assert messages(store) == ['a long first message', 'b']


def test_a_removed_file_is_no_trouble_and_its_successor_is_read(tmp_path: Path) -> None:
    """Somebody tidies up while the window is open."""
    log = tmp_path / 'x.log'
    log.write_text(line(1, 'a'))
    with reading(lambda store: FolderSource(tmp_path, store.names)) as (store, intake):
        poll_until(intake, lambda: len(store) == 1)
        log.unlink()
        intake.poll(0.01)
        log.write_text(line(2, 'b'))
        poll_until(intake, lambda: len(store) == 2)
        assert messages(store) == ['a', 'b']


def test_what_cannot_be_read_is_named_and_the_rest_is_read(tmp_path: Path) -> None:
    """A pipe, what is damaged and what is no log must not hide the others, nor be hidden."""
    (tmp_path / 'good.log').write_text(line(1, 'a'))
    (tmp_path / 'bad.log.1.gz').write_bytes(gzip.compress(line(2, 'b').encode())[:-20] + b'x' * 9)
    (tmp_path / 'notes.txt').write_text('hello')
    os.mkfifo(tmp_path / 'pipe.log')
    with reading(lambda store: FolderSource(tmp_path, store.names)) as (store, intake):
        poll_until(intake, lambda: len(store) >= 1)
        status = intake.sources[0].status
        assert 'pipe.log: illegal seek' in status and 'bad.log.1.gz is damaged' in status
        assert 'not logs by name: notes.txt' in status


def test_packed_dated_and_deep_files_are_read(tmp_path: Path) -> None:
    """A robot's logs of many days are rotated, packed and put into folders."""
    deep = tmp_path / 'one' / 'two' / 'three'
    deep.mkdir(parents=True)
    (deep / 'arm.log').write_text(line(9, 'deep', 'arm'))
    (tmp_path / 'x.log').write_text(line(8, 'now'))
    (tmp_path / 'x.log-20261123.gz').write_bytes(gzip.compress(line(7, 'g').encode()))
    (tmp_path / 'x.log-20261122.xz').write_bytes(lzma.compress(line(6, 'x').encode()))
    (tmp_path / 'x.log.2026-11-21').write_text(line(5, 'd'))
    (tmp_path / 'y.log.2.gz').write_bytes(
        gzip.compress(line(3, 'two').encode()) + gzip.compress(line(4, 'pieces').encode()))
    with reading(lambda store: FolderSource(tmp_path, store.names)) as (store, intake):
        poll_until(intake, lambda: len(store) == 7)
        assert messages(store) == ['two', 'pieces', 'd', 'x', 'g', 'now', 'deep']
        assert intake.sources[0].status == '3 files'


def test_a_rotation_that_is_named_too_is_read_once(tmp_path: Path) -> None:
    """`nevil monitor logs/*` names each part of a log."""
    for number, name in enumerate(['x.log.2', 'x.log.1', 'x.log', 'y.log']):
        (tmp_path / name).write_text(line(number, f'n{number}'))
    paths = [str(path) for path in sorted(tmp_path.iterdir())]
    with reading(lambda store: FileSource(paths, store.names)) as (store, intake):
        poll_until(intake, lambda: len(store) == 4)
        for _ in range(20):
            intake.poll(0.01)
        assert messages(store) == ['n0', 'n1', 'n2', 'n3']


def test_files_read_together_are_sorted_whatever_their_order(tmp_path: Path) -> None:
    """The last record of each file, which may grow still, finds its place like the others."""
    for name, seconds in (('a', range(0, 3000, 3)), ('b', range(1, 6000, 2)), ('c', range(7, 90))):
        (tmp_path / f'{name}.log').write_text(
            ''.join(line(second, f'{name}{second}') for second in seconds))
    wanted = None
    for names in ('abc', 'cba', 'bca'):
        paths = [str(tmp_path / f'{name}.log') for name in names]
        with reading(lambda store: FileSource(paths, store.names)) as (store, intake):
            poll_until(intake, lambda: len(store) == 1000 + 2999 + 1 + 83)
            times = [entry.at_ns for entry in entries(store)]
        assert times == sorted(times)
        wanted = wanted or times
        assert times == wanted


def test_what_is_left_out_of_a_long_file_is_said(tmp_path: Path) -> None:
    """`all read` is not said of a file of which the end was read."""
    (tmp_path / 'x.log').write_text(''.join(line(n, f'n{n}') for n in range(5000)))
    with reading(lambda store: FileSource(
            tmp_path / 'x.log', store.names, history_bytes=5000)) as (store, intake):
        poll_until(intake, lambda: len(store) > 0 and messages(store)[-1] == 'n4999')
        assert 'MB of older entries left out' in intake.sources[0].status


@pytest.mark.skipif(os.geteuid() == 0, reason='root may read everything')
def test_a_forbidden_file_is_named(tmp_path: Path) -> None:
    """Whoever looks for a node's log is told why it is not there."""
    (tmp_path / 'x.log').write_text(line(1, 'a'))
    (tmp_path / 'x.log').chmod(0)
    with reading(lambda store: FolderSource(tmp_path, store.names)) as (_, intake):
        intake.poll(0.01)
        assert 'x.log: permission denied' in intake.sources[0].status


def test_a_line_of_ten_megabytes_is_one_entry_that_says_so(tmp_path: Path) -> None:
    """A node that prints an image takes neither the memory nor the window."""
    log = tmp_path / 'x.log'
    log.write_text(line(1, 'x' * 10_000_000) + line(2, 'after'))
    with reading(lambda store: FileSource(log, store.names)) as (store, intake):
        poll_until(intake, lambda: len(store) == 2)
        first, second = entries(store)
        assert first.flags & Flag.CUT and first.message.endswith(' bytes cut]')
        assert len(first.message) < 300_000 and second.message == 'after'


def test_a_flood_is_read_in_slices_of_time(tmp_path: Path) -> None:
    """However much there is to read, the window stays alive."""
    (tmp_path / 'x.log').write_text(
        ''.join(line(n / 1000, f'number {n}') for n in range(100_000)))
    with reading(lambda store: FolderSource(tmp_path, store.names)) as (store, intake):
        polls = 0
        while not len(store) or intake.sources[0].loading:
            intake.poll(0.005)
            polls += 1
        assert polls > 5
        poll_until(intake, lambda: len(store) == 100_000)
        assert intake.sources[0].received == 100_000


def test_a_stream_is_read_to_its_end() -> None:
    """`ros2 launch ... | nevil monitor -` shows what is printed."""
    reader, writer = os.pipe()
    with reading(lambda store: StreamSource(reader, store.names)) as (store, intake):
        os.write(writer, b'no format\n[INFO] [1700000000.5] [arm]: mo')
        intake.poll(0.01)
        os.write(writer, b'ving\n  on\nlast')
        os.close(writer)
        poll_until(intake, lambda: not intake.sources[0].ok)
        os.close(reader)
        assert messages(store) == ['no format', 'moving\n  on\nlast']
        assert intake.sources[0].status == 'ended'


def test_the_newest_launch_is_shown_and_the_next_one_too(tmp_path: Path) -> None:
    """`latest` is a link that ros2 launch moves."""
    with reading(lambda store: LaunchLogsSource(store.names, tmp_path)) as (store, intake):
        intake.poll(0.01)
        assert 'no launch has been logged' in intake.sources[0].status
        for number in (1, 2):
            run = tmp_path / f'2026-11-22-host-{number}'
            run.mkdir()
            (run / 'launch.log').write_text(
                f'170000000{number}.5 [INFO] [talker-1]: process started with pid [7]\n')
            (tmp_path / 'new').symlink_to(run.name)
            (tmp_path / 'new').rename(tmp_path / 'latest')
            poll_until(intake, lambda: len(store) == number)
        first, second = entries(store)
        assert second.node == 'talker-1' and second.source == 'launch'
        assert second.flags & Flag.START and first.at_ns < second.at_ns


@pytest.mark.parametrize(('file', 'node'), [
    ('camera.log', 'camera'), ('camera.log.2', 'camera'), ('speech_recognition.8.14.log.1',
                                                           'speech_recognition'),
    ('arm.debug.log', 'arm'), ('talker_1113_1795395878800.log', 'talker'), ('1.log', '1')])
def test_a_files_name_says_whose_it_is(file: str, node: str) -> None:
    """Lines without a head are of the file's node."""
    assert node_of(f'/logs/{file}') == node


def test_the_log_of_launch_repeats_no_nodes_own_log(tmp_path: Path) -> None:
    """`--log-dir ~/.ros/log` shows each message once, whichever file is read first."""
    run = tmp_path / '2026-11-22-17-54-03-robot-12'
    run.mkdir()
    own, launch = [], ['1795370043.0 [INFO] [launch]: All log files\n']
    for number in range(50):
        text = f'number {number}' + ('\nsecond line' if number % 9 == 0 else '')
        if number % 7 == 0:
            text = 'said twice'
        head = f'[INFO] [{1795370043 + number // 2}.500000000] [talker]: '
        own.append(f'{head}{text}\n')
        launch += [f'{1795370043 + number // 2}.5123 [talker-1] {part}\n'
                   for part in (head + text).split('\n')]
    (tmp_path / 'talker_12_1795370043000.log').write_text(''.join(own))
    (run / 'launch.log').write_text(''.join(launch))
    (run / 'talker-1-stdout.log').write_text(''.join(own))
    with reading(lambda store: FolderSource(tmp_path, store.names)) as (store, intake):
        poll_until(intake, lambda: len(store) >= 51 and not intake.sources[0].loading)
        for _ in range(100):
            intake.poll(0.01)
            time.sleep(0.003)
        assert len(store) == 51 and intake.duplicates == 100


@pytest.mark.parametrize('order', [('file', 'rosout'), ('rosout', 'file')])
@pytest.mark.parametrize('components', [('driver', 'main'), ('', 'main'), ('driver', '')])
def test_the_component_does_not_depend_on_what_was_first(
    order: tuple[str, str], components: tuple[str, str],
) -> None:
    """The file knows the component; where it does not, /rosout knows the function."""
    store = Store(100)
    file, rosout = components
    given = {
        'file': Entry(0, 5 * SECOND, 'INFO', 'arm', file, 'files', 0, 'hello', 'arm.log'),
        'rosout': Entry(0, 5 * SECOND + 400_000, 'INFO', 'arm', rosout, '/rosout', 0, 'hello')}
    intake = Intake(store, [Given(store, [given[name]]) for name in order])
    intake.poll(0.01)
    [entry] = entries(store)
    assert (entry.component, entry.message) == (file or rosout, 'hello')


class Given:
    """A source of given entries."""

    name, status, ok, loading, received, dropped = 'given', '', True, False, 0, 0

    def __init__(self, store: Store, given: list[Entry]) -> None:
        self._batches = [Batch.of_entries(given, store.names)]

    def poll(self, budget_s: float) -> list[Batch]:
        """Return them once."""
        batches, self._batches = self._batches, []
        return batches

    def close(self) -> None:
        """Do nothing."""


def test_rosout_in_a_bag_is_read_beside_logs(tmp_path: Path) -> None:
    """A message that a node's file has too is shown once; what describes the bag is no log."""
    bags = Path(__file__).parents[3] / 'nevil_nodes' / 'test' / 'logs' / 'bags'
    folder = tmp_path / 'rosbag2'
    folder.mkdir()
    (folder / 'rosbag2_0.mcap').write_bytes((bags / 'plain.mcap').read_bytes())
    (folder / 'metadata.yaml').write_text('rosbag2_bagfile_information: {}\n')
    (tmp_path / 'planner.log').write_text(format_record(Record(
        1_795_370_043_123_000_000, 'DEBUG', 'nav.planner', '', 'goal 0 é\nsecond line')) + '\n')
    with reading(lambda store: FolderSource(tmp_path, store.names)) as (store, intake):
        poll_until(intake, lambda: len(store) == 4 and not intake.sources[0].loading)
        for _ in range(3):
            intake.poll(0.01)
        assert [entry.message.split('\n')[0] for entry in entries(store)] == [
            'goal 0 é', 'goal 3 é', 'goal 6 é', 'goal 9 é']
        assert {entry.node for entry in entries(store)} == {'nav.planner'}
        assert 'metadata' not in intake.sources[0].status


def test_the_logs_of_another_machine_are_shown_and_its_state(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cut is told with its time, and what came meanwhile is there after it."""
    logs = tmp_path / 'robot' / 'logs'
    logs.mkdir(parents=True)
    (logs / 'camera.log').write_text(line(1, 'one') + line(3, 'three'))
    (logs / 'arm.log').write_text(line(2, 'two', 'arm'))
    with without_network(tmp_path) as machine:
        monkeypatch.setenv('PATH', f'{machine.bin}:{os.environ["PATH"]}')
        with reading(lambda store: RemoteSource(
                RemoteAddress.of(f'{machine.address}{logs.parent}'), store.names)) as (
                    store, intake):
            source = intake.sources[0]
            assert source.loading and source.status == 'connecting to robot' and not source.ok
            poll_until(intake, lambda: source.ok and len(store) == 3)
            assert source.status == f'following robot:{logs}; 2 files'
            machine.cut()
            poll_until(intake, lambda: not source.ok)
            assert source.status.startswith('cut since ')
            with (logs / 'arm.log').open('a') as file:
                file.write(line(4, 'four', 'arm'))
            poll_until(intake, lambda: len(store) == 4)
            assert [one.message for one in entries(store)] == ['one', 'two', 'three', 'four']
