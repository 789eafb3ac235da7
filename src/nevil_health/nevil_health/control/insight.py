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

"""Why something is as it is, and how it was."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from nevil_health.control.base import Reply
from nevil_health.control.base import Request
from nevil_nodes.lazy_dataclass import dataclass

__all__ = ['Explain', 'Explained', 'GetHistory', 'History', 'Metric', 'Step']


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """
    One link of the chain from a state back to its cause.

    :param age_s: since it began; null for what can be done about it
    :param at: wall time, seconds since the epoch; null likewise
    :param what: a word or two
    :param detail: one clause
    """

    node: str = ''
    what: str = ''
    detail: str = ''
    age_s: float | None = None
    at: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Explained(Reply):
    """
    Why a node, or the system, is as it is.

    :param steps: the newest first
    """

    node: str = ''
    state: str = ''
    level: str = ''
    cause: str = ''
    since_s: float | None = None
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Explain(Request[Explained]):
    """
    Explain the state of a node.

    :param name: '' for the system
    """

    VERB: ClassVar[str] = 'why'
    name: str = ''


@dataclass(frozen=True, kw_only=True, slots=True)
class Metric:
    """
    The last samples of one metric.

    :param values: oldest first, 100 at most
    """

    current: float | None = None
    average: float | None = None
    min: float | None = None  # noqa: A003
    max: float | None = None  # noqa: A003
    count: int = 0
    unit: str = ''
    values: tuple[float | None, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class History(Reply):
    """
    The metrics of nodes.

    :param nodes: by name of the node and of the metric
    """

    nodes: Mapping[str, Mapping[str, Metric]]


@dataclass(frozen=True, kw_only=True, slots=True)
class GetHistory(Request[History]):
    """
    Ask for the metrics of nodes.

    :param names: null for all
    """

    VERB: ClassVar[str] = 'history'

    names: tuple[str, ...] | None = None
