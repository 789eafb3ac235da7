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

"""The supervisor's own log lines: they never make it wait."""

from __future__ import annotations

import logging
import os

from nevil_nodes.logs.format import NevilFormatter

__all__ = ['log_to', 'PipeHandler']


def log_to(fd: int, level: str) -> None:
    """
    Send our log lines, and whatever else we or our libraries print, to a pipe.

    :param fd: its write end; whoever shares it may still block on it
    """
    # Opened again, since being non-blocking belongs to an open file, not to a descriptor.
    own = os.open(f'/proc/self/fd/{fd}', os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    os.dup2(own, 1)
    os.dup2(own, 2)
    os.close(own)
    root = logging.getLogger()
    root.handlers[:] = [PipeHandler(2)]
    root.setLevel(getattr(logging, level, logging.INFO))


class PipeHandler(logging.Handler):
    """Writes lines to a pipe; those that a full pipe does not take are dropped and counted."""

    def __init__(self, fd: int) -> None:
        """Write to a descriptor that does not block."""
        super().__init__()
        self.setFormatter(NevilFormatter('nevil'))
        self._fd = fd
        self._lost = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line, after a line that counts the dropped ones before it."""
        try:
            if self._lost:
                self._write(logging.LogRecord(
                    'supervisor', logging.WARNING, __file__, 0,
                    '%d lines were lost while nobody read them', (self._lost,), None))
                self._lost = 0
            self._write(record)
        except BlockingIOError:
            self._lost += 1
        except Exception:  # noqa: B902 - what cannot be logged must not end supervision
            self.handleError(record)

    def _write(self, record: logging.LogRecord) -> None:
        os.write(self._fd, f'{self.format(record)}\n'.encode('utf-8', 'backslashreplace'))
