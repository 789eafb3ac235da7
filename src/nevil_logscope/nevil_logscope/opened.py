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

"""Notify the command that opened LogScope, such as ``nevil monitor``, of its open window."""

from __future__ import annotations

import os

__all__ = ['report_opened']

_FDS = 'NEVIL_LOGSCOPE_FDS'
_READY = b'ready\n'


def report_opened() -> None:
    """
    Say so where somebody waits for it, and keep from programs that we start what is only ours.

    The variable holds two file descriptors: a pipe for the word, and a lock that ends with us.
    """
    try:
        report, lock = map(int, os.environ.pop(_FDS, '').split(','))
        os.set_inheritable(lock, False)
        os.write(report, _READY)
        os.close(report)
    except (OSError, ValueError):
        pass  # nobody waits, or no more
