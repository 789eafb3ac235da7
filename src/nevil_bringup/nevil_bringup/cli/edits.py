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

"""``nevil dev``: take over each edit of the project while it runs, and say what came of it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
import sys
import time

from nevil_bringup.api.build import build_messages
from nevil_bringup.api.last_error import last_error
from nevil_bringup.api.prepare import check
from nevil_bringup.api.prepare import load
from nevil_bringup.api.sources import sources
from nevil_bringup.api.take_over import take_over
from nevil_bringup.api.watching import edited_files
from nevil_bringup.api.watching import waker_for
from nevil_bringup.cli.changes import change_lines
from nevil_bringup.cli.changes import changes
from nevil_bringup.control.client import ControlClient
from nevil_bringup.control.client import ControlError
from nevil_bringup.control.connect import connect
from nevil_bringup.errors import EXIT_INTERRUPTED
from nevil_bringup.errors import EXIT_OK
from nevil_bringup.errors import UserError
from nevil_bringup.paths import ProjectPaths
from nevil_bringup.printing.terminal import colours_wanted
from nevil_bringup.printing.terminal import paint
from nevil_health.control.events import Ended
from nevil_health.control.events import Settled
from nevil_health.control.events import StateChanged
from nevil_health.control.session import Subscribe
from nevil_nodes.declarations import Plan

__all__ = ['watch_edits']

_PATIENCE_S = 30.0
_DONE = frozenset({'ready', 'completed', 'failed', 'backoff'})


def watch_edits(paths: ProjectPaths) -> int:
    """Take over edits until Ctrl-C; the system goes on after it."""
    plan = load(paths).plan
    waker = waker_for(paths.project)

    def more() -> set[Path]:
        return set() if plan is None else {
            path for node in plan.nodes for path in sources(plan, node)}

    print(f'watching {paths.project}; Ctrl-C ends that', flush=True)
    try:
        for _ in edited_files(paths.project, more, waker):
            client = connect(paths)
            if client is None:
                print(f'{paths.project.name} is not running any more', file=sys.stderr)
                return EXIT_OK
            with client:
                plan = _take_over(client, paths) or plan
    except KeyboardInterrupt:
        print("the system goes on; 'nevil stop' stops it", file=sys.stderr)
        return EXIT_INTERRUPTED
    finally:
        waker.close()
    return EXIT_OK


def _take_over(client: ControlClient, paths: ProjectPaths) -> Plan | None:
    """Take over what has changed, and tell it; return the plan unless the files are wrong."""
    began = time.monotonic()
    try:
        result = check(paths)
        plan = result.plan
        assert plan is not None
        if build_messages(result, lambda text: None):
            _say(plan.messages_package, f'built in {time.monotonic() - began:.1f} s')
        began = time.monotonic()
        client.request(Subscribe())
        client.forget_events()
        taken = take_over(client, plan)
        pending = dict(changes(taken))
        for line in change_lines(taken)[len(pending):]:
            _say('', line)
        for name in taken.held:
            _say(name, pending.pop(name))
        _follow(client, pending, paths, began)
    except (UserError, ControlError) as error:
        _say('not taken over', f'{error}; the system goes on as it was', 'failed')
        return None
    return plan


def _follow(client: ControlClient, pending: dict[str, str], paths: ProjectPaths,
            began: float) -> None:
    """Say of each node what became of it, once that is known."""
    while pending and time.monotonic() < began + _PATIENCE_S:
        event = client.next_event(0.5)
        if isinstance(event, Ended):
            return
        if isinstance(event, Settled):
            break
        if not isinstance(event, StateChanged) or event.node not in pending:
            continue
        gone = pending[event.node] == 'removed' and event.new == 'stopped'
        if gone or event.new in _DONE and pending[event.node] != 'removed':
            what, took_s = pending.pop(event.node), time.monotonic() - began
            _say(event.node, f'{what}; {event.new} after {took_s:.2f} s'
                 + (f': {event.reason}' if event.new in ('failed', 'backoff') else ''), event.new)
            if event.new in ('failed', 'backoff') and (
                    error := last_error(paths, event.node, took_s + 1.0)):
                _say('', error)
    for name, what in pending.items():
        _say(name, what)


def _say(name: str, text: str, state: str = '') -> None:
    clock = datetime.now().strftime('%H:%M:%S')
    print(f'{clock}  {paint(name, state, bool(state) and colours_wanted())}  {text}', flush=True)
