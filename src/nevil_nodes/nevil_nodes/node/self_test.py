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

"""The service ``~/self_test``: the node's health check on demand."""

from __future__ import annotations

from typing import Any

from diagnostic_msgs.msg import DiagnosticStatus
from diagnostic_msgs.msg import KeyValue
from diagnostic_msgs.srv import SelfTest
from nevil_nodes.node.health_check import HealthCheck
from nevil_nodes.node.health_check import Result
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.task import Future

__all__ = ['offer_self_test']


def offer_self_test(node: Any, check: HealthCheck) -> None:
    """
    Offer the service; the executor continues while the check is made.

    Its callback group is its own: one that waits would hold up all others of its group, and with
    them the heartbeat. The executor looks again when ``check`` has news.
    """
    async def answer(request: SelfTest.Request, response: SelfTest.Response) -> SelfTest.Response:
        future = Future()
        check.ask(future.set_result)
        result: Result = await future
        response.id = node.get_fully_qualified_name()
        response.passed = bytes([result.passed])
        response.status = [DiagnosticStatus(
            level=DiagnosticStatus.OK if result.passed else DiagnosticStatus.ERROR,
            name=f'{node.get_name()}: {check.method}', message=result.text or 'passed',
            hardware_id='none',
            values=[KeyValue(key='duration_s', value=f'{result.duration_s:.3f}')])]
        return response

    node.create_service(SelfTest, '~/self_test', answer, callback_group=ReentrantCallbackGroup())
