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
What happens in a new process between fork and its program.

Whether the program is executed or runs in the fork, it finds the same: its own session, its
output on 1 and 2, no input, no other descriptor, default signals, its environment and folder.
"""

from __future__ import annotations

from collections.abc import Sequence
import faulthandler
import importlib
import os
import runpy
import sys
import threading
import time
from typing import NoReturn

from nevil_bringup.spawner.fresh_process import begin
from nevil_bringup.spawner.fresh_process import close_others
from nevil_bringup.spawner.fresh_process import give_streams
from nevil_bringup.spawner.fresh_process import set_nice
from nevil_bringup.spawner.fresh_process import set_signals
from nevil_bringup.spawner.protocol import StartOrder
from nevil_bringup.spawner.title import show_as
from nevil_nodes.lazy_dataclass import dataclass
from nevil_nodes.leave import skip_library_destructors
from nevil_nodes.versions import loaded_otherwise

__all__ = [
    'become', 'can_fork', 'give_up', 'has_own_versions', 'Interpreter', 'Program', 'reason_of',
    'set_up', 'settle_in']

# Honoured by a running interpreter, or set by us; any other difference needs an exec.
_FORK_MAY_DIFFER = frozenset({
    'PYTHONPATH', 'PYTHONUNBUFFERED', 'PYTHONDONTWRITEBYTECODE', 'PYTHONFAULTHANDLER',
    'PYTHONSAFEPATH'})
# Read by the interpreter, the dynamic linker, and by libraries when they are loaded.
_READ_AT_EXEC = ('PYTHON', 'LD_', 'LC_', 'MALLOC_', 'OPENBLAS_', 'GOTO_', 'OMP_', 'GOMP_', 'KMP_',
                 'MKL_', 'BLIS_', 'NPY_', 'NUMPY_')
_READ_AT_EXEC_NAMES = ('LANG', 'LANGUAGE', 'GLIBC_TUNABLES')


@dataclass(frozen=True, slots=True)
class Interpreter:
    """
    What of the spawner's interpreter its children keep.

    :param path: ``sys.path`` without the first entry and those of PYTHONPATH
    :param given: those of PYTHONPATH
    :param kept: descriptors that preloaded libraries opened
    :param forks: whether it may be forked, that is, has no threads
    """

    path: tuple[str, ...]
    given: frozenset[str]
    kept: frozenset[int]
    pid: int
    forks: bool


@dataclass(frozen=True, slots=True)
class Program:
    """The program of a forked child, to be run where nothing of the spawner is on the stack."""

    module: str

    def run(self) -> object:
        """
        Run ``main(arguments)`` of a preloaded module, any other as ``python -m`` does.

        :returns: the exit status, anything that ``sys.exit`` takes
        """
        module = sys.modules.get(self.module)
        if not hasattr(module, 'main'):
            runpy.run_module(self.module, run_name='__main__', alter_sys=True)
            return 0
        assert module is not None
        sys.modules['__main__'] = module
        sys.argv[0] = getattr(module, '__file__', None) or self.module
        status: object = module.main(sys.argv[1:])
        return status


def can_fork(order: StartOrder) -> bool:
    """Return whether a fork of this interpreter can be what the order's command line is."""
    argv = order.argv
    return order.fork and len(argv) >= 3 and argv[0] == sys.executable and argv[1] == '-m' and all(
        os.environ.get(name) == order.env.get(name)
        for name in {*os.environ, *order.env} if _read_at_exec(name))


def set_up(
    order: StartOrder, *, source: int, outputs: Sequence[int], report: int,
    interpreter: Interpreter,
) -> Program:
    """
    Make a fresh fork the process that was ordered.

    :param source: standard input; -1: an empty file
    :param outputs: the unit's output pipe, or those of its standard output and error
    :param report: pipe to the spawner; closed when all is well, else the reason in words
    :returns: what to run; after an exec there is no return
    """
    fork = interpreter.forks and can_fork(order) and not has_own_versions(order, interpreter)
    try:
        begin(interpreter.pid)
        give_streams(source, outputs)
        close_others(interpreter.kept | {report})
        set_signals(python=fork)
        os.chdir(order.cwd)
        set_nice(order)
        if not fork:
            os.execvpe(order.argv[0], order.argv, dict(order.env))
        become(order, interpreter)
        settle_in()
    except BaseException as error:
        give_up(report, reason_of(error, order))
    os.close(report)
    return Program(order.argv[2])


