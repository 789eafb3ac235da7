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

"""Read a project's root ``.nodes`` and ``.env``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from pathlib import Path
from typing import Any

from nevil_msggen.problem import Problem
from nevil_msggen.problem import Severity
from nevil_msggen.source import Document
from nevil_msggen.source import read_document
from nevil_nodes.declarations.dotenv import read_dotenv
from nevil_nodes.declarations.expansion import as_text
from nevil_nodes.declarations.expansion import expand
from nevil_nodes.declarations.expansion import Expansion
from nevil_nodes.declarations.layers import Layer
from nevil_nodes.declarations.layers import Settings
from nevil_nodes.declarations.schema import check
from nevil_nodes.declarations.schema import defaults
from nevil_nodes.declarations.schema import ROOT_SCHEMA

__all__ = ['Root', 'expansion_problems', 'read_root']

# Other spellings, the plain one of the same name wins; an empty list says nothing.
_SPELLINGS = (
    ('startup_order', 'startup_order'), ('global_order', 'startup_order'),
    ('parallel_launch', 'parallel_launch'), ('wait_for_healthy', 'wait_for_healthy'),
    ('ready_timeout', 'ready_timeout'),
)
_ALWAYS = {
    'validate_configs': 'files are always validated',
    'respect_individual_dependencies': 'what a node requires is always respected',
}


@dataclass
class Root:
    """
    The root file, understood.

    :param scope: every variable that is set: the given environment, the root's, ``.env``
    :param shared: those of the root's ``environment`` and of ``.env``
    :param dotenv_lines: line of each variable in ``.env``
    """

    layer: Layer
    settings: Settings
    scope: dict[str, str] = field(default_factory=dict)
    shared: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    dotenv_lines: dict[str, int] = field(default_factory=dict)

    @property
    def strict_variables(self) -> bool:
        """Return whether an unset variable is an error."""
        return bool(self.settings.get('security', 'validate_env_vars'))

    @property
    def development(self) -> bool:
        """Return whether the nodes of ``dev_only_nodes`` are started."""
        return (self.scope.get('NEVIL_DEV', '').lower() in ('1', 'true', 'yes', 'on')
                or bool(self.settings.get('development', 'debug_mode')))

    def overrides(self, name: str) -> Layer | None:
        """Return ``global_overrides.<name>`` as a layer over a node's own file."""
        data = self.settings.get('nodes', 'global_overrides', name)
        if not data:
            return None
        prefix = ('nodes', 'global_overrides', name)
        expanded = frozenset(path[3:] for path in self.layer.expanded if path[:3] == prefix)
        return Layer(self.layer.document, prefix, data, expanded)


def read_root(project: Path, environ: Mapping[str, str], name: str = '.nodes') -> Root:
    """
    Read the root file; everything that is wrong is in ``problems``.

    :param name: of the file, which is also what it is called in problems
    """
    document, problems = read_document(project / name, name)
    dotenv_lines: dict[str, int] = {}
    dotenv, dotenv_problems = read_dotenv(
        project / '.env', '.env', environ, dotenv_lines)
    found = Expansion(firm=frozenset(dotenv))
    outer = {**environ, **dotenv}
    variables: Any = expand(document.data.get('environment'), outer, found, ('environment',))
    own = {key: as_text(value) for key, value in variables.items()
           if not isinstance(value, (dict, list))} if isinstance(variables, dict) else {}
    scope = {**environ, **own, **dotenv}
    data = {key: variables if key == 'environment' else expand(value, scope, found, (key,))
            for key, value in document.data.items()}
    layer = Layer(document, (), data, frozenset(found.changed))
    clean, wrong = check(layer, ROOT_SCHEMA)
    if any(problem.severity == 'error' for problem in problems) and not document.data:
        wrong = []  # the file could not be read: that `version` is missing is no news
    settings = Settings(defaults(ROOT_SCHEMA))
    settings.merge(replace(layer, data=clean))
    shared = {key: as_text(value) for key, value in clean.get('environment', {}).items()}
    root = Root(layer, settings, scope, {**shared, **dotenv},
                [*problems, *dotenv_problems, *wrong], dotenv_lines)
    root.problems += expansion_problems(layer, found, root.strict_variables)
    _take_spellings(root, clean, document)
    return root


def expansion_problems(layer: Layer, found: Expansion, strict: bool) -> list[Problem]:
    """Return what went wrong while a file was expanded."""
    severity: Severity = 'error' if strict else 'warning'
    problems = [
        layer.problem(
            path, f"variable '{name}' is not set and has no default",
            f'set it (in .env, for example), or write ${{{name}:-default}}', severity)
        for path, name in found.undefined]
    return problems + [
        layer.problem(
            path, "holds a '${' that is neither ${VAR} nor ${VAR:-default}",
            'correct it, or write $${ for the characters themselves')
        for path in found.malformed]


def _take_spellings(root: Root, clean: Mapping[str, Any], document: Document) -> None:
    launch = clean.get('launch', {})
    startup = launch.get('startup', {})
    taken = set(launch)
    for other, key in _SPELLINGS:
        value = startup.get(other)
        if value is None or value == []:
            continue
        path = ('launch', 'startup', other)
        if key not in taken:
            taken.add(key)
            origin = root.settings.origin(*path)
            root.settings.put(('launch', key), value, origin)
            if isinstance(value, list):
                for index in range(len(value)):
                    root.settings.put_origin(
                        ('launch', key, index), root.settings.origin(*path, index))
        elif root.settings.get('launch', key) != value:
            root.problems.append(Problem(
                file='.nodes', line=document.line(*path), key='.'.join(path),
                text=f'has no effect: launch.{key} is given'
                f' ({root.settings.origin("launch", key)}) with another value',
                fix='keep one of them', severity='warning'))
    for key, text in _ALWAYS.items():
        if startup.get(key) is False:
            root.problems.append(Problem(
                file='.nodes', line=document.line('launch', 'startup', key),
                key=f'launch.startup.{key}', text=f'false has no effect: {text}',
                fix='remove it', severity='warning'))
