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

"""Which columns of the table are shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nevil_logscope.binding import QtWidgets
from nevil_logscope.view.model import COLUMNS
from nevil_logscope.view.model import FIELD

__all__ = ['column_menu']


def column_menu(table: Any) -> Any:
    """Return a menu that shows and hides columns of a table."""
    menu = QtWidgets.QMenu(table)
    for column, name in enumerate(COLUMNS[:FIELD]):
        action = menu.addAction(name)
        action.setCheckable(True)
        action.setChecked(not table.isColumnHidden(column))
        action.toggled.connect(_toggle(table, column))
    return menu


def _toggle(table: Any, column: int) -> Callable[[bool], None]:
    return lambda shown: table.setColumnHidden(column, not shown)
