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
Do at random what can be done to a robot, and see that it is well again each time.

``nevil test --chaos [--minutes N] [--seed S]``; exit status 0 when everything has held. All that
is done follows from the seed; how the machine is at the moment does not.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
import random
import shutil
import signal
import sys
import threading
import time
from typing import Any

_TEST = Path(__file__).resolve().parents[1]
if __name__ == '__main__':
    sys.path[:0] = [str(_TEST / 'chaos'), str(_TEST / 'faults'), str(_TEST / 'system'),
                    str(_TEST.parents[2] / 'tests')]

from acts import Acts  # noqa: E402
from quality.ros import reserved_domain  # noqa: E402
import rules  # noqa: E402
from scene import look  # noqa: E402
from scene import Place  # noqa: E402
from scene import placed  # noqa: E402
from scene import usage  # noqa: E402
import story  # noqa: E402
from watch import Watch  # noqa: E402

__all__ = ['Run']

_SETTLES_S = 120.0
_ENDS_S = 20.0
_RESOLVED_S = 240.0  # an incident that flapped is kept for two minutes
_WARM_ROUNDS = 5
_KB_A_RESTART = 8.0
_BETWEEN_LOOKS_S = 0.2


class Run:
    """One robot, what was done to it, and what did not hold."""

    def __init__(self, place: Place, seed: int) -> None:
        """Begin with a robot that does not run."""
        self.seed = seed
        self.history: list[str] = []
        self.problems: list[str] = []
        self.faults = self.rounds = 0
        self._place, self._robot = place, place.robot
        self._acts = Acts(place)
        self._began = time.monotonic()
        self._status: dict[str, Any] = {}
        self._watch: Watch | None = None
        self._ledger_of = 0
        self._baseline: dict[str, rules.Usage] = {}
        self._over = threading.Event()
        self._looker = threading.Thread(target=self._look_for_doubles, daemon=True)

    # -- the course of it ------------------------------------------------------------------

    def begin(self) -> None:
        """Start the robot."""
        self._looker.start()
        self._note('start')
        self._settle()
        self._listen()

    def round(self, faults: tuple[story.Fault, ...]) -> None:  # noqa: A003
        """Make some faults, and wait until all is well."""
        self.rounds += 1
        before = self._node(story.BYSTANDER)['pid']
        for fault in faults:
            self.faults += 1
            self._note(f'round {self.rounds}: {fault}')
            self._acts.make(fault, self._status)
            self._over.wait(fault.pause_s)
        self._acts.end()
        self.problems += self._acts.problems
        self._settle()
        self._check(faults, before)
        self._listen()

    def end(self) -> None:
        """Wait for the last alert to be resolved and stop the robot in time."""
        if not self.problems:
            self._wait(lambda status: rules.unresolved(status), _RESOLVED_S, 'is not resolved')
            self._stop()

    def close(self) -> None:
        """Look no more."""
        self._over.set()
        self._looker.join()
        if self._watch is not None:
            self._watch.close()
        self._acts.end()

    def report(self) -> str:
        """Return how it went; of a run that did not hold, what was done and how to repeat it."""
        sums = f'{self.faults} faults in {self.rounds} rounds'
        if not self.problems:
            return f'{sums}: everything held'
        return '\n'.join([
            'what was done:', *self.history, 'what did not hold:', *self.problems,
            f'{sums}; again: scripts/nevil test --chaos'
            f' --seed {self.seed} --rounds {self.rounds}'])

    def _stop(self) -> None:
        bound_s = 20.0 + 4.0 * len(self._status['nodes'])
        self._note('stop')
        began = time.monotonic()
        result = self._robot.nevil('stop', timeout_s=300.0)
        took_s = time.monotonic() - began
        if took_s > bound_s:
            self.problems.append(f'the stop took {took_s:.1f} s, more than {bound_s:.0f} s')
        if result.returncode:
            self.problems.append(f'nevil stop: {result.returncode}: {result.stdout}')
        if left := self._robot.processes():
            self.problems.append(f'left after the stop: {left}')
        self.problems += rules.untidy(self._robot.log())

    # -- recovery --------------------------------------------------------------------------

    def _settle(self) -> None:
        """Wait until the robot is well; the operator helps where only he may."""
        self._wait(rules.unsettled, _SETTLES_S, 'after all that')

    def _wait(self, wrong: Any, timeout_s: float, what: str) -> None:
        deadline = time.monotonic() + timeout_s
        while True:
            self._status = self._robot.status()
            self._help()
            found = wrong(self._status)
            if not found or self.problems:
                return
            if time.monotonic() > deadline:
                self.problems += [f'{problem} ({what}, {timeout_s:.0f} s)' for problem in found]
                return
            self._over.wait(_BETWEEN_LOOKS_S)

    def _help(self) -> None:
        if not self._status.get('pid'):
            self._start()
            return
        for node in self._status['nodes']:
            for wanted, verb in ((node['held'], 'release'), (node['muted'], 'unmute'),
                                 ('operator' in (node['paused_by'] or ()), 'resume'),
                                 (node['state'] in ('stopped', 'failed', 'completed'), 'start')):
                if wanted:
                    self._robot.nevil('node', verb, node['name'])

    def _start(self) -> None:
        """Start the robot again when nothing of its last run is left."""
        deadline = time.monotonic() + _ENDS_S
        while self._robot.processes() and not self._robot.status().get('pid'):
            if time.monotonic() > deadline:
                self.problems.append(f'outlives its supervisor: {look(self._robot)}')
                return
            self._over.wait(_BETWEEN_LOOKS_S)
        result = self._robot.nevil('start', '--no-wait', timeout_s=_SETTLES_S)
        if result.returncode and 'already' not in result.stdout:
            self._note(f'nevil start: {result.returncode}: {result.stdout.strip()}')

    # -- what must hold --------------------------------------------------------------------

    def _check(self, faults: tuple[story.Fault, ...], before: int) -> None:
        if self.problems:
            return
        # What ends at this very moment is there at the first look, and not at the second.
        first, status, second = look(self._robot), self._robot.status(), look(self._robot)
        there = {process.pid for process in second}
        self.problems += rules.strangers(
            [process for process in first if process.pid in there], status)
        after = self._node(story.BYSTANDER)['pid']
        if story.spared(faults) and before != after:
            self.problems.append(f'the bystander was restarted: pid {before}, now {after}')
        if self._watch is not None and not self._watch.ended and status['pid'] == self._ledger_of:
            self.problems += self._ledger.problems(self._count(self._watch))
        self.problems += rules.untidy(self._robot.log())
        if self.rounds >= _WARM_ROUNDS:
            self._weigh(status)

    def _weigh(self, status: dict[str, Any]) -> None:
        now = {}
        for part in ('pid', 'spawner_pid', 'capture_pid', 'health_pid'):
            pid = status[part]
            try:
                now[f'{part} {pid}'] = usage(pid)
            except OSError:
                continue  # it has ended at this moment
        for part, found in now.items():
            self._baseline.setdefault(part, found)
        self.problems += rules.grown(
            self._baseline, now, self._ledger.failures, _KB_A_RESTART)

    def _listen(self) -> None:
        """Count what the supervisor tells from now on, if it is another than before."""
        if self.problems or self._ledger_of == self._status['pid']:
            return
        if self._watch is not None:
            self._watch.close()
        self._place.stage.open()
        self._watch = self._place.stage.watch
        self._ledger = rules.Ledger({'nodes': []})
        self._status = self._count(self._watch)
        self._ledger_of = self._status['pid']
        self._ledger = rules.Ledger(self._status)

    def _count(self, watch: Watch) -> dict[str, Any]:
        """Return a status of a moment at which everything that was told has been counted."""
        while True:
            for _, event in watch.take():
                self._ledger.hear(event)
            status = self._robot.status()
            if not watch.pending or watch.ended:
                return status

    def _look_for_doubles(self) -> None:
        before = look(self._robot)
        while not self._over.wait(_BETWEEN_LOOKS_S):
            now = look(self._robot)
            self.problems += rules.doubles(before, now)
            before = now

    def _node(self, name: str) -> dict[str, Any]:
        return next(dict(node) for node in self._status['nodes'] if node['name'] == name)

    def _note(self, text: str) -> None:
        self.history.append(f'{time.monotonic() - self._began:8.1f} s  {text}')


