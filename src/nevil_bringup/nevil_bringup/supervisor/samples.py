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

"""Samples as they come over the control socket, checked at the border."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any
from typing import TypeVar

from nevil_health.signals.observations import CheckResult
from nevil_health.signals.observations import Counters
from nevil_health.signals.observations import NodeSample
from nevil_health.signals.observations import SystemSample
from nevil_health.signals.probes import ProbeReading

__all__ = ['node_sample', 'system_sample']

_T = TypeVar('_T', CheckResult, Counters, NodeSample, ProbeReading, SystemSample)


def node_sample(data: Mapping[str, Any]) -> NodeSample:
    """
    Return a node's sample; fields that this version does not know are left out.

    :raises TypeError: one is missing, or an inner one is no object
    """
    inner = {'counters': Counters, 'check': CheckResult}
    return _make(NodeSample, {
        **data, **{name: _make(kind, data[name]) for name, kind in inner.items()
                   if data.get(name) is not None},
        'probes': tuple(_make(ProbeReading, probe) for probe in data.get('probes') or ())})


def system_sample(data: Mapping[str, Any]) -> SystemSample:
    """
    Return the system's sample.

    :raises TypeError: it is no object
    """
    return _make(SystemSample, {**data, 'unmanaged': tuple(data.get('unmanaged') or ())})


def _make(kind: type[_T], data: Mapping[str, Any]) -> _T:
    known = {field.name for field in fields(kind)}
    return kind(**{name: value for name, value in data.items() if name in known})
