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

"""Read a node's ``.messages`` as the topics of its plan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nevil_nodes.declarations.plan import QosPlan, TopicPlan

__all__ = ['topics']

_DURABILITY = {'persistent': 'transient_local'}


def topics(messages: Mapping[str, Any], key: str, package: str) -> tuple[TopicPlan, ...]:
    """
    Return the topics under ``publishes`` or ``subscribes``; what is not one is left out.

    :param package: interface package of the project's own types
    """
    entries = messages.get(key)
    result: dict[str, TopicPlan] = {}
    for entry in entries if isinstance(entries, list) else ():
        if not isinstance(entry, dict):
            continue
        topic, kind = entry.get('topic'), entry.get('message_type')
        if not isinstance(topic, str) or not isinstance(kind, str):
            continue
        callback = entry.get('callback')
        result.setdefault(topic, TopicPlan(
            topic=topic, ros_type=kind if '/' in kind else f'{package}/msg/{kind}',
            qos=_qos(entry.get('qos')),
            callback=callback if key == 'subscribes' and isinstance(callback, str) else None))
    return tuple(result.values())


def _qos(data: Any) -> QosPlan:
    if not isinstance(data, dict):
        return QosPlan()
    given = {name: data[name] for name in ('reliability', 'durability', 'history')
             if isinstance(data.get(name), str)}
    if 'durability' in given:
        given['durability'] = _DURABILITY.get(given['durability'], given['durability'])
    depth = data.get('depth')
    if isinstance(depth, int) and not isinstance(depth, bool):
        given['depth'] = depth
    return QosPlan(**given)
