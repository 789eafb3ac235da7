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
The health check of a node: a method of its author, called now and then while the node is active.

It is called in a thread of its own, so that it neither waits for the executor nor holds it up. A
second thread watches the time limit: a call that overran counts as failed at once, and is not
repeated before it returns; until then each check that would be due counts as failed.
"""

from __future__ import annotations

from collections.abc import Callable
import threading
import time
from typing import Any

from nevil_nodes.lazy_dataclass import dataclass
from nevil_nodes.node.assignment import Check

__all__ = ['HealthCheck', 'Result', 'interpret']

# Heartbeats carry it, and the monitor drops what is larger than any of ours (Heartbeat.msg).
_TEXT_MAX = 200
# Of diagnostic_msgs/DiagnosticStatus: OK and WARN are well, ERROR and STALE are not.
_WORST_WELL_LEVEL = 1
Answer = Callable[['Result'], None]


@dataclass(frozen=True)
class Result:
    """What one call said, or why it counts as failed."""

    passed: bool
    text: str
    duration_s: float = 0.0


def _one_line(text: str) -> str:
    """Return a text as a ROS message takes it: one line, short, valid UTF-8."""
    text = text.encode('utf-8', 'replace').decode().replace('\0', ' ')
    return ' '.join(text.split())[:_TEXT_MAX]


def interpret(value: Any) -> tuple[bool, str]:
    """
    Return what a method's return value means.

    Taken are a bool, a (bool, text), and what has ``level`` and ``message`` like a
    ``diagnostic_msgs/DiagnosticStatus``.
    """
    passed, text = value, ''
    if isinstance(value, tuple) and len(value) == 2:
        passed, text = value[0], str(value[1])
    elif hasattr(value, 'level') and hasattr(value, 'message'):
        level, text = value.level, str(value.message)
        if isinstance(level, bytes):
            level = int.from_bytes(level, 'little')
        passed = level <= _WORST_WELL_LEVEL
    # A comparison with a number of numpy gives a bool of numpy.
    if not isinstance(passed, bool) and type(passed).__name__ not in ('bool', 'bool_'):
        return False, f'returned {value!r}, expected a bool'
    passed = bool(passed)
    return passed, text or ('' if passed else 'returned False')


class HealthCheck:
    """
    Calls a node's check at its interval and keeps what came of it.

    :param check: method, interval, time limit, threshold
    :param call: the method with its arguments
    :param on_news: called, in some thread, when a heartbeat should be sent at once
    """

    def __init__(
        self, check: Check, call: Callable[[], Any], *, on_news: Callable[[], None], logger: Any,
    ) -> None:
        """Prepare; the threads start with the first ``resume()``."""
        self.method = check.method
        self._check = check
        self._call = call
        self._on_news = on_news
        self._logger = logger
        self._changed = threading.Condition()
        self._threads = [
            threading.Thread(target=target, name=name, daemon=True) for target, name in (
                (self._run, 'health_check'), (self._watch, 'health_check_limit'))]
        self._active = False
        self._stopping = False
        self._due = 0.0
        self._began: float | None = None  # of the call under way
        self._given_up = False            # its result is not waited for any more
        self._asked: list[Answer] = []
        self._count = 0
        self._failures = 0
        self._last: Result | None = None

    def resume(self) -> None:
        """Call the check from now on, first after one interval."""
        with self._changed:
            if self._stopping or self._active:
                return
            self._active = True
            self._due = time.monotonic() + self._check.interval_s
            for thread in self._threads:
                if not thread.ident:
                    thread.start()
            self._changed.notify_all()

    def pause(self) -> None:
        """Stop calling it; what a call under way returns does not count."""
        with self._changed:
            self._active = False
            self._given_up = self._began is not None
            asked, self._asked = self._asked, []
            self._changed.notify_all()
        for answer in asked:
            answer(self._inactive())

    def stop(self) -> None:
        """End for good; a call under way is left alone."""
        with self._changed:
            self._stopping = True
        self.pause()

    def ask(self, answer: Answer) -> None:
        """
        Check now, or join the call under way.

        :param answer: called once, in some thread
        """
        with self._changed:
            if self._active and not self._given_up:
                self._asked.append(answer)
                self._changed.notify_all()
                return
            result = self._stuck() if self._active else self._inactive()
        answer(result)

    def fill(self, beat: Any) -> None:
        """Put the last result into a heartbeat."""
        with self._changed:
            beat.check_count = self._count
            beat.check_failures = self._failures
            if self._last is not None:
                beat.check_passed = self._last.passed
                beat.check_duration = self._last.duration_s
                beat.check_text = self._last.text

    def _inactive(self) -> Result:
        return Result(False, 'the node is not active, so it is not checked')

    def _stuck(self) -> Result:
        """Return the result of a check that cannot be made; called with the lock."""
        waited = time.monotonic() - (self._began or 0.0)
        return Result(False, f'has not returned for {waited:.0f} s', self._check.timeout_s)

    # The thread that calls the method.

    def _run(self) -> None:
        while self._wait_for_turn():
            began = time.monotonic()
            error: BaseException | None = None
            try:
                passed, text = interpret(self._call())
            except (Exception, SystemExit) as raised:
                passed, text, error = False, f'raised {type(raised).__name__}: {raised}', raised
            result = Result(passed, _one_line(text), time.monotonic() - began)
            with self._changed:
                counts, self._began, self._given_up = not self._given_up, None, False
                self._changed.notify_all()
                if counts:
                    finish = self._settle(result, error)
            if counts:
                finish()

    def _wait_for_turn(self) -> bool:
        with self._changed:
            while not self._stopping:
                now = time.monotonic()
                if self._active and (self._asked or now >= self._due):
                    self._began, self._due = now, now + self._check.interval_s
                    self._changed.notify_all()
                    return True
                self._changed.wait(self._due - now if self._active else None)
        return False

    # The thread that watches the time limit.

    def _watch(self) -> None:
        while True:
            with self._changed:
                if not self._wait_for_overrun():
                    return
                if self._given_up:  # and another one would be due
                    result = self._stuck()
                else:
                    limit_s = self._check.timeout_s
                    result = Result(False, f'took longer than {limit_s:g} s', limit_s)
                self._given_up = True
                now = time.monotonic()
                if self._due <= now:
                    self._due = now + self._check.interval_s
                if not self._active:
                    continue
                finish = self._settle(result, None)
            finish()

    def _wait_for_overrun(self) -> bool:
        """Wait, with the lock, until a call under way has failed by its time; False at the end."""
        while not self._stopping:
            if self._began is None:
                self._changed.wait()
                continue
            at = self._due if self._given_up else self._began + self._check.timeout_s
            left = at - time.monotonic()
            if left <= 0:
                return True
            self._changed.wait(left)
        return False

    def _settle(self, result: Result, error: BaseException | None) -> Callable[[], None]:
        """
        Count a result, with the lock.

        :returns: what is to be done without the lock: log, answer, notify
        """
        before, self._last = self._last, result
        self._count += 1
        self._failures = 0 if result.passed else self._failures + 1
        failures, asked = self._failures, self._asked
        self._asked = []
        changed = before is None or before.passed != result.passed
        limit = self._check.failure_threshold

        def finish() -> None:
            if failures in (1, limit):
                self._logger.warning(
                    f'health check {self.method}() failed, {failures} of {limit} in a row: '
                    f'{result.text}', exc_info=error)
            elif result.passed and before is not None and not before.passed:
                self._logger.info(f'health check {self.method}() passes again')
            for answer in asked:
                answer(result)
            if changed or failures == limit or asked:
                self._on_news()
        return finish
