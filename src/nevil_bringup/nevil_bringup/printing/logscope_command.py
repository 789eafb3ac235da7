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

"""The command that opens all logs where something happened."""

from __future__ import annotations

from datetime import datetime

__all__ = ['logscope_command']


def logscope_command(at_s: float, node: str) -> str:
    """
    Return the command, and what it is for.

    :param at_s: when, in seconds since 1970
    """
    when = datetime.fromtimestamp(at_s).isoformat(' ', 'milliseconds')
    return f"nevil monitor --at '{when}' --node {node} (all logs around it)"
