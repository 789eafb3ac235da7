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

"""End a process that has done everything, without taking apart what it consists of."""

from __future__ import annotations

import atexit
import ctypes
import os
import sys
from typing import NoReturn

__all__ = ['leave', 'skip_library_destructors']

_LIBC = ctypes.CDLL(None)


def leave(status: int) -> NoReturn:
    """
    End this process at once.

    Python takes every module apart at the end, which with rclpy in it is a tenth of a second of
    CPU. Whoever stops a robot waits for that. What is to be done at the end is done before.
    """
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            pass  # nobody reads it any more
    os._exit(status)


def skip_library_destructors() -> None:
    """
    Let ``exit`` end this process without the destructors of libraries loaded so far.

    In a fork they would stop threads that only the parent has: LTTng's crashes. C output is still
    flushed, and Python has ended in its normal way before (``man 3 on_exit``; last in, first out).
    """
    _LIBC.on_exit(_LIBC._exit, None)
    _LIBC.__cxa_atexit(_LIBC.fflush, None, None)
