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


"""Whether the existing ROS interfaces that a project names are installed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from nevil_msggen.model import MessagesFile
from nevil_msggen.model import Topic
from nevil_msggen.names import is_interface
from nevil_msggen.problem import did_you_mean
from nevil_msggen.problem import Problem

__all__ = ['check_interfaces']


def check_interfaces(files: Sequence[MessagesFile], prefixes: Sequence[str]) -> list[Problem]:
    """
    Return a problem for each use of an interface that no prefix has.

    :param prefixes: ``AMENT_PREFIX_PATH``, split; the ament index of each is read, nothing else
    """
    known: dict[str, list[str] | None] = {}
    problems = []
    for file in files:
        for topic in file.topics:
            if not is_interface(topic.message_type):
                continue
            package = topic.message_type.partition('/')[0]
            if package not in known:
                known[package] = _messages(package, prefixes)
            problems += _check(topic, known[package])
    return problems


def _check(topic: Topic, messages: Sequence[str] | None) -> list[Problem]:
    package, _, message = topic.message_type.split('/')
    if messages is not None and message in messages:
        return []
    if messages is None:
        text = f"the package '{package}' of {topic.message_type} is not installed"
        apt = f'apt install ros-$ROS_DISTRO-{package.replace("_", "-")}'
        fix = f'install it ({apt}), source its workspace, or correct the name'
    else:
        text = f"the package '{package}' has no message '{message}'"
        fix = did_you_mean(message, messages) or 'look it up with `ros2 interface package`'
    return [Problem(file=topic.place.file, line=topic.place.line, key=topic.topic, text=text,
                    fix=fix)]


def _messages(package: str, prefixes: Sequence[str]) -> list[str] | None:
    """Return the names of a package's messages, None when it has no interfaces or is missing."""
    for prefix in prefixes:
        index = Path(prefix) / 'share/ament_index/resource_index/rosidl_interfaces' / package
        try:
            lines = index.read_text(encoding='utf-8').split()
        except OSError:
            continue
        return sorted({Path(line).stem for line in lines if line.startswith('msg/')})
    return None
