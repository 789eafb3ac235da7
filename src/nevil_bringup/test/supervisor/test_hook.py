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

"""The hook of the user is run as told, has its time, and harms nothing."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
import sys
from typing import Any

from nevil_bringup.supervisor.evidence import process_state
from nevil_bringup.supervisor.hook import AlertHook
import pytest
from quality.waiting import wait_for

ALERT: dict[str, Any] = {
    'id': 'a1', 'key': 'camera/process', 'node': 'camera', 'signal': 'process',
    'state': 'firing', 'severity': 'error', 'text': 'killed by SIGSEGV; $(rm x)'}

_COUNTING = 'echo "$NEVIL_ALERT_KIND $NEVIL_ALERT_ID $NEVIL_ALERT_DROPPED" >>got'


def run(hook: AlertHook, *alerts: dict[str, Any], until: Any = None) -> None:
    """Tell these and wait until the condition holds, then close."""
    async def main() -> None:
        for alert in alerts:
            hook.tell('firing', alert)
        if until is not None:
            await asyncio.to_thread(wait_for, until)
        await hook.close()
    asyncio.run(main())


def hook_of(folder: Path, code: str, timeout_s: float = 10.0) -> AlertHook:
    """Return a hook that runs Python code."""
    return AlertHook([sys.executable, '-c', code], timeout_s=timeout_s, environ=os.environ,
                     cwd=str(folder))


def test_hook_gets_the_alert_on_standard_input_and_in_its_environment(tmp_path: Path) -> None:
    """A script of two lines must do: shell variables, or JSON for a program."""
    code = ('import os, sys; open("got", "a").write('
            'os.environ["NEVIL_ALERT_TEXT"] + "\\n" + sys.stdin.read())')
    got = tmp_path / 'got'
    run(hook_of(tmp_path, code), ALERT, until=lambda: got.exists() and '}' in got.read_text())
    text, document = got.read_text().splitlines()
    assert text == ALERT['text'], 'no shell has looked at it'
    assert json.loads(document) == {'kind': 'firing', **ALERT, 'dropped': 0}


def test_alerts_are_told_one_after_the_other(tmp_path: Path) -> None:
    """A hook that sends messages must not be run twenty times at once by a bad cable."""
    code = ('import os, sys, time; os.mkdir("busy"); time.sleep(0.05); os.rmdir("busy"); '
            'open("got", "a").write(os.environ["NEVIL_ALERT_ID"] + "\\n")')
    got = tmp_path / 'got'
    run(hook_of(tmp_path, code), *({**ALERT, 'id': str(n)} for n in range(5)),
        until=lambda: got.exists() and len(got.read_text().split()) == 5)
    assert got.read_text().split() == ['0', '1', '2', '3', '4']


def test_hook_that_is_too_slow_misses_repeats_and_nothing_else(
    tmp_path: Path, caplog: pytest.LogCaptureFixture,
) -> None:
    """What is new must not be lost behind what was told before; how many were lost is told."""
    got = tmp_path / 'got'
    hook = AlertHook(['sh', '-c', _COUNTING], timeout_s=10.0, environ=os.environ,
                     cwd=str(tmp_path))
    news = [('repeated', n) for n in range(110)] + [
        (kind, n) for n in range(20) for kind in ('firing', 'resolved')]

    async def main() -> None:
        for kind, number in news:
            hook.tell(kind, {**ALERT, 'id': str(number)})
        await asyncio.to_thread(
            wait_for, lambda: got.exists() and got.read_text().count('\n') >= 100, 60)
        await hook.close()
    asyncio.run(main())
    told = [line.split() for line in got.read_text().splitlines()]
    assert [kind for kind, _, _ in told if kind != 'repeated'] == ['firing', 'resolved'] * 20
    assert len(told) + sum(int(dropped) for *_, dropped in told) == len(news)
    assert 'too slow, 50 repeats were dropped' in caplog.text


def test_news_that_is_no_repeat_is_never_dropped(tmp_path: Path) -> None:
    """However many there are."""
    got = tmp_path / 'got'
    hook = AlertHook(['sh', '-c', _COUNTING], timeout_s=10.0, environ=os.environ,
                     cwd=str(tmp_path))
    run(hook, *({**ALERT, 'id': str(n)} for n in range(130)),
        until=lambda: got.exists() and got.read_text().count('\n') == 130)


def test_hook_that_hangs_is_ended_with_its_children(
    tmp_path: Path, caplog: pytest.LogCaptureFixture,
) -> None:
    """It has its time; the alerts behind it are told all the same."""
    code = ('import os, subprocess; open("pids", "a").write('
            'f"{os.getpid()} {subprocess.Popen([\'sleep\', \'60\']).pid} "); '
            'import time; time.sleep(60)')
    pids = tmp_path / 'pids'
    run(hook_of(tmp_path, code, timeout_s=1.0), ALERT, {**ALERT, 'id': 'a2'},
        until=lambda: caplog.text.count('took longer than 1 s') == 2)
    started = [int(pid) for pid in pids.read_text().split()]
    wait_for(lambda: all(process_state(pid) in ('', 'Z') for pid in started))


@pytest.mark.parametrize(('argv', 'said'), [
    (['/no/such/program'], '/no/such/program: No such file'),
    ([sys.executable, '-c', 'import sys; sys.exit("no network")'], 'status 1: no network'),
])
def test_hook_that_fails_is_said(
    argv: list[str], said: str, tmp_path: Path, caplog: pytest.LogCaptureFixture,
) -> None:
    """Who relies on it must find out from the log that it does not work."""
    hook = AlertHook(argv, timeout_s=10.0, environ=os.environ, cwd=str(tmp_path))
    run(hook, ALERT, until=lambda: said in caplog.text)


def test_nothing_is_run_without_a_hook(tmp_path: Path) -> None:
    """The default is silence."""
    run(AlertHook([], timeout_s=1.0, environ=os.environ, cwd=str(tmp_path)), ALERT)
