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

"""Print what ``inspect`` knows of the files of modules before its first use, and finds then."""

import importlib
import inspect
import json
from types import FunctionType

known = set(getattr(inspect, '_filesbymodname'))
later: FunctionType = importlib.import_module('colorsys').rgb_to_hls
print('json' in known, len(known) > 50, 'colorsys' in known)
print(*(getattr(inspect.getmodule(each.__code__), '__name__', '?')
        for each in (json.dumps, later)), inspect.stack()[0].function)
