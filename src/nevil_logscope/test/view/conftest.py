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

"""A LogScope with made entries, on the real widgets, without a screen."""

from __future__ import annotations

from collections.abc import Iterator
import os
from typing import Any

import pytest

# The binding that pytest-qt was told to take.
os.environ.setdefault('QT_API', os.environ.get('PYTEST_QT_API', ''))


@pytest.fixture
def bench(qtbot: Any) -> Iterator[Any]:
    """Return a shown LogScope with 200 made entries, and what drives it."""
    from view_made import Bench
    made = Bench()
    made.scope.resize(1200, 800)
    qtbot.addWidget(made.scope)
    made.scope.show()
    made.add(200)
    made.scope.table.setFocus()
    yield made
    made.scope.close_sources()
