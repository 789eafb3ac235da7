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
Errors of a node process.

``NodeError``: the author or operator can put it right; shown in one line. No restart cures it, so
the exit code is 78 (EX_CONFIG), after which none is tried. ``NotBuilt``: a build cures it, which
may be under way; exit code 1.
``Refused``: a message breaks a rule of its type; ``publish()`` logs it and returns False.
"""

from __future__ import annotations

__all__ = ['NodeError', 'NotBuilt', 'Refused']


class NodeError(Exception):
    """What keeps a node from running, with the way out."""

    exit_code = 78


class NotBuilt(NodeError):
    """Messages that are not there, or not those that the files declare."""

    exit_code = 1


class Refused(Exception):
    """A value that breaks a rule of its message type: field, value and rule."""
