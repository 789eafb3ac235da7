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

"""What a program finds of its interpreter and its surroundings."""

from __future__ import annotations

import ctypes
import gc
import importlib
import inspect
import locale
import os
from pathlib import Path
import pickle
import random
import resource
import subprocess
import sys
import tempfile
import threading
import time
import tracemalloc
from typing import Any
import uuid
import warnings
import weakref

import numpy
from programs import NEVIL_WAYS
from programs import note
from programs import program


class Thing:
    """Something to pickle."""

    def __init__(self) -> None:
        """Hold a value."""
        self.value = 3


@program()
def languages(_: Any) -> object:
    """Try: locale and encodings."""
    return [locale.getlocale(), locale.getpreferredencoding(), sys.getfilesystemencoding(),
            sys.getfilesystemencodeerrors(), sys.stdout.encoding, sys.stdout.errors,
            sys.stderr.errors, locale.localeconv()['decimal_point']]


@program(env={'LC_ALL': 'C', 'PYTHONUTF8': '0'})
def languages_of_its_own(_: Any) -> object:
    """Try: those of the node's environment."""
    return [locale.getlocale(), locale.getpreferredencoding(), sys.getfilesystemencoding()]


@program()
def places(_: Any) -> object:
    """Try: folder, umask, limits, priority, cores."""
    mask = os.umask(0)
    os.umask(mask)
    limits = [resource.getrlimit(getattr(resource, name))
              for name in sorted(dir(resource)) if name.startswith('RLIMIT_')]
    return [Path.cwd().name, mask, limits, os.nice(0), sorted(os.sched_getaffinity(0)),
            os.getsid(0) == os.getpid(), os.getpgrp() == os.getpid()]


@program()
def variables(_: Any) -> object:
    """Try: the environment, Nevil's own variables aside."""
    return {name: value for name, value in os.environ.items()
            if not name.startswith('NEVIL_') and name not in ('NOTES', 'RUN_NUMBER', '_')}


@program(env={'PROBE': 'grün'})
def variables_of_c(_: Any) -> object:
    """Try: a C library sees the same."""
    getenv = ctypes.CDLL(None).getenv
    getenv.restype = ctypes.c_char_p
    os.environ['PROBE_2'] = 'set'
    return [getenv(name).decode() for name in (b'PROBE', b'PROBE_2')]


@program()
def streams(_: Any) -> object:
    """Try: stdin is empty, nothing is a terminal, lines go out at once."""
    return [sys.stdin.read(), sys.stdout.isatty(), sys.stderr.line_buffering,
            sys.stdout.fileno(), sys.__stderr__ is sys.stderr]


@program(ways=NEVIL_WAYS)
def lines_go_out(_: Any) -> object:
    """Try: print() reaches the log at once."""
    stdout: Any = sys.stdout
    return [stdout.line_buffering, stdout.write_through]


@program(ways=NEVIL_WAYS)
def command_line(_: Any) -> object:
    """Try: the command line and what was run by it."""
    main = sys.modules['__main__']
    assert main.__spec__ is not None
    return [sys.argv[1:3], main.__spec__.name, main.__file__, sys.orig_argv[1:4],
            Path(sys.argv[0]).name, sys.executable]


@program()
def settings(_: Any) -> object:
    """Try: settings of the interpreter."""
    flags = {name: getattr(sys.flags, name) for name in dir(sys.flags)
             if not name.startswith('_') and name not in ('safe_path', 'count', 'index')}
    return [flags, sys.getrecursionlimit(), sys.getswitchinterval(),
            sys.dont_write_bytecode, sys.pycache_prefix, sys.platlibdir, sys.prefix,
            sys.get_asyncgen_hooks()[0] is None, sys.gettrace() is None,
            sys.excepthook is sys.__excepthook__, sys.hash_info.width]


@program()
def modules(_: Any) -> object:
    """Try: a module knows its file, its source and its classes."""
    source = inspect.getsourcefile(Thing)
    assert source is not None
    thing = pickle.loads(pickle.dumps(Thing()))
    return [Path(__file__).name, Path(source).name, type(thing) is Thing, thing.value, __name__]


@program()
def modules_that_come(_: Any) -> object:
    """Try: a module that is written now is found, and again when it changes."""
    folder = tempfile.mkdtemp()
    sys.path.insert(0, folder)
    path = Path(folder, 'comes_later.py')
    path.write_text('VALUE = 1\n')
    importlib.invalidate_caches()
    module = importlib.import_module('comes_later')
    before = module.VALUE
    path.write_text('VALUE = 22\n')
    return [before, importlib.reload(module).VALUE]


