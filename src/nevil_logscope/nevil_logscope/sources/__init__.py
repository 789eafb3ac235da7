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
Where entries come from.

``rosout``, ``health`` and ``ros_node`` need ROS 2 and are imported by who wants them.
"""

from __future__ import annotations

from nevil_logscope.sources.folder import FolderSource
from nevil_logscope.sources.intake import Intake
from nevil_logscope.sources.launch_logs import LaunchLogsSource
from nevil_logscope.sources.parser import LineParser
from nevil_logscope.sources.single import FileSource
from nevil_logscope.sources.single import StreamSource
from nevil_logscope.sources.source import Source

__all__ = ['FileSource', 'FolderSource', 'Intake', 'LaunchLogsSource', 'LineParser', 'Source',
           'StreamSource']
