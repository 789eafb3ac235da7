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

"""How many messages of a topic did not arrive, by the numbers that publishers give them."""

from __future__ import annotations

__all__ = ['Gaps']


class Gaps:
    """
    Counts what is missing between two messages of one publisher.

    A message names its logger; whose publisher that is, the graph says. Where two publishers have
    one name nothing is counted.
    """

    def __init__(self) -> None:
        self.lost = 0
        self._publishers: dict[str, int] = {}
        self._of_logger: dict[str, str | None] = {}
        self._last: dict[str, int] = {}

    def publishers_are(self, loggers: list[str]) -> None:
        """Take the logger names of the nodes that publish (``ns.node``), one a publisher."""
        now = {name: loggers.count(name) for name in loggers}
        if now != self._publishers:
            self._publishers = now
            self._of_logger.clear()

    def see(self, logger: str, number: int) -> None:
        """Take the number of a message that has arrived."""
        if logger not in self._of_logger:
            self._of_logger[logger] = self._publisher(logger)
        publisher = self._of_logger[logger]
        if publisher is None:
            return
        last = self._last.get(publisher)
        self._last[publisher] = number
        if last is not None and number > last + 1:  # a lower one: the publisher has restarted
            self.lost += number - last - 1

    def _publisher(self, logger: str) -> str | None:
        name = logger
        while name and name not in self._publishers:
            name = name.rpartition('.')[0]
        return name if self._publishers.get(name) == 1 else None
