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

"""Rows of ends and starts: signals, exit codes, crash loops, starts that do not become ready."""

from __future__ import annotations

from collections.abc import Iterator
import signal

import memory_group
from quality.waiting import wait_for
from row import row
from stage import Stage
from stage import VICTIM

_POLICIES = {'always': (0, 1, 9), 'on_failure': (1, 9), 'never': (), 'unless_stopped': (0, 1, 9)}
_ENDS = (0, 1, 9)


@row('1', 'SIGKILL', cause='SIGKILL', quick=True)
def killed(stage: Stage) -> None:
    """Kill it from outside."""
    stage.kill(stage.pid(), signal.SIGKILL)


@row('2', 'SIGSEGV', cause='SIGSEGV')
def segfault(stage: Stage) -> None:
    """Let it violate its memory, as far as the kernel is concerned."""
    stage.order('signal', number=int(signal.SIGSEGV))


@row('3', 'exit code 1', cause='exit 1')
def exit_code(stage: Stage) -> None:
    """End as a program that has failed."""
    stage.order('exit', code=1)


@row('3b', 'SystemExit in the main loop', cause='exit 3', within_s=1.5)
def system_exit(stage: Stage) -> None:
    """Let the author's code end it: it cleans up first, which takes its time."""
    stage.order('sys_exit', 'main_loop', code=3)


@row('3c', 'main loop fails ten times in a row', cause='exit 1', within_s=2.0)
def failing_main_loop(stage: Stage) -> None:
    """Raise until the node gives up itself."""
    stage.order('set', error_pause_s=0.01)
    stage.order('raise', 'main_loop', times=10)


@row('4', 'exit code 0 under on_failure', signal='', alerts=0, restarts=0, final='completed')
def clean_exit(stage: Stage) -> None:
    """Take a node that has done its work for no failure."""
    stage.order('exit', code=0)


@row('4b', '4 policies x 3 ends', signal='', alerts=0, restarts=0, within_s=1.0, nodes={
    f'{policy}_{end}': {'runtime': {'restart_policy': policy}}
    for policy in _POLICIES for end in _ENDS}, quick=True)
def policies(stage: Stage) -> None:
    """Each of the four policies answers each of three ends as it must."""
    stage.now()
    for name in stage.victims:
        end = int(name.rpartition('_')[2])
        if end == 9:
            stage.kill(stage.pid(name), signal.SIGKILL)
        else:
            stage.order('exit', node=name, code=end)
    expected = {f'{policy}_{end}': ('ready', 1) if end in answered
                else ('failed' if end else 'completed', 0)
                for policy, answered in _POLICIES.items() for end in _ENDS}

    def found() -> dict[str, tuple[str, int]]:
        nodes = stage.nodes()
        return {name: (nodes[name]['state'], nodes[name]['restarts']) for name in expected}
    try:
        wait_for(lambda: found() == expected, 15)
    except AssertionError:
        assert found() == expected


@row('6', 'crash loop', restarts=4, final='failed', nodes={
    VICTIM: {'runtime': {'restart_delay': 0.2, 'max_restarts': 4}}})
def crash_loop(stage: Stage) -> Iterator[None]:
    """Double the delay, then give it up."""
    stage.fault_at_start('import', 'exit', times=99, code=1)
    stage.kill(stage.pid(), signal.SIGKILL)
    yield
    times = [(heard.event['new'], heard.event['at']) for heard in stage.watch.all()
             if heard.event['event'] == 'state' and heard.event['node'] == VICTIM]
    waits = [after - before for (old, before), (_, after) in zip(times, times[1:], strict=False)
             if old == 'backoff']
    assert len(waits) == 4, times
    for wait_s, due_s in zip(waits, (0.2, 0.4, 0.8, 1.6), strict=True):
        assert 0.9 * due_s <= wait_s <= 1.1 * due_s + 0.1, waits


@row('10', 'exit code 78 (configuration)', restarts=0, final='failed', cause='exit 78', quick=True)
def configuration_error(stage: Stage) -> None:
    """Do not restart what a restart cannot cure."""
    stage.order('exit', code=78)


@row('11', 'dies while it is imported', starts=2)
def dies_at_import(stage: Stage) -> None:
    """Die before a word is said."""
    stage.fault_at_start('import', 'exit', code=1)
    stage.restart()
    stage.made()


@row('12', 'never becomes ready', signal='start', within_s=2.3, starts=2, nodes={
    VICTIM: {'runtime': {'startup_timeout': 2.0}}}, quick=True)
def never_ready(stage: Stage) -> None:
    """Hang before the first heartbeat."""
    stage.fault_at_start('construct', 'hang')
    stage.restart()
    stage.made()


@row('13', 'slow start, legal', signal='', within_s=20.0, alerts=0, restarts=0, starts=1, nodes={
    VICTIM: {'runtime': {'startup_timeout': 30.0}}})
def slow_start(stage: Stage) -> None:
    """Take a constructor of 20 s for no fault."""
    stage.fault_at_start('construct', 'slow', seconds=20)
    stage.restart()
    stage.made()
    assert stage.wait_state(VICTIM, 'ready', 40)


@row('42', 'killed by the kernel for want of memory', cause='memory', within_s=0.5,
     needs=memory_group.cannot)
def out_of_memory(stage: Stage) -> None:
    """Let it use more than its cgroup has."""
    with memory_group.memory_group(60) as group:
        assert group is not None
        (group / 'cgroup.procs').write_text(str(stage.pid()))
        stage.order('allocate', mb=400)
        assert stage.wait_state(VICTIM, 'backoff', 10), 'it was not killed'


@row('66', 'ignores SIGINT and SIGTERM', signal='', alerts=0, restarts=0, within_s=4.0,
     final='stopped', quick=True)
def ignores_signals(stage: Stage) -> Iterator[None]:
    """End it and its children by the operator's stop all the same."""
    stage.order('ignore_signals', 'executor')
    stage.order('children')
    wait_for(lambda: stage.processes_like('sleep 600') == 2)
    stage.now()
    stage.request('stop_node', name=VICTIM)
    yield
    wait_for(lambda: stage.processes_like('sleep 600') == 0, 2)


@row('67', 'stopped by the operator during backoff', restarts=0, final='stopped', watch_s=4.0,
     nodes={VICTIM: {'runtime': {'restart_delay': 3.0}}})
def stopped_in_backoff(stage: Stage) -> None:
    """Do not make the restart that was due."""
    stage.kill(stage.pid(), signal.SIGKILL)
    assert stage.wait_state(VICTIM, 'backoff')
    stage.request('stop_node', name=VICTIM)
