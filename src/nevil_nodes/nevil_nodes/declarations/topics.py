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
from dataclasses import asdict

from nevil_msggen.model import Topic
from nevil_nodes.declarations.plan import QosPlan
from nevil_nodes.declarations.plan import TopicPlan

__all__ = ['topic_plans']


def topic_plans(topics: Iterable[Topic], package: str) -> tuple[TopicPlan, ...]:
    """
    Return the plans of topics; of one that is declared twice, the first.

    :param package: interface package of the project's own types
    """
    plans: dict[str, TopicPlan] = {}
    for topic in topics:
        plans.setdefault(topic.topic, TopicPlan(
            topic=topic.topic, ros_type=topic.ros_type(package),
            qos=QosPlan(**asdict(topic.qos)), callback=topic.callback or None))
    return tuple(plans.values())
