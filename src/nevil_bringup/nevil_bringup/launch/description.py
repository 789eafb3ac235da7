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

"""A project as a launch description: one action for each node of its plan."""

from __future__ import annotations

import os
from pathlib import Path
import sys
from typing import Any

from launch import LaunchContext
from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument
from launch.actions import ExecuteProcess
from launch.actions import OpaqueFunction
from launch.condition import Condition
from nevil_bringup.api.logscope import obstacle
from nevil_bringup.api.logscope_options import arguments_of
from nevil_bringup.api.logscope_options import wanted
from nevil_bringup.launch.planned import PlannedNode
from nevil_bringup.paths import project_paths
from nevil_bringup.project import find_project
from nevil_nodes.declarations import load_project
from nevil_nodes.declarations import LoadResult
from nevil_nodes.declarations.report import problems_text
from nevil_nodes.own_program import own_program

__all__ = ['describe']

_ARGUMENTS = (
    ('namespace', '', 'namespace of all nodes, below the one pushed around an include'),
    ('use_sim_time', '', 'true: all nodes take their time from /clock'),
    ('log_level', '', 'debug, info, warning, error or critical instead of system.log_level'),
    ('logscope', '', 'true or false: open the log viewer, whatever logscope_enabled says'),
    ('nodes', '', 'start only these and what they require: names, with commas'))
_TRUE = {'true': True, '1': True, 'false': False, '0': False}


def describe(project: Path | None = None) -> LaunchDescription:
    """
    Return the description of a project.

    Its nodes are known before launch runs (``--print-description``), so the project is that of
    the command line, ``project:=DIR``; one that an include names instead is read when it runs.

    :param project: its folder; None takes that of the command line, else the one that ``nevil``
        would take
    :raises UserError: the folder named is no project
    """
    folder = project or find_project(_given('project')).resolve()
    loaded = _load(folder)
    here = _is(folder)
    return LaunchDescription([
        DeclareLaunchArgument('project', default_value=str(folder),
                              description='folder of the project, with its root .nodes'),
        *(DeclareLaunchArgument(name, default_value=default, description=text)
          for name, default, text in _ARGUMENTS),
        *_actions(loaded, here),
        OpaqueFunction(function=_further, args=[folder, loaded])])


def _given(name: str) -> str | None:
    """Return an argument of launch from the command line: there is no context yet."""
    values = [word.partition(':=')[2] for word in sys.argv if word.startswith(f'{name}:=')]
    return values[-1] if values else None


def _load(folder: Path) -> LoadResult:
    return load_project(folder, environ=os.environ, logs=project_paths(folder).logs)


def _is(folder: Path) -> Condition:
    return Condition(predicate=lambda context: _project(context) == folder)


def _project(context: LaunchContext) -> Path:
    return find_project(context.launch_configurations['project'])


def _actions(loaded: LoadResult, condition: Condition | None = None) -> list[PlannedNode]:
    if loaded.plan is None:
        return []
    return [PlannedNode(loaded, process, name, condition=condition)
            for process in loaded.plan.processes for name in process.nodes]


def _further(context: LaunchContext, folder: Path, loaded: LoadResult) -> list[Any]:
    """
    Return the nodes of another project than the one described, and the log viewer.

    :raises RuntimeError: the project has errors; the text is that of ``nevil validate``
    """
    actual = _project(context)
    others: list[Any] = []
    if actual != folder:
        loaded = _load(actual)
        others += _actions(loaded)
    if loaded.plan is None:
        raise RuntimeError(f'{actual} cannot be started:\n{problems_text(loaded)}')
    given = context.launch_configurations['logscope'].lower()
    if given not in ('', *_TRUE):
        raise RuntimeError(f'logscope:={given} is not true or false')
    if wanted(loaded.plan, _TRUE.get(given)) and not (not given and obstacle(os.environ)):
        arguments = arguments_of(project_paths(actual), loaded.plan)
        others.append(ExecuteProcess(
            cmd=own_program('nevil_logscope', *arguments), name='logscope'))
    return others
