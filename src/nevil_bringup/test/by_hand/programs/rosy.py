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

"""What rclpy's own examples do."""

from __future__ import annotations

import threading
import time
from typing import Any

from programs import NEVIL_WAYS
from programs import note
from programs import program
from programs import unique
from programs import until
from rcl_interfaces.msg import SetParametersResult
import rclpy
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.duration import Duration
from rclpy.executors import MultiThreadedExecutor
from rclpy.executors import SingleThreadedExecutor
from rclpy.parameter import Parameter
from rclpy.parameter_client import AsyncParameterClient
from rosgraph_msgs.msg import Clock
from std_msgs.msg import String
from std_srvs.srv import Trigger


def answer(_: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
    """Answer a service."""
    response.success = True
    response.message = 'answered'
    return response


@program(where='start', expects=[[True, True, True, True], 'cleanup'])
def context_is_the_default_one(node: Any) -> object:
    """Try: rclpy.ok() and the like need no argument."""
    default = rclpy.get_default_context()
    return [rclpy.ok(), default.ok(), node.context.ok(), node.context is default]


@program(where='start')
def further_node(_: Any) -> object:
    """Try: create_node(), spin_once(), destroy_node()."""
    node = rclpy.create_node('helper')
    fired: list[int] = []
    node.create_timer(0.01, lambda: fired.append(1))
    deadline = time.monotonic() + 30
    while not fired and time.monotonic() < deadline:
        rclpy.spin_once(node, timeout_sec=1.0)
    node.destroy_node()
    return len(fired)


@program(where='start')
def call_in_a_start(node: Any) -> object:
    """Try: spin_until_future_complete(self, future), before the node spins."""
    server = rclpy.create_node('server')
    server.create_service(Trigger, unique('call'), answer)
    executor = SingleThreadedExecutor()
    executor.add_node(server)
    thread = threading.Thread(target=executor.spin, daemon=True)
    thread.start()
    client = node.create_client(Trigger, unique('call'))
    found = client.wait_for_service(timeout_sec=20.0)
    future = client.call_async(Trigger.Request())
    rclpy.spin_until_future_complete(node, future, timeout_sec=20.0)
    executor.shutdown()
    return [found, future.result().message]


@program(ways=NEVIL_WAYS, expects=[[True, 'answered'], 'cleanup'])
def call_in_a_loop(node: Any) -> object:
    """Try: the same in main_loop(), while the process's executor works."""
    node.create_service(Trigger, unique('call'), answer)
    client = node.create_client(Trigger, unique('call'))
    found = client.wait_for_service(timeout_sec=20.0)
    future = client.call_async(Trigger.Request())
    rclpy.spin_until_future_complete(node, future, timeout_sec=20.0)
    return [found, future.result().message]


@program(ways=NEVIL_WAYS, expects=[[False, True], 'cleanup'])
def wait_in_a_loop(node: Any) -> object:
    """Try: its time-out holds, and spin_once() returns after a callback."""
    future: Any = rclpy.Future()
    rclpy.spin_until_future_complete(node, future, timeout_sec=0.05)
    began = time.monotonic()
    rclpy.spin_once(node, timeout_sec=30.0)
    return [future.done(), time.monotonic() - began < 20]


@program()
def helper_in_a_thread(_: Any) -> object:
    """Try: a node and an executor of the author's own."""
    helper = rclpy.create_node('helper')
    fired: list[int] = []
    helper.create_timer(0.01, lambda: fired.append(threading.get_ident()))
    executor = SingleThreadedExecutor()
    executor.add_node(helper)
    while len(fired) < 3:
        executor.spin_once(timeout_sec=1.0)
    executor.shutdown()
    helper.destroy_node()
    return set(fired) == {threading.get_ident()}


@program(ways=NEVIL_WAYS, expects=[[True, True], 'cleanup'])
def helper_spun_in_a_loop(node: Any) -> object:
    """Try: rclpy.spin_once(helper) in main_loop() works in that thread."""
    helper = rclpy.create_node('helper')
    fired: list[int] = []
    helper.create_timer(0.01, lambda: fired.append(threading.get_ident()))
    until_at = time.monotonic() + 30
    while len(fired) < 3 and time.monotonic() < until_at:
        rclpy.spin_once(helper, timeout_sec=1.0)
    helper.destroy_node()
    return [set(fired) == {threading.get_ident()}, node.executor is not None]


@program()
def many_threads(_: Any) -> object:
    """Try: MultiThreadedExecutor and a reentrant group: a callback waits for another."""
    helper = rclpy.create_node('helper')
    group = ReentrantCallbackGroup()
    helper.create_service(Trigger, unique('call'), answer, callback_group=group)
    client = helper.create_client(Trigger, unique('call'), callback_group=group)
    found: list[str] = []

    def call() -> None:
        timer.cancel()
        client.wait_for_service(timeout_sec=20.0)
        found.append(client.call(Trigger.Request()).message)
    timer = helper.create_timer(0.01, call, callback_group=group)
    executor = MultiThreadedExecutor(4)
    executor.add_node(helper)
    thread = threading.Thread(target=executor.spin, daemon=True)
    thread.start()
    until(lambda: found)
    executor.shutdown()
    return found


@program()
def topic(node: Any) -> object:
    """Publish and hear, in one process."""
    heard: list[str] = []
    node.create_subscription(String, unique('words'), lambda text: heard.append(text.data), 10)
    publisher = node.create_publisher(String, unique('words'), 10)
    until(lambda: publisher.get_subscription_count() == 1)
    for number in range(3):
        publisher.publish(String(data=f'word {number}'))
    until(lambda: len(heard) == 3)
    return heard


@program()
def coroutine(node: Any) -> object:
    """Try: a callback that awaits the answer of another."""
    group = ReentrantCallbackGroup()
    node.create_service(Trigger, unique('call'), answer, callback_group=group)
    client = node.create_client(Trigger, unique('call'), callback_group=group)
    found: list[str] = []

    async def call() -> None:
        timer.cancel()
        response = await client.call_async(Trigger.Request())
        found.append(response.message)
    until(client.service_is_ready)
    timer = node.create_timer(0.01, call, callback_group=group)
    until(lambda: found)
    return found


@program()
def parameters(node: Any) -> object:
    """Try: declare, set, be asked."""
    asked: list[str] = []

    def check(changes: Any) -> SetParametersResult:
        asked.extend(change.name for change in changes)
        return SetParametersResult(successful=all(change.value != 13 for change in changes))
    node.declare_parameter('speed', 3)
    node.add_on_set_parameters_callback(check)
    results = [node.set_parameters([Parameter('speed', value=value)])[0].successful
               for value in (4, 13)]
    return [results, node.get_parameter('speed').value, asked,
            node.get_parameter_or('none', Parameter('none', value='x')).value]


@program()
def parameters_of_another(node: Any) -> object:
    """Try: AsyncParameterClient against the node itself."""
    node.declare_parameter('speed', 3)
    client = AsyncParameterClient(node, node.get_name())
    # The nodes of other runs have the same name, and do not know the parameter.
    until(lambda: any('/get_parameters' in one.srv_name for one in node.services))
    until(client.services_are_ready)
    values: list[Any] = []

    def answered() -> bool:
        future = client.get_parameters(['speed'])
        until(future.done)
        values.extend(future.result().values)
        return bool(values)
    until(answered)
    return values[0].type


@program()
def simulated_time(node: Any) -> object:
    """Try: use_sim_time and /clock."""
    node.set_parameters([Parameter('use_sim_time', value=True)])
    publisher = node.create_publisher(Clock, '/clock', 10)
    message = Clock()
    message.clock.sec = 1234

    def arrived() -> bool:
        publisher.publish(message)
        time.sleep(0.02)
        return bool(node.get_clock().now().nanoseconds == 1234 * 10**9)
    until(arrived)
    return node.get_clock().now().nanoseconds


@program()
def timers(node: Any) -> object:
    """Try: create_timer(), cancel(), is_canceled(), reset()."""
    fired: list[int] = []
    timer = node.create_timer(0.01, lambda: fired.append(1))
    until(lambda: len(fired) > 2)
    timer.cancel()
    cancelled = timer.is_canceled()
    timer.reset()
    count = len(fired)
    until(lambda: len(fired) > count + 1)
    node.destroy_timer(timer)
    return cancelled


@program()
def rate(node: Any) -> object:
    """Try: a rate sleeps in a thread beside the one that spins."""
    regular = node.create_rate(50)
    for _ in range(3):
        regular.sleep()
    node.destroy_rate(regular)
    return 'slept'


@program()
def sleep_of_a_clock(node: Any) -> object:
    """Try: Clock.sleep_for()."""
    return node.get_clock().sleep_for(Duration(seconds=0.05))


@program()
def guard(node: Any) -> object:
    """Try: a guard condition wakes the executor."""
    heard: list[int] = []
    condition = node.create_guard_condition(lambda: heard.append(1))
    condition.trigger()
    until(lambda: heard)
    return len(heard)


@program(where='start')
def words(node: Any) -> None:
    """Try: get_logger()."""
    node.get_logger().info('OUT words of rclpy')
    node.get_logger().debug('OUT never')


@program(where='callback')
def shutdown(_: Any) -> object:
    """Try: a shutdown in a callback ends the program."""
    rclpy.shutdown()
    return [rclpy.ok(), rclpy.try_shutdown()]


@program(where='start')
def shutdown_in_a_start(_: Any) -> object:
    """Try: and before it spins."""
    rclpy.shutdown()
    return rclpy.ok()


@program(where='callback')
def shutdown_of_the_context(node: Any) -> object:
    """Try: self.context.shutdown() does the same."""
    node.context.shutdown()
    return node.context.ok()


@program(where='callback', ways=NEVIL_WAYS, expects=['cleanup'])
def shutdown_below(node: Any) -> None:
    """Try: what shuts it down below rclpy, as its own signal handlers do."""
    with node.context.handle:
        node.context.handle.shutdown()


# By hand rclpy skips it: its own executor takes itself out of the list that is gone through.
@program(where='callback', ways=NEVIL_WAYS, expects=['cleanup', 'told'])
def news_of_a_shutdown(node: Any) -> None:
    """Try: context.on_shutdown()."""
    node.context.on_shutdown(tell)


def tell() -> None:
    """Hear of the shutdown."""
    note('told')


@program()
def graph(node: Any) -> object:
    """Try: the node sees itself."""
    until(lambda: 'probe' in node.get_node_names())
    return [node.get_name(), node.get_namespace(), node.get_fully_qualified_name()]


@program()
def executor(node: Any) -> object:
    """Try: self.executor is the one that works, and takes tasks."""
    future = rclpy.get_global_executor().create_task(lambda: note('task'))
    until(future.done)
    return node in rclpy.get_global_executor().get_nodes()
