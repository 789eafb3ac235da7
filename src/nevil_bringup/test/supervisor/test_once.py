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

"""What many ask for in one turn is done once."""

from __future__ import annotations

from nevil_bringup.supervisor.once import OnceATurn
from virtual_time import run
from virtual_time import turn


def test_it_is_done_once_a_turn_and_after_it() -> None:
    """Twenty changes at once are one list."""
    done: list[int] = []

    async def body() -> None:
        once = OnceATurn(lambda: done.append(1))
        for _ in range(5):
            once()
        assert done == []
        await turn()
        assert done == [1]
        once()
        await turn()
        assert done == [1, 1]
    run(body())


def test_what_asks_for_it_again_while_it_is_done_is_done_in_the_next_turn() -> None:
    """It may have been too late for this one."""
    done: list[int] = []

    async def body() -> None:
        def do() -> None:
            done.append(1)
            if len(done) == 1:
                once()
        once = OnceATurn(do)
        once()
        await turn(1)
        assert len(done) == 1
        await turn()
        assert len(done) == 2
    run(body())
