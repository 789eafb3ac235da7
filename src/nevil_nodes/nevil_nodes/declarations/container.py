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

"""The components of a container: what is loaded into it, and what is wrong in asking so."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from nevil_msggen.problem import Problem
from nevil_nodes.declarations.node_draft import Node
from nevil_nodes.declarations.parameters import flat_parameters
from nevil_nodes.declarations.parameters import parameter_problems
from nevil_nodes.declarations.plan import ComponentPlan

__all__ = ['component_plans', 'component_problems', 'isolate_components']

_SERVICES = 'composition_interfaces'


def component_plans(node: Node) -> tuple[ComponentPlan, ...]:
    """Return what is loaded into a node's process, in order."""
    if not node.is_executable:
        return ()
    return tuple(ComponentPlan(
        package=one['package'], plugin=one['plugin'], name=one.get('name', ''),
        namespace=f"/{one['namespace'].lstrip('/')}" if one.get('namespace') else '',
        parameters=flat_parameters(one.get('parameters') or {}),
        remappings=tuple(f'{old}:={new}' for old, new in (one.get('remappings') or {}).items()),
        extra_arguments=flat_parameters(one.get('extra_arguments') or {}))
        for index, one in enumerate(node.settings.get('components'))
        if one.get('package') and one.get('plugin') and (
            not one.get('isolate') if node.component is None else index == node.component))


def isolate_components(
        nodes: Mapping[str, Node]) -> tuple[dict[str, Node], list[Problem]]:
    """
    Give each component that is isolated a container of its own, of the kind of the other's.

    Who requires the container, or conflicts with it, does so with these too.

    :returns: all nodes, and what is wrong
    """
    every, problems = dict(nodes), []
    for node in nodes.values():
        alone = [index for index, one in enumerate(node.settings.get('components') or ())
                 if one.get('isolate')] if node.is_executable else []
        for index in alone:
            one = node.settings.get('components')[index]
            name = f"{node.name}_{one.get('name') or index + 1}"
            if name in every:
                problems.append(node.problem(
                    ('components', index, 'isolate'),
                    f"its container would be named '{name}', as another node is",
                    'give the component another name'))
                continue
            every[name] = replace(node, name=name, component=index, argv=tuple(
                f'__node:={name}' if word == f'__node:={node.name}' else word
                for word in node.argv))
            for other in nodes.values():
                other.requires += (name,) * (node.name in other.requires)
                other.conflicts += (name,) * (node.name in other.conflicts)
    return every, problems


def component_problems(node: Node, environ: Mapping[str, str]) -> Iterator[Problem]:
    """Return what is wrong in a node's components."""
    components = node.settings.get('components')
    names: dict[str, int] = {}
    for index, one in enumerate(components):
        path = ('components', index)
        for key in ('package', 'plugin'):
            if not one.get(key):
                yield node.problem(path, f'needs {key}', f'add {key}: it is found by that')
        full = f"{(one.get('namespace') or '').strip('/')}/{one.get('name')}"
        if one.get('name') and full in names:
            first = node.place('components', names[full])
            yield node.problem(
                (*path, 'name'),
                f"'{one['name']}' is the name of another component ({first})",
                'give each its own name or namespace')
        names.setdefault(full, index)
        for key in ('parameters', 'extra_arguments'):
            yield from parameter_problems(node, [(*path, key)], [one.get(key) or {}])
    prefixes = [part for part in environ.get('AMENT_PREFIX_PATH', '').split(':') if part]
    if components and prefixes and not any(
            (Path(prefix) / 'share' / _SERVICES).is_dir() for prefix in prefixes):
        yield node.problem(
            ('components',), f'cannot be loaded: the ROS package {_SERVICES}, which containers are'
            ' asked by, is not in this environment',
            f'install ros-$ROS_DISTRO-{_SERVICES.replace("_", "-")} (it comes with rclcpp)')