@contextmanager
def _signals_obeyed() -> Iterator[None]:
    """End in order at SIGTERM, so that the robot ends too."""
    before = signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def run(seed: int, *, rounds: int, minutes: float, tell: Callable[[str], object],
        logs: Path | None = None) -> Run:
    """
    Play the story of a seed until one of both limits, or until something does not hold.

    :param logs: folder for the logs of a run that did not hold
    """
    members = story.robot(seed)
    tell(f'seed {seed}: ' + ', '.join(
        f'{one.name}({", ".join(one.requires)})' for one in members))
    deadline = time.monotonic() + minutes * 60.0
    with reserved_domain() as domain, placed(domain, members) as place:
        played = Run(place, seed)
        try:
            played.begin()
            for faults in islice(story.rounds(seed), rounds):
                if played.problems or time.monotonic() > deadline:
                    break
                tell(f'round {played.rounds + 1}: ' + ', '.join(map(str, faults)))
                played.round(faults)
            played.end()
        except Exception as error:  # noqa: B902 - what was done until then is to be told
            played.problems.append(f'{type(error).__name__}: {error}')
        finally:
            played.close()
        if played.problems and logs:
            shutil.copytree(place.robot.project / 'logs', logs / str(seed), dirs_exist_ok=True)
    return played


def main(arguments: list[str]) -> int:
    """Play one story, and tell of what did not hold."""
    parser = argparse.ArgumentParser(prog='nevil test --chaos', description=__doc__)
    parser.add_argument('--minutes', type=float, default=15.0)
    parser.add_argument('--rounds', type=int, default=1_000_000, help='at most so many')
    parser.add_argument('--seed', type=int, default=random.randrange(10**6))
    parser.add_argument('--logs', type=Path, help='write the logs of a run that fails here')
    options = parser.parse_args(arguments)
    with _signals_obeyed():
        played = run(options.seed, rounds=options.rounds, minutes=options.minutes,
                     tell=lambda text: print(text, flush=True), logs=options.logs)
    print(played.report())
    return 1 if played.problems else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
