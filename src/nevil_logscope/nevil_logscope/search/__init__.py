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

"""Filters on the store's segments, and what they show at a glance."""

from __future__ import annotations

from nevil_logscope.search.engine import PatternError
from nevil_logscope.search.engine import PythonEngine
from nevil_logscope.search.engine import TextEngine
from nevil_logscope.search.engine import TextPattern
from nevil_logscope.search.job import Progress
from nevil_logscope.search.job import SearchJob
from nevil_logscope.search.overview import counts
from nevil_logscope.search.overview import flagged
from nevil_logscope.search.overview import Histogram
from nevil_logscope.search.overview import histogram
from nevil_logscope.search.overview import level_counts
from nevil_logscope.search.overview import neighbour
from nevil_logscope.search.overview import next_of_level
from nevil_logscope.search.overview import nodes_of
from nevil_logscope.search.overview import time_span

__all__ = [
    'Histogram', 'PatternError', 'Progress', 'PythonEngine', 'SearchJob', 'TextEngine',
    'TextPattern', 'counts', 'flagged', 'histogram', 'level_counts', 'neighbour', 'next_of_level',
    'nodes_of', 'time_span',
]
