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

"""Bring the project's message package up to date."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
import os
import signal
from types import FrameType

from nevil_bringup.build import build
from nevil_bringup.build import BuildError
from nevil_bringup.build import is_stale
from nevil_bringup.errors import UserError
from nevil_nodes.declarations import LoadResult

__all__ = ['build_messages']


def build_messages(
    result: LoadResult, progress: Callable[[str], None], *, force: bool = False,
) -> bool:
    """
    Build the messages if they are not those of the files.

    :param result: a valid project, as loaded
    :param progress: takes one line of text again and again
    :param force: build them in any case
    :returns: whether anything was built
    :raises UserError: they cannot be built; says why and what to do
    """
    plan = result.plan
    assert plan is not None
    try:
        stale = is_stale(plan, result.types, os.environ)
        if stale is None and not force:
            return False
        if stale is not None:
            progress(stale)
        with _ended_by_signals():
            return build(plan, result.types, os.environ, progress=progress, force=force)
    except BuildError as error:
        raise UserError(str(error)) from None


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Let SIGTERM and the end of the terminal end the compilers too, as Ctrl-C does."""
    def end(number: int, _frame: FrameType | None) -> None:
        raise SystemExit(128 + number)
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    for number, handler in before.items():
        if handler is signal.SIG_DFL:  # under nohup, for one, it is not
            signal.signal(number, end)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
