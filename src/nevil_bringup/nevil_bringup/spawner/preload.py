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

"""Load what every node needs once, so that each fork of it starts with everything in place."""

from __future__ import annotations

from collections.abc import Iterable
import contextlib
import gc
import importlib
import importlib.util
import inspect
import os
from types import ModuleType

from nevil_bringup.spawner.blas import grant_threads
from nevil_bringup.spawner.blas import LIMITS

__all__ = ['foreign_threads', 'preload']

# Libraries that start threads when they are imported; a process with threads cannot be forked.
_THREAD_LIMITS = (*LIMITS, 'MKL_NUM_THREADS')


def preload(names: Iterable[str]) -> list[str]:
    """
    Import modules, with the type support of those that are interface packages.

    :param names: modules; of an interface package (it has ``msg``, ``srv`` or ``action``) the C
        type support of every type is loaded too, the largest part of a node's start
    :returns: a line for each that could not be loaded; the others are
    """
    problems = []
    saved = {name: os.environ.get(name) for name in _THREAD_LIMITS}
    os.environ.update(dict.fromkeys(_THREAD_LIMITS, '1'))
    try:
        for name in names:
            try:
                _load(name)
            except (Exception, SystemExit) as error:
                problems.append(f'{name}: {type(error).__name__}: {error}')
    finally:
        for name, value in saved.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
    grant_threads(os.environ)
    _know_files()
    gc.collect()
    gc.freeze()
    return problems


def foreign_threads() -> int:
    """
    Return how many threads there are that a fork cannot be made with.

    Loading rclpy with LTTng support starts two listeners, which sleep until a tracing session
    begins and hold no lock meanwhile; they are harmless and do not count.
    """
    with open('/proc/self/maps') as file:
        listeners = 2 if 'liblttng-ust' in file.read() else 0
    return max(0, len(os.listdir('/proc/self/task')) - 1 - listeners)


def _know_files() -> None:
    """
    Let ``inspect`` learn which file each module came from.

    It does so at its first use, for all modules, and a fork has several hundred from the start:
    the first message that a node logs at most once a second would take it 50 ms longer. What is
    imported later is learned when it is asked for.
    """
    # A module of somebody else's may answer to __file__ with any error; then forks learn alone.
    with contextlib.suppress(Exception):
        inspect.getmodule(_know_files.__code__)


def _load(name: str) -> None:
    module = importlib.import_module(name)
    if not hasattr(module, '__path__'):
        return
    for kind in ('msg', 'srv', 'action'):
        if importlib.util.find_spec(f'{name}.{kind}') is not None:
            _load_type_support(importlib.import_module(f'{name}.{kind}'))


def _load_type_support(module: ModuleType) -> None:
    for value in list(vars(module).values()):
        load = getattr(type(value), '__import_type_support__', None)
        if isinstance(value, type) and load is not None:
            load.__get__(value, type(value))()
