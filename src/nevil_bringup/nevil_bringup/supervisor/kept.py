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

"""The operator's word, kept on disk so that it outlives the supervisor."""

from __future__ import annotations

from collections.abc import Iterable
import json
import logging
import os
from pathlib import Path
import time
from typing import Any

from nevil_health.alerts.views import Silence

__all__ = ['Kept']

_log = logging.getLogger('supervisor')


class Kept:
    """
    Which units of a project are stopped or held and which alerts are silenced.

    One small file that is always whole; silences end by the wall clock, since they outlive a boot.
    """

    def __init__(self, path: Path) -> None:
        """
        Read the file.

        A file that cannot be read counts as empty: it is said in the log and kept aside.
        """
        self._path = path
        self._stopped: set[str] = set()
        self._held: set[str] = set()
        self._silences: list[dict[str, Any]] = []
        self._problem = ''
        self._read()

    @property
    def stopped(self) -> frozenset[str]:
        """Return the units an operator stopped."""
        return frozenset(self._stopped)

    @property
    def held(self) -> frozenset[str]:
        """Return the units an operator holds."""
        return frozenset(self._held)

    def silences(self, at: float) -> list[Silence]:
        """
        Return the silences that have not ended.

        :param at: now, monotonic seconds, which the ends are given in
        """
        now = time.time()
        return [Silence(node=one['node'], until=at + one['until'] - now, reason=one['reason'])
                for one in self._silences if one['until'] > now]

    def take_problem(self) -> str:
        """Return once why what was to be kept last is not on disk, '' where it is."""
        problem, self._problem = self._problem, ''
        return problem

    def stop(self, unit: str, stopped: bool) -> None:
        """
        Keep that a unit should stay stopped (or no longer); on disk when this returns.

        A full disk is said in the log and costs only the memory across supervisors.
        """
        self._change(self._stopped, unit, stopped)

    def hold(self, unit: str, held: bool) -> None:
        """Keep that a unit is held (or no longer), as ``stop`` does."""
        self._change(self._held, unit, held)

    def silence(self, silences: Iterable[Silence], at: float) -> None:
        """Keep these silences, as ``stop`` does."""
        now = time.time()
        self._silences = [{'node': one.node, 'until': round(now + one.until - at, 3),
                           'reason': one.reason} for one in silences]
        self._write('the silences')

    def _change(self, units: set[str], unit: str, wanted: bool) -> None:
        if (unit in units) != wanted:
            (units.add if wanted else units.discard)(unit)
            self._write(f'the desired state of {unit}')

    def _read(self) -> None:
        try:
            data = json.loads(self._path.read_text(encoding='utf-8'))
            stopped, held = ({str(name) for name in data.get(key, ())}
                             for key in ('stopped', 'held'))
            silences = [{'node': str(one['node']), 'until': float(one['until']),
                         'reason': str(one['reason'])} for one in data.get('silences', ())]
            self._stopped, self._held, self._silences = stopped, held, silences
        except FileNotFoundError:
            pass
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            aside = self._path.with_suffix('.unreadable')
            _log.warning('%s: not readable (%s); kept as %s, no node counts as stopped',
                         self._path, error, aside.name)
            try:
                self._path.replace(aside)
            except OSError:
                pass

    def _write(self, what: str) -> None:
        temporary = self._path.with_suffix('.tmp')
        text = json.dumps({
            'version': 1, 'stopped': sorted(self._stopped), 'held': sorted(self._held),
            'silences': self._silences}) + '\n'
        self._problem = ''
        try:
            with open(temporary, 'w', encoding='utf-8') as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(self._path)
        except OSError as error:
            self._problem = (f'not saved, {error.strerror}: it will be lost when this supervisor'
                             ' exits')
            _log.error('%s: not written (%s); %s will be lost when this supervisor exits',
                       self._path, error.strerror, what)
