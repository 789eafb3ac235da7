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

"""Read and follow the log files of several nodes as one stream of records in order of time."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from datetime import tzinfo
import math
import os
from pathlib import Path

from nevil_nodes.logs.generations import base_name
from nevil_nodes.logs.reader import RecordReader
from nevil_nodes.logs.record import Record
from nevil_nodes.logs.tail import Tail

__all__ = ['Follower', 'Predicate', 'read_records']

Predicate = Callable[[Record], bool]

# Of one file in one look: a file that is written faster than it is read has no end.
_MAX_RECORDS = 2000


def read_records(
    paths: Iterable[str | Path], *, keep: Predicate | None = None, last: int | None = None,
    zone: tzinfo | None = None,
) -> Iterator[Record]:
    """
    Yield what the files and their rotated predecessors hold, sorted by time.

    A record's time is its own: one that is wrong, or a clock that was set, moves no other record.
    Records of one time come in the order of the files and of their lines.

    :param paths: current files, ``logs/camera.log``
    :param last: only that many records, the newest of those kept
    :param zone: of times that carry none or a mere label; None is this machine's
    :raises OSError: a file may not be read
    """
    sources = [_Source(path, last if keep is None else None, zone) for path in paths]
    kept: list[Record] = []
    try:
        for source in sources:
            kept += [record for record in source.everything() if keep is None or keep(record)]
            if last is not None:
                kept = sorted(kept, key=_time)[-last:] if last else []
    finally:
        for source in sources:
            source.close()
    yield from sorted(kept, key=_time)


class Follower:
    """
    What is written to files from now on, merged by time; files that appear later included.

    A record is held back for ``hold_s``, so that its further lines and earlier records of slower
    files find their place. A file that grows faster than it is read holds back what is newer.

    :param directory: the folder of the logs
    :param names: only these files of it (``camera.log``); None is every ``*.log``
    :param last: begin with that many records before now; None begins with everything
    """

    def __init__(
        self, directory: str | Path, *, names: Iterable[str] | None = None,
        keep: Predicate | None = None, last: int | None = 0, hold_s: float = 0.15,
        zone: tzinfo | None = None,
    ) -> None:
        self._directory = os.fspath(directory)
        self._names = None if names is None else frozenset(names)
        self._keep = keep
        self._zone = zone
        self._last = last
        self._hold_s = hold_s
        self._sources: dict[str, _Source] = {}
        self._waiting: list[tuple[float, Record]] = []
        self._first = self._choosing = True
        # Whether more could be read at once.
        self.behind = False
        self._open_new(last if keep is None or last == 0 else None)

    def poll(self, now_s: float) -> list[Record]:
        """
        Return the records that are complete and in order.

        :param now_s: monotonic time
        :raises OSError: a file may not be read
        """
        self._open_new(None)
        for source in self._sources.values():
            self._take(source.some(_MAX_RECORDS), now_s)
            self._take(source.ended(now_s, self._hold_s), -math.inf)
        behind = [source.newest_ns for source in self._sources.values() if source.behind]
        self.behind = bool(behind)
        if self._first and self._last and self._choosing:  # and once more when all is read
            chosen = sorted(self._waiting, key=_age)[-self._last:]
            self._waiting = [(now_s, record) for _, record in chosen]
            self._choosing = not all(source.caught_up for source in self._sources.values())
            return []
        ripe = [record.at_ns for arrived, record in self._waiting
                if now_s - arrived >= self._hold_s]
        if not ripe:
            return []
        until = min([max(ripe), *(at_ns - 1 for at_ns in behind)])
        records = [record for _, record in sorted(self._waiting, key=_age)
                   if record.at_ns <= until]
        self._waiting = [item for item in self._waiting if item[1].at_ns > until]
        if self._first and self._last:
            records = records[-self._last:]
        self._first = False
        return records

    def drain(self) -> list[Record]:
        """
        Return what is left when nothing is written any more, all at once; close the files.

        :raises OSError: a file may not be read
        """
        self._open_new(None)
        for source in self._sources.values():
            self._take(source.everything(), 0.0)
        records = [record for _, record in sorted(self._waiting, key=_age)]
        self._waiting = []
        self.close()
        return records[-self._last:] if self._first and self._last else records

    def close(self) -> None:
        """Close the files."""
        for source in self._sources.values():
            source.close()

    def _take(self, records: Iterable[Record], now_s: float) -> None:
        self._waiting += [(now_s, record) for record in records
                          if self._keep is None or self._keep(record)]

    def _open_new(self, last: int | None) -> None:
        try:
            present = os.listdir(self._directory)
        except FileNotFoundError:
            return
        for name in sorted({name for entry in present if (name := base_name(entry))}):
            if name not in self._sources and (self._names is None or name in self._names):
                self._sources[name] = _Source(
                    os.path.join(self._directory, name), last, self._zone)


class _Source:
    """The records of one file."""

    def __init__(self, path: str | Path, last: int | None, zone: tzinfo | None) -> None:
        self._tail = Tail(path, last)
        self.close = self._tail.close
        self._reader = RecordReader(
            Path(path).name.partition('.log')[0], zone, near_s=self._tail.written_s)
        self._quiet_since: float | None = None
        self._reading = self.complete()
        # Of the newest record; whether there is more to read than was asked for.
        self.newest_ns = 0
        self.behind = False
        self.caught_up = False  # once at least

    def everything(self) -> Iterator[Record]:
        """Yield every record up to the end of the file, from where it is read."""
        yield from self._reading
        yield from self.complete()
        yield from self._reader.finish()

    def some(self, limit: int) -> Iterator[Record]:
        """Yield complete records, that many at most."""
        self.behind = True
        for _ in range(limit):
            record = next(self._reading, None)
            if record is None:
                self.behind, self.caught_up = False, True
                self._reading = self.complete()
                return
            self.newest_ns = record.at_ns
            yield record

    def complete(self) -> Iterator[Record]:
        """Yield the records that another one follows."""
        for block in self._tail.blocks():
            self._quiet_since = None
            self._reader.written(self._tail.written_s)
            lines = block.decode().split('\n')[:-1]
            self._reader.observe(lines)
            for line in lines:
                yield from self._reader.feed(line)

    def ended(self, now_s: float, quiet_s: float) -> Iterator[Record]:
        """Yield the records that are open if nothing was added to them for that long."""
        if self._quiet_since is None:
            self._quiet_since = now_s
        elif now_s - self._quiet_since >= quiet_s:
            yield from self._reader.finish()


def _time(record: Record) -> int:
    return record.at_ns


def _age(waiting: tuple[float, Record]) -> int:
    return waiting[1].at_ns
