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

"""Log lines of Nevil: how they are written, read back, merged by time and filtered."""

from __future__ import annotations

from nevil_nodes.logs.flags import Flag
from nevil_nodes.logs.flags import flags_of
from nevil_nodes.logs.format import format_record
from nevil_nodes.logs.format import LEVELS
from nevil_nodes.logs.format import NevilFormatter
from nevil_nodes.logs.format import normal_level
from nevil_nodes.logs.format import parse_line
from nevil_nodes.logs.format import Record
from nevil_nodes.logs.format import stamp
from nevil_nodes.logs.read import Follower
from nevil_nodes.logs.read import Predicate
from nevil_nodes.logs.read import read_records
from nevil_nodes.logs.record import at_least
from nevil_nodes.logs.spec import FilterSpec
from nevil_nodes.logs.spec import TextTerm
from nevil_nodes.logs.tail import Tail

__all__ = [
    'FilterSpec', 'Flag', 'Follower', 'LEVELS', 'NevilFormatter', 'Predicate', 'Record', 'Tail',
    'TextTerm', 'at_least', 'flags_of', 'format_record', 'normal_level', 'parse_line',
    'read_records', 'stamp',
]
