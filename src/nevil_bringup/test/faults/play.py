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

"""Play one row on a real robot and check what came of it."""

from __future__ import annotations

from collections.abc import Iterator
import shlex
import subprocess
import sys
import time
from typing import Any

from quality.sources import ROOT
from quality.waiting import wait_for
from row import Result
from row import Row
from stage import BYSTANDERS
from stage import Stage
from stage import staged
from stage import VICTIM

__all__ = ['play']


def play(row: Row, domain: int) -> Result:
    """Return how a row went; whatever goes wrong is a problem of that row."""
    result = Result(row=row)
    result.skipped = row.needs()
    if result.skipped:
        return result
    began = time.monotonic()
    if row.tests:
        _run_tests(row, result)
        result.took_s = time.monotonic() - began
        return result
    try:
        with staged(row.root, row.nodes, domain) as stage:
            try:
                row.prepare(stage)
                _play(row, stage, result)
            except Exception as error:  # noqa: B902 - the next row is to be played all the same
                result.problems.append(f'{type(error).__name__}: {error}')
            if not result.held:
                result.logs = stage.robot.all_logs()
    except Exception as error:  # noqa: B902 - the same, for its end
        result.problems.append(f'at the end: {type(error).__name__}: {error}')
    result.took_s = time.monotonic() - began
    return result


def _play(row: Row, stage: Stage, result: Result) -> None:
    stage.robot.start()
    stage.open()
    try:
        opened = time.monotonic()
        before = _wait_until_well(stage)
        stage.watch.wait(_never, opened + row.control - time.monotonic())
        result.false_alarms += [f'before the fault: {text}' for text in _alarms(stage, row, None)]
        made = row.make(stage)
        if isinstance(made, Iterator):
            next(made, None)
        if VICTIM in stage.victims:
            _check_victim(row, stage, result, before[VICTIM])
        if isinstance(made, Iterator):
            next(made, None)
        stage.watch.wait(_never, row.watch_s)
        after = stage.nodes()
        if VICTIM in stage.victims:
            _count(row, stage, result, before[VICTIM], after[VICTIM])
        result.false_alarms += _alarms(stage, row, stage.injected_at)
        result.false_alarms += _harmed(before, after) if row.spares else []
        result.latency_s = stage.notes.get('latency_s', result.latency_s)
        result.recovery_s = stage.notes.get('recovery_s', result.recovery_s)
        watched_s = time.monotonic() - opened
        result.node_s = len(BYSTANDERS) * watched_s + len(stage.victims) * row.control
    finally:
        stage.watch.close()


def _run_tests(row: Row, result: Result) -> None:
    tests = subprocess.run(
        [sys.executable, '-m', 'pytest', '-q', '-p', 'no:cacheprovider', *shlex.split(row.tests)],
        cwd=ROOT / 'src', text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, timeout=300)
    if tests.returncode:
        result.problems.append(tests.stdout.strip().splitlines()[-1])
        result.logs = tests.stdout


def _never(event: dict[str, Any]) -> bool:
    return False


def _wait_until_well(stage: Stage) -> dict[str, dict[str, Any]]:
    """Return what is known of the nodes when every one is known to be healthy."""
    def well() -> dict[str, dict[str, Any]]:
        nodes = stage.nodes()
        fine = all(node['state'] == 'ready' and node['health'] == 'healthy'
                   for node in nodes.values())
        return nodes if fine else {}
    found: dict[str, dict[str, Any]] = wait_for(well, 30)
    return found


def _check_victim(row: Row, stage: Stage, result: Result, before: dict[str, Any]) -> None:
    """Wait for the alert and for what follows from it."""
    if row.signal:
        heard = stage.watch.wait(
            lambda event: event['event'] == 'alert' and event['kind'] == 'firing'
            and event['loud'] and event['alert']['node'] == row.accused
            and event['alert']['signal'] == row.signal, row.limit, stage.injected_at)
        if heard is None:
            result.problems.append(f'not noticed within {row.limit:g} s: no alert {row.signal}')
        else:
            result.latency_s = heard.at - stage.injected_at
    if row.restarts or row.final != 'ready':
        back = stage.wait_state(VICTIM, row.final, 40)
        if back is None:
            result.problems.append(f'it has not come to {row.final}')
        else:
            result.recovery_s = back.at - stage.injected_at


def _count(row: Row, stage: Stage, result: Result, before: dict[str, Any],
           after: dict[str, Any]) -> None:
    """Look whether what happened has happened as often as it must."""
    incidents = stage.incidents(row.accused)
    if row.accused != VICTIM and stage.incidents():
        result.problems.append(f'the victim is accused: {stage.text()}')
    starts = after['generation'] - before['generation']
    due = row.restarts if row.starts is None else row.starts
    result.alerts, result.restarts = len(incidents), starts - (due - row.restarts)
    if result.alerts != row.alerts:
        result.problems.append(f'{result.alerts} alerts, not {row.alerts}: ' + '; '.join(
            f'{heard.event["alert"]["key"]} {heard.event["alert"]["text"]}'
            for heard in incidents))
    if starts != due:
        result.problems.append(f'{starts} starts, not {due}')
    counted = after['restarts'] - before['restarts']
    if counted != row.restarts and row.final != 'stopped':
        result.problems.append(f'{counted} restarts counted, not {row.restarts}')
    if after['state'] != row.final:
        result.problems.append(f'{after["state"]} at the end, not {row.final}')
    said = stage.text(row.accused)
    if row.cause not in said:
        result.problems.append(f'{said!r} does not say {row.cause!r}')


def _alarms(stage: Stage, row: Row, since: float | None) -> list[str]:
    """Return the incidents that nobody made: of anybody before the fault, then of bystanders."""
    found = []
    for heard in stage.watch.incidents(since or 0.0).values():
        alert = heard.event['alert']
        related = since is not None and alert['node'] in (
            stage.victims if row.spares else (*stage.victims, *BYSTANDERS))
        true = alert['node'] == '' and alert['signal'] in (
            row.system if row.accused else {*row.system, row.signal})
        if not related and not true:
            found.append(f'{alert["key"]}: {alert["text"]}')
    return found


def _harmed(before: dict[str, dict[str, Any]], after: dict[str, dict[str, Any]]) -> list[str]:
    """Return the bystanders that are not what they were."""
    kept = ('state', 'pid', 'generation', 'restarts')
    return [f'{name}: {key} was {before[name][key]}, is {after[name][key]}'
            for name in BYSTANDERS for key in kept if before[name][key] != after[name][key]]
