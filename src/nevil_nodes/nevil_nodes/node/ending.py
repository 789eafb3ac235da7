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
A limit for what remains until the end of a process, whatever holds the GIL.

A thread of Python cannot do it where C code waits without giving the GIL back, and faulthandler's
watchdog, which can, always exits with 1. A timer of the C library calls ``_exit`` in a thread of
its own, with the exit code as its argument.
"""

from __future__ import annotations

import ctypes
import time

__all__ = ['exit_after']

_SIGEV_THREAD = 2


class _Event(ctypes.Structure):
    """``struct sigevent`` of Linux, as for SIGEV_THREAD."""

    _fields_ = [
        ('value', ctypes.c_void_p), ('signal', ctypes.c_int), ('notify', ctypes.c_int),
        ('function', ctypes.c_void_p), ('attributes', ctypes.c_void_p),
        ('padding', ctypes.c_char * 32)]


class _Times(ctypes.Structure):
    """``struct itimerspec``: seconds and nanoseconds of the interval, and of the first time."""

    _fields_ = [(name, ctypes.c_long) for name in ('every_s', 'every_ns', 'first_s', 'first_ns')]


def exit_after(seconds: float, code: int) -> None:
    """
    End this process after a while, if it has not ended by itself.

    :param code: the exit code that it then has
    :raises OSError: the kernel grants no timer
    """
    library = ctypes.CDLL(None, use_errno=True)
    event = _Event(
        value=code & 0xff, notify=_SIGEV_THREAD,
        function=ctypes.cast(library._exit, ctypes.c_void_p).value)
    whole = int(seconds)
    times = _Times(first_s=whole, first_ns=int((seconds - whole) * 1e9))
    timer = ctypes.c_void_p()
    if library.timer_create(time.CLOCK_MONOTONIC, ctypes.byref(event), ctypes.byref(timer)) \
            or library.timer_settime(timer, 0, ctypes.byref(times), None):
        raise OSError(ctypes.get_errno(), 'no timer for the end of the process')
