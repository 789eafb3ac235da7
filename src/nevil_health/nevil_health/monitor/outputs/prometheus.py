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

"""The page for Prometheus: begun, moved and ended as the supervisor says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nevil_health.monitor.outputs.http import PageServer
from nevil_health.monitor.outputs.metrics import CONTENT_TYPE
from nevil_health.monitor.outputs.metrics import render
from nevil_health.monitor.outputs.metrics import Snapshot

__all__ = ['PrometheusPage']


class PrometheusPage:
    """
    Serves the newest snapshot where it is wanted.

    :param logger: of the node
    :param snapshot: returns what is known now; called in the server's thread
    """

    def __init__(self, logger: Any, snapshot: Callable[[], Snapshot]) -> None:
        """Serve nothing yet."""
        self._logger, self._snapshot = logger, snapshot
        self._wanted: tuple[str, int] | None = None
        self._server: PageServer | None = None

    def serve(self, wanted: tuple[str, int] | None) -> None:
        """Serve on this address and port from now on, None for nowhere."""
        if wanted == self._wanted:
            return
        self.stop()
        self._wanted = wanted
        if wanted is not None:
            try:
                self._server = PageServer(*wanted, CONTENT_TYPE, lambda: render(self._snapshot()))
            except (OSError, OverflowError) as error:
                self._logger.error(
                    f'monitoring.prometheus: cannot serve on {wanted[0]} port {wanted[1]}: '
                    f'{error}; choose another port')
            else:
                self._logger.info(f'Prometheus page: http://{wanted[0]}:{wanted[1]}/metrics')

    def stop(self) -> None:
        """Stop serving."""
        self._wanted = None
        if self._server is not None:
            self._server.close()
            self._server = None
