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
Limits for what remains until the end of a process, whatever holds the GIL.

A thread of Python cannot do it where C code waits without giving the GIL back, and faulthandler's
watchdog, which can, always exits with 1. Timers of the C library call functions of it: ``puts`` to
tell, ``_exit`` to end the process with the exit code as its argument.
"""

from __future__ import annotations

from collections.abc import Callable
import ctypes
import faulthandler
import time
from typing import Any

from nevil_nodes.stacks import STACKS_SIGNAL

__all__ = ['exit_after', 'write_lines_at_once']

# From signal.h and stdio.h of glibc on Linux.
_SIGEV_SIGNAL = 0
_SIGEV_THREAD = 2
_IOLBF = 1
# Between the words, the stacks and the end of a process that is cut off.
_STEP_S = 0.1


class _Event(ctypes.Structure):
    """``struct sigevent`` of Linux, as for SIGEV_THREAD."""

    _fields_ = [
        ('value', ctypes.c_void_p), ('signal', ctypes.c_int), ('notify', ctypes.c_int),
        ('function', ctypes.c_void_p), ('attributes', ctypes.c_void_p),
        ('padding', ctypes.c_char * 32)]


class _Times(ctypes.Structure):
    """``struct itimerspec``: seconds and nanoseconds of the interval, and of the first time."""

    _fields_ = [(name, ctypes.c_long) for name in ('every_s', 'every_ns', 'first_s', 'first_ns')]


def exit_after(seconds: float, code: int, told: str = '') -> Callable[[], None]:
    """
    End this process after a while, if it has not ended by itself.

    :param code: the exit code that it then has
    :param told: a line to print then, with the Python stacks of all threads; '' prints nothing
    :returns: takes the limit back
    :raises OSError: the kernel grants no timer
    """
    library = ctypes.CDLL(None, use_errno=True)
    events = []
    if told:
        text = ctypes.create_string_buffer(told.encode('utf-8', 'replace'))
        # ctypes would free it with the last reference, and the timer only knows its address.
        _kept.append(text)
        faulthandler.register(STACKS_SIGNAL, 2, all_threads=True, chain=False)
        events = [_call(library.puts, ctypes.addressof(text)),
                  _Event(notify=_SIGEV_SIGNAL, signal=STACKS_SIGNAL)]
    # _exit() and not exit(): that would run the very destructors that may hang.
    events.append(_call(library._exit, code & 0xff))
    timers = [_timer(library, event, seconds + number * _STEP_S)
              for number, event in enumerate(events)]

    def cancel() -> None:
        for timer in timers:
            library.timer_delete(timer)
    return cancel


def write_lines_at_once() -> None:
    """Let what C code prints reach a pipe with each line, as it reaches a terminal."""
    library = ctypes.CDLL(None)
    library.setvbuf(ctypes.c_void_p.in_dll(library, 'stdout'), None, _IOLBF, 0)


# Texts that the C library may still read at the very end.
_kept: list[Any] = []


def _call(function: Any, value: int) -> _Event:
    return _Event(value=value, notify=_SIGEV_THREAD,
                  function=ctypes.cast(function, ctypes.c_void_p).value)


def _timer(library: Any, event: _Event, seconds: float) -> ctypes.c_void_p:
    whole = int(seconds)
    times = _Times(first_s=whole, first_ns=int((seconds - whole) * 1e9))
    timer = ctypes.c_void_p()
    if library.timer_create(time.CLOCK_MONOTONIC, ctypes.byref(event), ctypes.byref(timer)) \
            or library.timer_settime(timer, 0, ctypes.byref(times), None):
        raise OSError(ctypes.get_errno(), 'no timer for the end of the process')
    return timer
