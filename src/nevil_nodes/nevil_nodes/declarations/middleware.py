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

"""The variables by which ROS 2 finds its middleware and the other nodes."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence
from pathlib import Path

from nevil_msggen.problem import Problem
from nevil_msggen.scalars import number
from nevil_nodes.declarations.node_draft import Node
from nevil_nodes.declarations.root import Root

__all__ = ['middleware_problems']

DOMAIN, MIDDLEWARE = 'ROS_DOMAIN_ID', 'RMW_IMPLEMENTATION'
RANGE = 'ROS_AUTOMATIC_DISCOVERY_RANGE'
LOCAL, PEERS, SERVER = 'ROS_LOCALHOST_ONLY', 'ROS_STATIC_PEERS', 'ROS_DISCOVERY_SERVER'
MAX_DOMAIN = 232  # the ports of a higher one do not exist


def middleware_problems(root: Root, nodes: Mapping[str, Node]) -> list[Problem]:
    """Refuse a domain that cannot be, a middleware that is not there; warn of open commands."""
    problems = _open_commands(root)
    for key in (DOMAIN, MIDDLEWARE):
        wrong = _wrong(key, root.scope.get(key, ''), root.scope)
        if wrong:
            problems.append(_at_origin(root, key, *wrong))
        for node in nodes.values():
            wrong = _wrong(key, node.environment.get(key, ''), root.scope)
            if wrong and node.enabled:
                problems.append(node.problem(('environment', key), *wrong))
    return problems


def _open_commands(root: Root) -> list[Problem]:
    """Warn if anyone on the network can command the robot."""
    way = _way_in(root.scope)
    if not way or not root.settings.get('security', 'ros_commands') \
            or root.settings.get('security', 'keystore'):
        return []
    return [root.layer.problem(
        ('security', 'ros_commands'), f'{way}: anyone on the network can stop,'
        ' restart and hold nodes and silence alerts', 'remove it and use nevil node on the robot,'
        f' write {RANGE}=LOCALHOST, or name a security.keystore (SECURITY.md)', 'warning')]


def _way_in(scope: Mapping[str, str]) -> str:
    """Return what opens the domain to the network; '' where it keeps to this host."""
    if scope.get(LOCAL) == '1':
        return ''
    reach = scope.get(RANGE, '').strip().upper()
    if reach in ('LOCALHOST', 'OFF'):
        return ''
    if reach:  # SYSTEM_DEFAULT is what the middleware does by itself: multicast
        return f'{RANGE} is {reach}'
    # Where one of them is set, Nevil sets no range, and that of ROS is SUBNET.
    return next((f'{name} is set' for name in (LOCAL, PEERS, SERVER) if scope.get(name)), '')


def _at_origin(root: Root, key: str, text: str, fix: str) -> Problem:
    if key in root.dotenv_lines:
        return Problem(file='.env', line=root.dotenv_lines[key], key=key, text=text, fix=fix)
    if key in root.shared:
        return root.layer.problem(('environment', key), text, fix)
    return Problem(file='environment', line=0, key=key, text=text, fix=fix)


def _wrong(key: str, value: str, scope: Mapping[str, str]) -> tuple[str, str] | None:
    if not value:
        return None  # ROS takes its default
    if key == DOMAIN:
        domain = number(value.strip())
        if type(domain) is int and 0 <= domain <= MAX_DOMAIN:
            return None
        return f"'{value}' is not a domain of ROS 2", f'write 0 to {MAX_DOMAIN}, or unset it'
    installed = _installed(scope.get('AMENT_PREFIX_PATH', '').split(':'))
    if not installed or value in installed:
        return None
    near = next((name for name in installed if name.startswith(value)), '')
    apt = f'apt install ros-{scope.get("ROS_DISTRO", "$ROS_DISTRO")}-{value.replace("_", "-")}'
    return (f"'{value}' is not installed; there is {', '.join(installed)}",
            f"did you mean '{near}'?" if near else f'install it ({apt}), or unset it')


def _installed(prefixes: Sequence[str]) -> list[str]:
    """Return the middlewares of the ament index; none where there is no ROS 2 to look in."""
    found: set[str] = set()
    for prefix in filter(None, prefixes):
        folder = Path(prefix) / 'share/ament_index/resource_index/rmw_typesupport'
        found |= {path.name for path in folder.glob('rmw_*')} - {'rmw_implementation'}
    return sorted(found)
