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
Let no test depend on which POSIX signals whoever started the tests ignores.

A job in the background of a script and ``nohup`` hand on SIGINT, SIGQUIT and SIGHUP as ignored,
through every program that is executed: what a test sends then would do nothing.
"""

from __future__ import annotations

import signal

__all__ = []

# Python ignores these two itself, and gives its children the defaults.
_OF_PYTHON = {signal.SIGPIPE, signal.SIGXFSZ}


def set_defaults() -> None:
    """Let what was ignored do what it does by default, in every process that a test starts."""
    for number in signal.valid_signals() - _OF_PYTHON:
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, {
                signal.SIGINT: signal.default_int_handler,
                # The tests themselves go on at a logout; a handler is not handed on.
                signal.SIGHUP: lambda *_: None}.get(number, signal.SIG_DFL))


set_defaults()
