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

"""The entries of LogScope, as columns in segments; ids are absolute."""

from __future__ import annotations

from nevil_logscope.store.added import Added
from nevil_logscope.store.batch import Batch
from nevil_logscope.store.batch import Column
from nevil_logscope.store.batch import Entry
from nevil_logscope.store.batch import LEVEL_NAMES
from nevil_logscope.store.batch import LEVEL_NUMBERS
from nevil_logscope.store.batch import LINE_BREAK
from nevil_logscope.store.names import Names
from nevil_logscope.store.names import NameTable
from nevil_logscope.store.segment import Segment
from nevil_logscope.store.segment import SEGMENT_SIZE
from nevil_logscope.store.store import Store

__all__ = [
    'Added', 'Batch', 'Column', 'Entry', 'LEVEL_NAMES', 'LEVEL_NUMBERS', 'LINE_BREAK',
    'NameTable', 'Names', 'SEGMENT_SIZE', 'Segment', 'Store',
]
