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

"""Check that what a node's ``creation`` names exists."""

from __future__ import annotations

from collections.abc import Mapping
import os
from pathlib import Path
import shlex
import shutil

from nevil_msggen.problem import did_you_mean
from nevil_msggen.problem import Problem
from nevil_nodes.declarations.container import component_problems
from nevil_nodes.declarations.executable import command_line
from nevil_nodes.declarations.executable import find_executable
from nevil_nodes.declarations.executable import find_file
from nevil_nodes.declarations.imports import missing_imports
from nevil_nodes.declarations.node_draft import Node
from nevil_nodes.declarations.parameters import parameter_problems
from nevil_nodes.declarations.python_class import ClassFile
from nevil_nodes.declarations.python_class import find_module
from nevil_nodes.declarations.python_class import members
from nevil_nodes.declarations.python_class import read_classes

__all__ = ['Creation']

_OF_CLASSES = ('class_name', 'module_path')
_OF_EXECUTABLES = (
    'namespace', 'parameters', 'parameter_files', 'remappings', 'arguments', 'prefix', 'output')
_OF_ROS_NODES = (
    'namespace', 'parameters', 'parameter_files', 'remappings', 'arguments', 'init_params')


class Creation:
    """Finds classes and executables of a project's nodes; each file is parsed once."""

    def __init__(
            self, project: Path, environ: Mapping[str, str], allowed: list[str],
            log_level: str) -> None:
        """
        Prepare for a project.

        :param environ: variables of the system and of the project
        :param allowed: the root's ``security.allowed_paths``
        """
        self._project = project
        self._environ = environ
        self._allowed = allowed
        self._log_level = log_level
        self._files: dict[Path, ClassFile] = {}

    def resolve(self, node: Node) -> list[Problem]:
        """Fill in the node's module and class, or command line, and report what is missing."""
        creation = node.settings.get('creation')
        if creation.get('command') is not None:
            return self._command(node)
        pair = [key for key in ('package', 'executable') if creation.get(key)]
        if len(pair) == 1:
            missing = 'executable' if pair == ['package'] else 'package'
            return [node.problem(('creation', *pair), f'needs creation.{missing} too',
                                 f'add creation.{missing}, or remove creation.{pair[0]}')]
        if pair:
            return self._executable(node)
        return [*_unused(node, _OF_EXECUTABLES, 'it is for executables, and the node is a class',
                         'add creation.package and creation.executable, or remove it'),
                *self._class(node)]

    def _executable(self, node: Node) -> list[Problem]:
        creation = node.settings.get('creation')
        package, executable = creation['package'], creation['executable']
        problems = [*_beside(node, 'executable', _OF_CLASSES), *_apart(node)]
        found = find_executable(package, executable, self._environ)
        if found.path is None:
            problems.append(node.problem(
                ('creation', 'executable'), found.text, found.fix,
                'warning' if found.unsure else 'error'))
        program = (found.path,) if found.path else ('ros2', 'run', package, executable)
        files, missing = self._parameter_files(node)
        node.argv = command_line(program, node.name, creation, files, self._log_level)
        return [*problems, *missing, *parameter_problems(node), *self._prefix_problems(node),
                *component_problems(node, self._environ)]

    def _command(self, node: Node) -> list[Problem]:
        """Fill in the command line of a process that need not be a ROS node."""
        creation = node.settings.get('creation')
        program, *arguments = creation['command'] or ['']
        path = ('creation', 'command', 0)
        problems = [*_beside(node, 'command', (*_OF_CLASSES, 'package', 'executable')),
                    *_apart(node), *_unused(node, _OF_ROS_NODES, 'a command is not a ROS node')]
        if '/' in program:
            file = find_file(program, node.folder, self._project)
            found = str(file) if file is not None else program
            if file is None:
                problems.append(node.problem(
                    path, f"there is no file '{program}' in the node's folder or the project",
                    'correct the path, or create the file'))
            elif not os.access(file, os.X_OK):
                problems.append(node.problem(
                    path, f"'{program}' may not be executed", f'chmod +x {shlex.quote(found)}'))
        elif not program:
            return [node.problem(
                path[:2], 'is empty', 'write the program and its arguments as a list')]
        else:
            found = program
            search = node.environment.get('PATH', self._environ.get('PATH'))
            if shutil.which(program, path=search) is None:
                problems.append(node.problem(
                    path, f"there is no program '{program}' in PATH",
                    f'install it, or write ./{program} for a file of the node'))
        node.argv = (*creation['prefix'], found, *arguments)
        return [*problems, *self._prefix_problems(node)]

    def _parameter_files(self, node: Node) -> tuple[list[str], list[Problem]]:
        path = ('creation', 'parameter_files')
        found, problems = [], []
        for index, given in enumerate(node.settings.get(*path)):
            file = find_file(given, node.folder, self._project)
            if file is None:
                problems.append(node.problem(
                    (*path, index), f"there is no file '{given}' in the node's folder or the"
                    ' project', 'correct the path, or create the file'))
            else:
                found.append(str(file))
        return found, problems

    def _prefix_problems(self, node: Node) -> list[Problem]:
        prefix = node.settings.get('creation', 'prefix')
        program = prefix[0] if prefix else ''
        path = node.environment.get('PATH', self._environ.get('PATH'))
        if not program or shutil.which(program, path=path):
            return []
        return [node.problem(('creation', 'prefix', 0), f"there is no program '{program}' in PATH",
                             'install it, or correct its name')]

    def _class(self, node: Node) -> list[Problem]:
        creation = node.settings.get('creation')
        node.class_name = creation.get('class_name') or _camel_case(node.name) + 'Node'
        given = creation.get('module_path')
        file, node.module = self._module(node, given)
        if file is None:
            return [_no_module(node, given)]
        problems = self._outside(node, file) if given else []
        classes = self._files.get(file)
        shown = self._shown(file)
        if classes is None:
            classes = self._files[file] = read_classes(file)
            beside = node.folder.parent.iterdir() if node.composed else ()  # found by all of them
            problems += missing_imports(classes.imports, shown, [
                self._project, node.folder, file.parent, *beside, *self._python_path(node)])
        if classes.error:
            problems.append(Problem(
                file=shown, line=classes.line, key='', text=classes.error,
                fix=f"make it a Python file with the class '{node.class_name}'"))
        elif node.class_name not in classes.names and not classes.star:
            there = (f'it has {", ".join(classes.classes)}' if classes.classes
                     else 'it has no class')
            problems.append(node.problem(
                ('creation', 'class_name'),
                f"there is no class '{node.class_name}' in {shown}; {there}",
                did_you_mean(node.class_name, list(classes.classes))
                or 'write the class, or name the right one in creation.class_name'))
        else:
            node.methods = members(classes, node.class_name)
            problems += _check_method(node, classes, shown)
        return problems

    def _module(self, node: Node, given: str | None) -> tuple[Path | None, str]:
        """Return the file of the node's class and the module as the node is to load it."""
        if given is None:
            file = node.folder / f'{node.name}_node.py'
            return (file if file.is_file() else None), str(file)
        if given.endswith('.py') or '/' in given:
            for folder in (node.folder, self._project):
                file = Path(os.path.normpath(folder / Path(given).expanduser()))
                if file.is_file():
                    return file, str(file)
            return None, given
        own = find_module(given, [self._project, node.folder, *self._python_path(node)])
        if own is not None and own.is_relative_to(self._project):
            return own, str(own)
        return own, given

    def _python_path(self, node: Node) -> list[Path]:
        text = node.environment.get('PYTHONPATH', self._environ.get('PYTHONPATH', ''))
        return [self._project / part for part in text.split(':') if part]

    def _outside(self, node: Node, file: Path) -> list[Problem]:
        allowed = [*self._allowed, *node.settings.get('security', 'allowed_paths')]
        if not allowed:
            return []
        real = file.resolve()
        folders = [self._project, *(self._project / Path(path).expanduser() for path in allowed)]
        if any(real.is_relative_to(folder.resolve()) for folder in folders):
            return []
        return [node.problem(
            ('creation', 'module_path'),
            f'{real} is outside of the project and of security.allowed_paths',
            f"add '{real.parent}' to security.allowed_paths, or move the file")]

    def _shown(self, file: Path) -> str:
        if file.is_relative_to(self._project):
            return str(file.relative_to(self._project))
        return str(file)


