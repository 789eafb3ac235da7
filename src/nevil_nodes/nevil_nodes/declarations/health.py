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

"""What is watched of a node and of the machine, and what follows: the settings of health."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping
from pathlib import Path
import shutil
from typing import Any

from nevil_msggen.problem import Problem
from nevil_nodes.declarations.health_plan import AlertPlan
from nevil_nodes.declarations.health_plan import HealthCheckPlan
from nevil_nodes.declarations.health_plan import LimitPlan
from nevil_nodes.declarations.node_draft import Node
from nevil_nodes.declarations.plan import RecoveryPlan
from nevil_nodes.declarations.plan import RestartPlan
from nevil_nodes.declarations.root import Root

__all__ = [
    'alert_plan', 'health_check_plan', 'health_problems', 'hook_problems', 'limit_plan',
    'recovery_plan', 'restart_plan',
]

_HEARTBEAT_PERIOD_S = 1.0
_LIMITS = (('max_memory_mb', 'memory'), ('max_cpu_percent', 'cpu'), ('max_threads', 'threads'),
           ('max_file_descriptors', 'fds'))  # and their signals


def restart_plan(runtime: Mapping[str, Any]) -> RestartPlan:
    """Return when a node is started again."""
    return RestartPlan(
        policy=runtime['restart_policy'], max_restarts=runtime['max_restarts'],
        delay_s=float(runtime['restart_delay']), stable_after_s=float(runtime['stable_after']),
        prevent_exit_status=tuple(runtime['restart_prevent_exit_status']),
        on_failed=runtime['on_failed'])


def health_check_plan(node: Node) -> HealthCheckPlan | None:
    """Return the method that is called, None where none is."""
    check = node.settings.get('health_check')
    if not check['enabled'] or not check.get('method') or node.is_executable:
        return None
    return HealthCheckPlan(
        method=check['method'], params=check['params'], interval_s=float(check['interval']),
        timeout_s=float(check['timeout']), failure_threshold=check['failure_threshold'],
        on_failure=check['on_failure'])


def limit_plan(node: Node, root: Root) -> LimitPlan:
    """Return what a node may use and how it should perform; 0 in its file is no limit."""
    resources = node.settings.get('resources')
    thresholds = node.settings.get('monitoring', 'thresholds')
    return LimitPlan(
        memory_mb=_limit(resources['max_memory_mb']),
        cpu_percent=_limit(resources['max_cpu_percent']),
        threads=resources['max_threads'] or None,
        fds=resources['max_file_descriptors'] or None,
        restart_on=_own_limits(node, root) if resources['on_exceeded'] == 'restart' else (),
        main_loop_s=_limit(thresholds['max_main_loop_s']),
        response_s=_limit(thresholds['max_response_time_ms'], 1000),
        error_rate=_limit(thresholds['max_error_rate_percent'], 100),
        min_messages_per_s=_limit(thresholds['min_messages_per_s']))


def alert_plan(monitoring: Mapping[str, Any]) -> AlertPlan:
    """Return the thresholds of the machine, and the outputs of alerts."""
    alerts, prometheus = monitoring['alerts'], monitoring['prometheus']
    return AlertPlan(
        cpu_percent=_limit(alerts['high_cpu_percent']),
        memory_percent=_limit(alerts['high_memory_percent']),
        disk_percent=_limit(alerts['high_disk_percent']), exec=tuple(alerts['exec']),
        exec_timeout_s=float(alerts['exec_timeout']), repeat_s=float(alerts['repeat']),
        prometheus_port=prometheus['port'] if prometheus['enabled'] else None,
        prometheus_address=prometheus['address'])


def recovery_plan(monitoring: Mapping[str, Any]) -> RecoveryPlan:
    """Return how failures of several nodes are handled together."""
    recovery = monitoring['recovery']
    return RecoveryPlan(
        dependency_grace_s=float(recovery['dependency_grace']),
        max_concurrent_restarts=recovery['max_concurrent_restarts'],
        min_free_memory_percent=float(recovery['min_free_memory_percent']))


def health_problems(node: Node, root: Root) -> Iterator[Problem]:
    """Return what a node's settings ask for and cannot have."""
    yield from _check_problems(node)
    runtime = node.settings.get('runtime')
    policy = runtime['restart_policy']
    if policy != 'never' and runtime['max_restarts'] == 0:
        yield node.problem(
            ('runtime', 'max_restarts'), f"0 allows no restart, so '{policy}' never restarts it",
            'write restart_policy: never, or how many restarts are allowed', 'warning')
    elif policy != 'never':
        yield from _stable_problems(node, runtime)
    if policy == 'never':
        for path in (('health_check', 'on_failure'), ('resources', 'on_exceeded')):
            if node.settings.get(*path) == 'restart' and node.settings.origin(*path).file:
                yield node.problem(
                    path, 'the node is ended and not started again:'
                    f' restart_policy is never ({node.place("runtime", "restart_policy")})',
                    'write alert, or another restart_policy', 'warning')
    exceeded = node.settings.get('resources', 'on_exceeded')
    if exceeded == 'restart' and not _own_limits(node, root):
        yield node.problem(
            ('resources', 'on_exceeded'), 'has no effect: the node has no limit of its own',
            f'add one of {", ".join(key for key, _ in _LIMITS)} beside it', 'warning')
    timeout = node.settings.get('monitoring', 'heartbeat_timeout')
    if timeout < 3 * _HEARTBEAT_PERIOD_S:
        yield node.problem(
            ('monitoring', 'heartbeat_timeout'), f'{timeout} is less than three heartbeats (one'
            f' each {_HEARTBEAT_PERIOD_S:g} s): a busy machine can look like a hung node',
            f'write {3 * _HEARTBEAT_PERIOD_S:g} or more', 'warning')


