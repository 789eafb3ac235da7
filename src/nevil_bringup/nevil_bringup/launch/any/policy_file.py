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

"""The policy file of a launch file; nothing of launch is imported."""

from __future__ import annotations

import os
from pathlib import Path
import sys
from typing import TYPE_CHECKING

from nevil_bringup.errors import UserError

if TYPE_CHECKING:  # what reads files of a project is not needed for most launch files
    from nevil_nodes.declarations.policy import Policy

__all__ = ['policy_of']


def policy_of(file: str, named: str | None) -> Policy | None:
    """
    Return the policy named, or that beside the launch file; None where there is none.

    :raises UserError: it has errors, which are printed
    """
    name = os.path.basename(file)
    for suffix in ('.py', '.xml', '.yaml', '.yml', '.launch'):
        name = name.removesuffix(suffix)
    beside = Path(file).parent / f'{name}.nevil.yaml'
    if not named and not beside.is_file():
        return None
    path = Path(named) if named else beside
    if not path.is_file():
        raise UserError(f'there is no policy file {path}')
    from nevil_nodes.declarations.policy import read_policy
    policy, problems = read_policy(path, os.environ)
    for problem in problems:
        print(f'{problem.severity}: {problem}', file=sys.stderr)
    if any(problem.severity == 'error' for problem in problems):
        raise UserError(f'{path} has errors; nothing is started')
    return policy
