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

"""The topics of a node's ``.messages`` as its plan has them."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from dataclasses import asdict
from dataclasses import replace
from typing import Any

from nevil_msggen.model import Field
from nevil_msggen.model import Topic
from nevil_msggen.types import TypeTable
from nevil_nodes.declarations.plan import QosPlan
from nevil_nodes.declarations.plan import TopicPlan

__all__ = ['topic_plans']


def topic_plans(
        topics: Iterable[Topic], package: str, types: TypeTable) -> tuple[TopicPlan, ...]:
    """
    Return the plans of topics; of one that is declared twice, the first.

    :param package: interface package of the project's own types
    :param types: those types
    """
    plans: dict[str, TopicPlan] = {}
    for topic in topics:
        name = types.spellings.get(topic.message_type, topic.message_type)
        known = types.types.get(name)
        plans.setdefault(topic.topic, TopicPlan(
            topic=topic.topic, ros_type=replace(topic, message_type=name).ros_type(package),
            qos=QosPlan(**asdict(topic.qos)), callback=topic.callback or None,
            defaults=dict(_own_defaults(topic.fields or (), known.fields))
            if topic.publishes and known is not None else {}))
    return tuple(plans.values())


def _own_defaults(
        own: Sequence[Field], merged: Sequence[Field],
        prefix: str = '') -> Iterator[tuple[str, Any]]:
    """Yield the defaults of a publisher that differ from those of the type's others."""
    fields = {field.name: field for field in merged}
    for field in own:
        type_field = fields[field.name]
        if type_field.own_default and field.default is not None:
            yield f'{prefix}{field.name}', field.default
        if field.type == 'object':
            yield from _own_defaults(
                field.fields or (), type_field.fields or (), f'{prefix}{field.name}.')
