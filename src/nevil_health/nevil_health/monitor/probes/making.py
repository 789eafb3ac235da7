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

"""From the declaration of a probe to what carries it out."""

from __future__ import annotations

from functools import partial
import os
import shlex

from nevil_health.monitor.expected import ExpectedUnit
from nevil_health.monitor.probes.outside import execute
from nevil_health.monitor.probes.outside import http_get
from nevil_health.monitor.probes.outside import LogWatch
from nevil_health.monitor.probes.outside import OutsideProber
from nevil_health.monitor.probes.outside import OutsideThread
from nevil_health.monitor.probes.outside import tcp_connect
from nevil_health.monitor.probes.prober import Prober
from nevil_health.monitor.probes.services import lifecycle_prober
from nevil_health.monitor.probes.services import parameters_prober
from nevil_health.monitor.probes.services import service_prober
from nevil_health.monitor.probes.topics import TopicProber
from nevil_nodes.declarations.health_plan import ProbePlan
from rclpy.node import Node

__all__ = ['make_prober', 'ros_name']


def make_prober(
        node: Node, thread: OutsideThread, unit: ExpectedUnit, name: str, role: str,
        plan: ProbePlan, logs: str) -> Prober:
    """
    Return what tries a probe.

    :param name: of the node that it is about
    :param logs: the folder of the log files
    """
    target = plan.target
    if plan.kind == 'parameters':
        return parameters_prober(node, unit.address(name))
    if plan.kind == 'lifecycle':
        return lifecycle_prober(node, unit.address(name), target['state'])
    if plan.kind == 'service':
        return service_prober(node, ros_name(unit, name, target['name']))
    if plan.kind == 'topic':
        return TopicProber(
            node, ros_name(unit, name, target['name']), min_hz=target['min_hz'],
            max_age_s=target['max_age_s'], window_s=plan.period_s)
    if plan.kind == 'tcp':
        host, port = target['host'], target['port']
        return OutsideProber(thread, f'tcp {host}:{port}', partial(tcp_connect, host, port))
    if plan.kind == 'http':
        url = target['url']
        return OutsideProber(thread, f'http {url}', partial(http_get, url))
    if plan.kind == 'exec':
        argv = list(target['argv'])
        return OutsideProber(thread, f'exec {shlex.join(argv)}', partial(execute, argv))
    pattern = target['pattern']
    watch = LogWatch(os.path.join(logs, f'{unit.unit}.log'), pattern, unit.pid,
                     always=role == 'liveness')
    return OutsideProber(thread, f'log {pattern!r}', watch.look, watch.close)


def ros_name(unit: ExpectedUnit, node: str, name: str) -> str:
    """Return a name of the ROS graph in full, as the node itself would."""
    if name.startswith('/'):
        return name
    if name.startswith('~'):
        return f'/{unit.address(node)}/{name[1:].lstrip("/")}'
    return f'{unit.namespace}/{name}'