@program()
def memory(_: Any) -> object:
    """Try: the collector collects, tracemalloc traces."""
    thing = Thing()
    thing.value = thing  # type: ignore[assignment]
    gone = weakref.ref(thing)
    del thing
    gc.collect()
    tracemalloc.start()
    kept = [bytes(1000) for _ in range(100)]
    traced = tracemalloc.get_traced_memory()[0] > 100_000
    tracemalloc.stop()
    return [gone() is None, traced, len(kept), gc.isenabled(), gc.get_threshold(),
            gc.get_debug(), gc.callbacks]


@program()
def complaints(_: Any) -> object:
    """Try: Warnings: which are shown, and that one is."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.warn('old', DeprecationWarning, stacklevel=1)
        warnings.warn('odd', UserWarning, stacklevel=1)
    return [[str(each.message) for each in caught],
            sorted(str(each[:3]) for each in warnings.filters)]


@program()
def threads(_: Any) -> object:
    """Try: the main thread is the one that the kernel calls so."""
    main = threading.main_thread()
    return [main.name, main.native_id == os.getpid(), main.ident in sys._current_frames(),
            threading.current_thread().daemon, main.is_alive(), threading.stack_size()]


@program(where='start')
def main_thread(_: Any) -> object:
    """Try: the node is made in the main thread."""
    return [threading.current_thread() is threading.main_thread(),
            threading.get_native_id() == os.getpid(), threading.get_ident() ==
            threading.main_thread().ident]


@program()
def times(_: Any) -> object:
    """Try: CPU time and children are this process's own."""
    return [time.process_time() < 20, resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime == 0]


@program(env={'TZ': 'Asia/Tokyo'})
def time_zone(_: Any) -> object:
    """Try: TZ of the node's environment."""
    return [time.tzname, time.localtime(0).tm_hour, time.strftime('%z')]


@program()
def child_environment(_: Any) -> object:
    """Try: a child that is executed finds what os.environ has, and nothing else."""
    found = subprocess.run(['env', '-0'], capture_output=True, check=True).stdout
    own = [name + b'=' + value for name, value in os.environb.items()]
    return sorted(map(repr, {*found.split(b'\0')[:-1]} ^ {*own}))


@program(env={'TMPDIR': '/var/tmp', 'HOME': '/nonexistent'})
def folders(_: Any) -> object:
    """Try: what libraries make of the environment at their first use."""
    return [tempfile.gettempdir(), os.path.expanduser('~'), str(Path.home())]


@program()
def chance(_: Any) -> object:
    """Try: a seed gives the same numbers everywhere; without one each process has its own."""
    first = [random.random(), float(numpy.random.random()), str(uuid.uuid4())]
    pid = os.fork()
    if pid == 0:
        os._exit(random.random() == first[0])
    os.waitpid(pid, 0)
    random.seed(1)
    return [random.random(), float(numpy.random.default_rng(1).random()), len(set(first))]


def blas(name: str) -> int:
    """Ask the library that numpy has loaded."""
    with open('/proc/self/maps') as file:
        path = next(line.split()[-1] for line in file if 'openblas' in line)
    library = ctypes.CDLL(path)
    names = [f'{prefix}openblas_{name}{suffix}'
             for prefix in ('', 'scipy_') for suffix in ('', '64_')]
    return int(next(getattr(library, each) for each in names if hasattr(library, each))())


def has_blas() -> bool:
    """Return whether numpy stands on OpenBLAS here."""
    with open('/proc/self/maps') as file:
        return 'openblas' in file.read()


@program()
def cores(_: Any) -> object:
    """Try: linear algebra uses them all."""
    square = numpy.ones((200, 200))
    found = float((square @ square)[0, 0])
    return [found, blas('get_num_threads') if has_blas() else 'no OpenBLAS']


@program(env={'OPENBLAS_NUM_THREADS': '1'})
def cores_of_its_own(_: Any) -> object:
    """Try: or as many as the node's environment says."""
    return blas('get_num_threads') if has_blas() else 'no OpenBLAS'


@program(env={'PYTHONPATH': 'lib'})
def versions_of_its_own(_: Any) -> object:
    """Try: a library in PYTHONPATH is the one that is imported."""
    import yaml
    return [yaml.__version__, sys.path[1] == os.path.abspath('lib'), os.environ['PYTHONPATH']]


@program()
def libraries(_: Any) -> object:
    """Try: ctypes finds what is loaded."""
    note(ctypes.CDLL(None).abs(-3))
    return ctypes.c_int.in_dll(ctypes.pythonapi, 'Py_OptimizeFlag').value