def hook_problems(project: Path, root: Root) -> Iterator[Problem]:
    """Warn about a hook that cannot be run: nobody would see it before the first alert."""
    path = ('monitoring', 'alerts', 'exec')
    argv = root.settings.get(*path)
    if not argv:
        return
    program = argv[0]
    if '/' in program:
        found = shutil.which(str(project / program))
    else:
        found = shutil.which(program, path=root.scope.get('PATH'))
    if found is None:
        where = '' if '/' in program else ' in PATH'
        origin = root.settings.origin(*path, 0)
        yield Problem(
            file=origin.file or '.nodes', line=origin.line, key='.'.join(path),
            text=f"there is no program '{program}'{where} that may be run",
            fix='correct its path (relative to the project), or make it executable with chmod +x',
            severity='warning')


def _stable_problems(node: Node, runtime: Mapping[str, Any]) -> Iterator[Problem]:
    """Report a run that counts as stable before its failure can be noticed."""
    stable_s, timeout_s = runtime['stable_after'], node.settings.get(
        'monitoring', 'heartbeat_timeout')
    never = (f'so each failure counts as the first: restart_delay does not grow and max_restarts:'
             f' {runtime["max_restarts"]} is never reached')
    least_s = 3 * _HEARTBEAT_PERIOD_S
    if not node.is_executable:
        least_s = max(least_s, timeout_s)
    if stable_s < 3 * _HEARTBEAT_PERIOD_S:
        yield node.problem(
            ('runtime', 'stable_after'), f'{stable_s:g} s is less than three heartbeats'
            f' (3 x {_HEARTBEAT_PERIOD_S:g} s): a node that fails after it was ready has been'
            f' ready for longer, {never}',
            f'write how long it must be ready before its failures no longer count, more than '
            f'{least_s:g}')
    elif not node.is_executable and stable_s <= timeout_s:
        yield node.problem(
            ('runtime', 'stable_after'), 'a node that hangs as soon as it is ready is noticed'
            f' after heartbeat_timeout, {timeout_s:g} s, and has then been ready for longer than'
            f' {stable_s:g} s, {never}', f'write more than {least_s:g}', 'warning')


def _check_problems(node: Node) -> Iterator[Problem]:
    check = node.settings.get('health_check')
    if not check['enabled']:
        if check.get('method') and not node.settings.origin('health_check', 'enabled').file:
            yield node.problem(('health_check', 'method'), 'is never called',
                               'add enabled: true beside it (or enabled: false)', 'warning')
    elif node.is_executable:
        yield node.problem(
            ('health_check', 'enabled'), 'has no effect: an executable has no method to call',
            'remove health_check', 'warning')
    elif not check.get('method'):
        yield node.problem(('health_check', 'enabled'), 'needs health_check.method',
                           'name the method of the node that says whether it is healthy')


def _own_limits(node: Node, root: Root) -> tuple[str, ...]:
    """Return the resources that a node has a limit for which is not the root's threshold."""
    return tuple(
        signal for key, signal in _LIMITS if node.settings.get('resources', key)
        and (signal != 'cpu' or node.settings.origin('resources', key)
             != root.settings.origin('monitoring', 'alerts', 'high_cpu_percent')))


def _limit(value: float, parts: int = 1) -> float | None:
    """Return a limit in whole units; 0 switches it off."""
    return value / parts or None