def has_own_versions(order: StartOrder, interpreter: Interpreter) -> bool:
    """Return whether the program has a module of its own that is loaded in another version."""
    return bool(loaded_otherwise(
        folder for folder in _first_folders(order) if folder not in interpreter.given))


def _read_at_exec(name: str) -> bool:
    return name not in _FORK_MAY_DIFFER and (
        name in _READ_AT_EXEC_NAMES or name.startswith(_READ_AT_EXEC))


def become(order: StartOrder, interpreter: Interpreter, *, again: bool = False) -> None:
    """
    Give a forked interpreter the state that one executed for this order would have.

    :param again: it has been given that of another order before, and may have threads
    """
    if again:
        # Only what differs: no thread must meet an environment that is being rebuilt.
        for name in set(os.environ) - set(order.env):
            del os.environ[name]
        for name, value in order.env.items():
            if os.environ.get(name) != value:
                os.environ[name] = value
    else:
        # All of it: the C library's copy lies where the spawner shows its own (show_as).
        os.environ.clear()
        os.environ.update(order.env)
    # The C library reads TZ when the process starts, and that start was the spawner's.
    time.tzset()
    with open('/proc/self/comm', 'w') as file:
        # The kernel keeps 15 bytes of a process's name (TASK_COMM_LEN).
        file.write(order.unit[:15])
    show_as(order.argv, order.env, again=again)
    sys.argv[:] = ['-m', *order.argv[3:]]
    sys.orig_argv[:] = order.argv
    first = _first_folders(order)
    sys.path[:] = list(dict.fromkeys([*first, *interpreter.path]))
    sys.dont_write_bytecode = bool(order.env.get('PYTHONDONTWRITEBYTECODE'))
    # The import system has listed folders in the spawner; files may have come since.
    importlib.invalidate_caches()
    unbuffered = bool(order.env.get('PYTHONUNBUFFERED'))
    for stream, lines in ((sys.stdout, True), (sys.stderr, not unbuffered)):
        stream.reconfigure(  # type: ignore[union-attr]
            line_buffering=lines, write_through=unbuffered)


def settle_in() -> None:
    """Give a fresh fork what an interpreter has of its own; once."""
    # A new process has a new thread, which threading keeps the number of.
    threading.main_thread()._set_native_id()  # type: ignore[attr-defined]
    faulthandler.enable()
    skip_library_destructors()
    if 'numpy.random' in sys.modules:
        # Else all forks would draw the same numbers: they inherit the state of the generator.
        sys.modules['numpy.random'].seed()


def _first_folders(order: StartOrder) -> list[str]:
    """Return where a module is looked for before anything that is installed."""
    given = order.env.get('PYTHONPATH')
    own = [] if order.env.get('PYTHONSAFEPATH') else [order.cwd]
    return [os.path.abspath(folder)
            for folder in [*own, *(given.split(os.pathsep) if given else [])]]


def reason_of(error: BaseException, order: StartOrder) -> str:
    """Return the failure in words; the common ones by their cause."""
    if not isinstance(error, OSError):
        return f'{type(error).__name__}: {error}'
    if not os.path.isdir(order.cwd):
        return f'no such folder: {order.cwd}'
    program = order.argv[0]
    if isinstance(error, FileNotFoundError):
        if os.path.exists(program):
            return f'the interpreter that {program} names in its first line does not exist'
        return f'no such file: {program}'
    if isinstance(error, PermissionError):
        return f'not executable: {program}'
    return f'{error.strerror or error}: {program}'


def give_up(report: int, reason: str) -> NoReturn:
    """Tell why nothing comes of this process, and end it."""
    try:
        os.write(report, reason.encode('utf-8', 'replace')[:4000])
    finally:
        # Not sys.exit(): atexit functions and buffers here are copies of the spawner's. 127 as in
        # a shell.
        os._exit(127)
