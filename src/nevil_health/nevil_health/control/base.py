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

"""What every message of the control socket is: a request, its answer, or an event."""

from __future__ import annotations

from typing import Any
from typing import ClassVar
from typing import Generic
from typing import get_args
from typing import TypeVar

__all__ = ['Event', 'Reply', 'reply_type', 'Request']


class Reply:
    """What a request is answered with."""

    __slots__ = ()


R = TypeVar('R', bound=Reply)


class Request(Generic[R]):
    """
    What a client wants of the supervisor; ``R`` is the type of the answer.

    :cvar VERB: its name on the wire
    """

    __slots__ = ()
    VERB: ClassVar[str]


class Event:
    """
    What the supervisor sends without a request.

    :cvar NAME: on the wire
    """

    __slots__ = ()
    NAME: ClassVar[str]


def reply_type(kind: type[Request[Any]]) -> type[Reply]:
    """Return the type of the answer to a request."""
    base, = kind.__orig_bases__  # type: ignore[attr-defined]  # typing keeps it at run time
    answer, = get_args(base)
    return answer  # type: ignore[no-any-return]
