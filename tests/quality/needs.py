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

"""Skip the tests marked with what this machine does not have, and say so in one known form."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

__all__ = ['pytest_collection_modifyitems']

MODULES = {'launch': 'launch_ros', 'ros2cli': 'ros2cli', 'rqt': 'rqt_gui_py'}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip tests marked ``needs_launch`` and the like where what they need is absent."""
    for name, module in MODULES.items():
        if find_spec(module) is None:
            absent = pytest.mark.skip(reason=f'needs_{name}: no Python package {module} here')
            for item in items:
                if item.get_closest_marker(f'needs_{name}'):
                    item.add_marker(absent)
