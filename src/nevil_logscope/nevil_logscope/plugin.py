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

"""LogScope as a plugin of rqt: the same widget as in the window, remembered in perspectives."""

from __future__ import annotations

from argparse import ArgumentParser
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from typing import NoReturn

from nevil_logscope.open_sources import open_sources
from nevil_logscope.options import add_options
from nevil_logscope.settings import Settings
from nevil_logscope.store import Store
from nevil_logscope.view.guard import report
from nevil_logscope.view.widget import LogScopeWidget
from rqt_gui_py.plugin import Plugin

__all__ = ['LogScopePlugin']

_KEY = 'logscope'


class LogScopePlugin(Plugin):  # type: ignore[misc]  # rqt is not annotated
    """One instance of LogScope; rqt may make several."""

    def __init__(self, context: Any) -> None:
        """
        Make the widget, put it into rqt's window and begin to read.

        :param context: of rqt; ``argv()`` is what stands behind ``--args``
        """
        super().__init__(context)
        self.setObjectName('LogScope')
        options, problem = _options(context.argv())
        store = Store(options.max_entries)
        sources, health = open_sources(store, options.log_dir, options.files)
        self._widget = LogScopeWidget(store, sources, health=health)
        self._theme = options.theme
        self._restore(Settings())
        number = context.serial_number()  # 0 when it stands alone
        self._widget.setWindowTitle(f'LogScope ({number})' if number > 1 else 'LogScope')
        context.add_widget(self._widget)
        self._widget.start()
        if problem:
            report(self._widget, problem)

    def shutdown_plugin(self) -> None:
        """Stop reading; rqt ends ROS afterwards."""
        self._widget.close_sources()

    def save_settings(self, plugin_settings: Any, instance_settings: Any) -> None:
        """Remember what is shown: one JSON text, which survives export and import."""
        instance_settings.set_value(_KEY, self._widget.settings().to_json())

    def restore_settings(self, plugin_settings: Any, instance_settings: Any) -> None:
        """Show it again."""
        remembered = instance_settings.value(_KEY)
        if remembered:
            self._restore(Settings.from_json(str(remembered)))

    def _restore(self, settings: Settings) -> None:
        """Show what is remembered, in the theme that was asked for."""
        self._widget.restore(replace(settings, theme=self._theme) if self._theme else settings)


class _Parser(ArgumentParser):
    """One whose errors do not end rqt."""

    def error(self, message: str) -> NoReturn:
        raise ValueError(message)


def _options(arguments: Sequence[str]) -> tuple[Namespace, str]:
    """Return the options, the normal ones where they are wrong, and what is wrong with them."""
    parser = _Parser(prog='logscope', add_help=False)
    add_options(parser)
    try:
        return parser.parse_args(list(arguments)), ''
    except ValueError as error:
        return parser.parse_args([]), f'--args: {error}'
