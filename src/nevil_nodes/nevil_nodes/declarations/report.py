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

"""Put a loaded project into words: what `nevil validate` prints."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import asdict
import json
import shlex
from typing import Any

from nevil_msggen.problem import did_you_mean
from nevil_msggen.problem import Problem
from nevil_nodes.declarations.load import LoadResult
from nevil_nodes.declarations.plan import Plan
from nevil_nodes.declarations.plan import ProcessPlan
from nevil_nodes.declarations.process_plan import is_secret

__all__ = [
    'failed', 'plan_json', 'plan_text', 'problems_json', 'problems_text', 'resolved_json',
    'resolved_text',
]

_MASK = '***'


def failed(problems: Iterable[Problem], *, strict: bool = False) -> bool:
    """Return whether a project with these problems is refused; strict: for warnings too."""
    return any(strict or problem.severity == 'error' for problem in problems)


def problems_text(result: LoadResult, *, strict: bool = False) -> str:
    """Return every problem in a line of its own, and a last line that sums up."""
    errors = sum(problem.severity == 'error' for problem in result.problems)
    warnings = len(result.problems) - errors
    lines = [f'{problem.severity}: {problem}' for problem in result.problems]
    counts = f'{_count(errors, "error")}, {_count(warnings, "warning")}'
    if failed(result.problems, strict=strict):
        because = ' (warnings count with --strict)' if not errors else ''
        lines.append(f'refused: {counts}{because}')
    elif result.plan is not None:
        plan = result.plan
        lines.append(f"'{plan.project}' is valid: {_count(len(plan.nodes), 'node')} in"
                     f" {_count(len(plan.processes), 'process', 'es')}, {counts}")
    return '\n'.join(lines)


def problems_json(result: LoadResult, *, strict: bool = False) -> dict[str, Any]:
    """Return the same for programs."""
    return {
        'valid': not failed(result.problems, strict=strict),
        'project': result.plan.project if result.plan else None,
        'problems': [asdict(problem) for problem in result.problems],
    }


def resolved_text(result: LoadResult, names: Sequence[str] = ()) -> str:
    """
    Return every resolved value with the place it was given at.

    :param names: nodes to show; the system and all nodes when empty
    :raises KeyError: there is no such node; its argument is a sentence for the user
    """
    blocks = []
    for name in _chosen(result, names):
        rows = [(key, _value(key, value), str(origin))
                for key, value, origin in result.settings[name].leaves()]
        wide = max((len(f'{key}: {value}') for key, value, _ in rows), default=0)
        wide = min(wide, 60)
        blocks.append('\n'.join([
            f'[{name or "system"}]',
            *(f'{f"{key}: {value}":<{wide}}  # {origin}' for key, value, origin in rows)]))
    return '\n\n'.join(blocks)


def resolved_json(result: LoadResult, names: Sequence[str] = ()) -> dict[str, Any]:
    """
    Return ``{name: {key: {"value", "origin"}}}``, the system under ``""``.

    :raises KeyError: there is no such node; its argument is a sentence for the user
    """
    return {
        name: {key: {'value': _MASK if _hidden(key, value) else value, 'origin': str(origin)}
               for key, value, origin in result.settings[name].leaves()}
        for name in _chosen(result, names)}


def plan_text(plan: Plan) -> str:
    """Return the start order with each process's exact command line and environment."""
    how = ('in parallel, each as soon as what it requires is ready' if plan.parallel
           else f'one after the other, {plan.startup_delay_s:g} s apart')
    lines = [f"'{plan.project}' starts {how}:"]
    for number, process in enumerate(plan.processes, start=1):
        lines += ['', f'{number}. {process.name}{_remarks(plan, process)}',
                  f'   {shlex.join(process.argv)}']
        lines += [f'   {key}={shlex.quote(_value(f"environment.{key}", value))}'
                  for key, value in sorted(process.env.items())]
    disabled = [node.name for node in plan.nodes if node.status == 'disabled']
    if disabled:
        lines += ['', f'never started: {", ".join(disabled)}']
    return '\n'.join(lines)


def plan_json(plan: Plan) -> dict[str, Any]:
    """Return the same for programs."""
    return {
        'project': plan.project, 'directory': plan.directory, 'parallel': plan.parallel,
        'processes': [
            {'name': process.name, 'nodes': list(process.nodes), 'argv': list(process.argv),
             'env': _masked(process.env), 'cwd': process.cwd, 'nice': process.nice,
             'fork': process.fork, 'requires': _requires(plan, process)}
            for process in plan.processes],
        'disabled': [node.name for node in plan.nodes if node.status == 'disabled'],
    }


def _chosen(result: LoadResult, names: Sequence[str]) -> list[str]:
    for name in names:
        if name not in result.settings:
            near = did_you_mean(name, [known for known in result.settings if known])
            raise KeyError(f"there is no node '{name}'" + (f'; {near}' if near else ''))
    return list(names) or list(result.settings)


def _remarks(plan: Plan, process: ProcessPlan) -> str:
    remarks = []
    if process.nodes != (process.name,):
        remarks.append(f'nodes {", ".join(process.nodes)}')
    requires = _requires(plan, process)
    if requires:
        remarks.append(f'after {", ".join(requires)}')
    nodes = [plan.node(name) for name in process.nodes]
    remarks += [f'{node.name} is muted' for node in nodes if node.status == 'muted']
    remarks += [f'{node.name} waits for `nevil node start {node.name}`'
                for node in nodes if not node.auto_start]
    if process.nice:
        remarks.append(f'nice {process.nice}')
    return f' ({"; ".join(remarks)})' if remarks else ''


def _requires(plan: Plan, process: ProcessPlan) -> list[str]:
    """Return the processes that must be ready before this one starts."""
    needed = (plan.node(other).process for name in process.nodes
              for other in plan.node(name).requires)
    return [name for name in dict.fromkeys(needed) if name != process.name]


def _value(key: str, value: Any) -> str:
    if _hidden(key, value):
        return _MASK
    return value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)


def _hidden(key: str, value: Any) -> bool:
    """Return whether a value is that of an environment variable with a secret's name."""
    above, _, name = key.rpartition('.')
    return above.endswith('environment') and bool(value) and is_secret(name)


def _masked(env: Mapping[str, str]) -> dict[str, str]:
    return {key: _MASK if _hidden(f'environment.{key}', value) else value
            for key, value in sorted(env.items())}


def _count(number: int, word: str, plural: str = 's') -> str:
    return f'{number} {word}{"" if number == 1 else plural}'
