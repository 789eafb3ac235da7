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

"""Look at what the author's code raised, where a person has asked for that."""

from __future__ import annotations

import os

__all__ = ['debug']


def debug(error: BaseException) -> None:
    """Open the debugger where an exception was raised (``nevil run NODE --pdb``); else nothing."""
    if os.environ.get('NEVIL_PDB'):
        import pdb
        pdb.post_mortem(error.__traceback__)
