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

"""The logs of a robot over ssh, for verbs that print them."""

from __future__ import annotations

from datetime import tzinfo
import sys
import time

from nevil_bringup.errors import EXIT_USAGE
from nevil_bringup.errors import UserError
from nevil_nodes.logs.remote import RemoteAddress
from nevil_nodes.logs.remote import RemoteFolder

__all__ = ['RemoteLogs', 'remote_address']

_STEP_S = 0.1
_TICK_S = 0.02
# Enough for the last records of each log; what looks through all of them fetches all.
_FEW_BYTES = 4_000_000


def remote_address(text: str) -> RemoteAddress:
    """
    Return the address that a text is.

    :raises UserError: it is none
    """
    try:
        return RemoteAddress.of(text)
    except ValueError as error:
        raise UserError(str(error), EXIT_USAGE) from None


class RemoteLogs:
    """
    Fetches the logs; says on standard error where it is.

    :param everything: not just the end of each log
    """

    def __init__(self, address: RemoteAddress, *, everything: bool) -> None:
        self._remote = RemoteFolder(
            address, history_bytes=None if everything else _FEW_BYTES)
        self._said = ''
        self.folder = self._remote.folder
        self.close = self._remote.close

    @property
    def zone(self) -> tzinfo | None:
        """Return the zone of times that carry none."""
        return self._remote.zone

    def fetch(self, *, retry: bool) -> None:
        """
        Fetch what there is.

        :param retry: try again where there is no connection
        :raises UserError: there is none; says why
        """
        while not self._remote.caught_up:
            self.step()
            if self._remote.problem and not retry:
                raise UserError(f'{self._remote.address.name}: {self._remote.problem}')
            time.sleep(_TICK_S)

    def step(self) -> None:
        """Take what is new."""
        self._remote.step(_STEP_S)
        said = self._remote.status.partition('; next try')[0]
        if said != self._said:
            self._said = said
            print(said, file=sys.stderr)
