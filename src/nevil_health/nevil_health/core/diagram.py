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
The page about the states of a node, made from the table of transitions.

``python -m nevil_health.core.diagram > docs/states.md`` writes it.
"""

from __future__ import annotations

from nevil_health.core.states import LIVE
from nevil_health.core.states import State
from nevil_health.core.states import TRANSITIONS

__all__ = ['page']

_MEANING: dict[State, str] = {
    'disabled': 'never started (`runtime.status: disabled`)',
    'stopped': 'not running: stopped by the operator or with the system, not started because of '
               '`auto_start: false`, or exited while it was held',
    'waiting': 'should run; waits for the nodes that it requires, for a conflicting node to '
               'stop, or for its turn',
    'starting': 'its process was requested or exists, and is not ready yet',
    'ready': 'its process is ready, and its heartbeats arrive',
    'paused': 'its process runs but is inactive, because a node that it requires is lost or the '
              'operator paused it',
    'unhealthy': 'its process hangs, fails, or was not ready in time; its evidence is collected, '
                 'then it is stopped',
    'backoff': 'its process has exited; it is restarted after a delay, when a restart is allowed',
    'stopping': 'its process is being stopped, by the operator or with the system',
    'completed': 'exited with 0, and its policy does not restart it',
    'failed': 'given up: its policy allows no further restart',
}


def page() -> str:
    """Return the page in Markdown, with a Mermaid diagram."""
    lines = [
        '# States of a node', '',
        '<!-- made by `python -m nevil_health.core.diagram`; do not edit -->', '',
        'Every node (or process of composed nodes) is in one of these states. '
        'In the bold ones it has a process.', '',
        '| state | meaning |', '|---|---|',
        *(f'| {f"**{state}**" if state in LIVE else state} | {_MEANING[state]} |'
          for state in TRANSITIONS),
        '', 'Requests come from the operator. An event that is not in the table for a state '
        'is refused and changes nothing; events that do not change the state are '
        'not drawn. A pause that the operator requests begins with `RequirementLost`, once '
        'no active node requires the node.', '',
        '```mermaid', 'stateDiagram-v2', *_edges(), '```',
    ]
    return '\n'.join(lines) + '\n'


def _edges() -> list[str]:
    """Return one line for each pair of states, with the events that lead from one to the other."""
    labels: dict[tuple[State, State], list[str]] = {}
    for old, row in TRANSITIONS.items():
        for kind, targets in row.items():
            for new in targets:
                if new != old:
                    labels.setdefault((old, new), []).append(kind.__name__)
    return ['    [*] --> disabled', '    [*] --> stopped', *(
        f'    {old} --> {new}: {", ".join(kinds)}' for (old, new), kinds in labels.items())]


if __name__ == '__main__':  # pragma: no branch
    print(page(), end='')