def _beside(node: Node, kind: str, keys: tuple[str, ...]) -> list[Problem]:
    """Report what says otherwise what is to be started."""
    return [node.problem(('creation', key), f'is not used together with creation.{kind}',
                         'keep one of them')
            for key in keys if key in node.settings.get('creation')]


def _apart(node: Node) -> list[Problem]:
    if node.settings.get('runtime', 'isolated_process'):
        return []
    return [node.problem(
        ('runtime', 'isolated_process'), 'an executable always has its own process',
        'write isolated_process: true', 'warning')]


def _unused(node: Node, keys: tuple[str, ...], why: str, fix: str = 'remove it') -> list[Problem]:
    """Warn of what has no effect."""
    paths: list[tuple[str, ...]] = [('creation', key) for key in keys]
    return [node.problem(path, f'has no effect: {why}', fix, 'warning')
            for path in (*paths, ('components',))
            if node.settings.get(*path) and node.settings.origin(*path).file]


def _check_method(node: Node, classes: ClassFile, shown: str) -> list[Problem]:
    """Report a health check that cannot be called as its node's class is written."""
    check = node.settings.get('health_check')
    method = check.get('method')
    known = members(classes, node.class_name) if check['enabled'] and method else None
    if known is None:
        return []
    if method not in known:
        return [node.problem(
            ('health_check', 'method'),
            f"class '{node.class_name}' in {shown} has no method '{method}'",
            did_you_mean(method, [name for name, takes in known.items() if takes])
            or 'write the method, or name the right one')]
    takes = known[method]
    if takes is None:
        return []
    wrong: list[tuple[tuple[str, ...], str]] = [
        (('health_check', 'params', name), f"has no parameter '{name}'")
        for name in check['params'] if name not in takes.names and not takes.any]
    wrong += [(('health_check', 'method'), f"needs '{name}', which params does not give")
              for name in takes.needed if name not in check['params']]
    return [node.problem(
        path, f'{method}() in {shown} {text}', f'it takes {", ".join(takes.names) or "none"}')
        for path, text in wrong]


def _no_module(node: Node, given: str | None) -> Problem:
    if given is None:
        return node.problem(
            ('creation',), f'there is no {node.name}_node.py beside it',
            f"write the class '{node.class_name}' there, or name creation.module_path"
            ' (or creation.package and creation.executable)')
    kind = 'file' if given.endswith('.py') or '/' in given else 'module'
    where = ("the node's folder or the project" if kind == 'file'
             else "the project, the node's folder or Python's path")
    return node.problem(('creation', 'module_path'), f"there is no {kind} '{given}' in {where}",
                        'correct the path, or create the file')


def _camel_case(name: str) -> str:
    return ''.join(part[:1].upper() + part[1:] for part in name.split('_'))
