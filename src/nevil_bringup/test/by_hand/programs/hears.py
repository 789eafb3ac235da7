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

"""Signals and event loops."""

from __future__ import annotations

import asyncio
import faulthandler
import os
import signal
import socket
import tempfile
import threading
import time
from typing import Any

from nevil_bringup.spawner.procfs import children
from programs import NEVIL_WAYS
from programs import note
from programs import program
import rclpy


def ready() -> None:
    """Say that the signal may come."""
    print('READY', flush=True)


def wait() -> None:
    """Do what a loop does until rclpy says that it is over."""
    while rclpy.ok():
        time.sleep(0.01)


@program()
def loop_in_a_thread(_: Any) -> object:
    """Try: asyncio.run() beside the node."""
    async def body() -> object:
        return await asyncio.gather(asyncio.sleep(0.01, 1), asyncio.to_thread(lambda: 2))
    return asyncio.run(body())


@program(where='start')
def handler_of_asyncio(_: Any) -> object:
    """Try: add_signal_handler() takes the wakeup descriptor."""
    heard: list[str] = []

    async def body() -> None:
        event = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, event.set)
        os.kill(os.getpid(), signal.SIGUSR1)
        await asyncio.wait_for(event.wait(), 10)
        heard.append('USR1')
    asyncio.run(body())
    return heard


@program(where='loop', sent=signal.SIGTERM)
def ends_after_asyncio(_: Any) -> object:
    """Try: a stop works before and after."""
    ready()
    wait()
    return 'ended'


def take_and_leave(*numbers: signal.Signals) -> None:
    """Take signals with asyncio, and give them back."""
    loop = asyncio.new_event_loop()
    for number in numbers:
        loop.add_signal_handler(number, print)
    loop.close()


@program(where='start', sent=signal.SIGTERM, ways=NEVIL_WAYS, expects=['cleanup'])
def stop_after_a_closed_loop(node: Any) -> None:
    """Try: the wakeup descriptor is gone."""
    take_and_leave(signal.SIGUSR1)
    keep_on(node)


@program(where='start', sent=signal.SIGTERM, ways=NEVIL_WAYS, expects=['cleanup'])
def stop_after_a_closed_loop_with_its_own_stop(node: Any) -> None:
    """Try: and the handler."""
    take_and_leave(signal.SIGTERM, signal.SIGINT)
    keep_on(node)


@program(where='start', sent=signal.SIGINT, ways=NEVIL_WAYS, expects=['cleanup'])
def stop_with_an_open_loop(node: Any) -> None:
    """Try: the wakeup descriptor is another's, who never reads it."""
    loop = asyncio.new_event_loop()
    loop.add_signal_handler(signal.SIGINT, print)
    keep_on(node)
    node.kept = loop


@program(where='callback', sent=signal.SIGTERM, ways=NEVIL_WAYS, expects=['cleanup'])
def stop_after_a_loop_in_a_callback(node: Any) -> None:
    """Try: taken while the node spins."""
    take_and_leave(signal.SIGTERM)
    keep_on(node)


@program(where='start', sent=signal.SIGTERM, ways=NEVIL_WAYS, expects=['cleanup'])
def stop_after_defaults(node: Any) -> None:
    """Try: a library that puts back what it thinks was there."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.set_wakeup_fd(-1)
    keep_on(node)


def keep_on(node: Any) -> None:
    """Let the node go on until its stop."""
    node.probe.done.wait = lambda seconds: node.shutdown_event.wait(seconds) and False
    node.create_timer(0.05, ready)


@program(where='start')
def handler(_: Any) -> object:
    """Try: signal.signal()."""
    heard: list[int] = []
    before = signal.signal(signal.SIGUSR2, lambda number, _: heard.append(number))
    os.kill(os.getpid(), signal.SIGUSR2)
    return [heard, before == signal.SIG_DFL]


@program(where='start')
def alarm(_: Any) -> object:
    """Try: setitimer() interrupts a wait."""
    def ring(*_: object) -> None:
        raise TimeoutError
    signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    try:
        time.sleep(30)
    except TimeoutError:
        return 'rung'
    return None


@program(where='start')
def wakeup_descriptor(_: Any) -> object:
    """Try: set_wakeup_fd() for oneself."""
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    signal.signal(signal.SIGUSR1, lambda *_: None)
    before = signal.set_wakeup_fd(theirs.fileno())
    os.kill(os.getpid(), signal.SIGUSR1)
    found = ours.recv(1)[0]
    signal.set_wakeup_fd(before)
    return found


@program(where='start', ways=NEVIL_WAYS, expects=['USR1', 'cleanup'])
def wakeup_descriptor_while_it_spins(node: Any) -> None:
    """Try: whoever has taken it goes on getting what is his."""
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    signal.signal(signal.SIGUSR1, lambda *_: None)
    signal.set_wakeup_fd(theirs.fileno())
    node.kept = theirs

    def receive() -> None:
        note('USR1' if ours.recv(1)[0] == signal.SIGUSR1 else 'another')
        node.stop()
    node.probe.done.wait = lambda seconds: node.shutdown_event.wait(seconds) and False
    threading.Thread(target=receive, daemon=True).start()
    node.create_timer(0.2, lambda: os.kill(os.getpid(), signal.SIGUSR1))


@program(sent=signal.SIGINT)
def loop_that_asks(_: Any) -> object:
    """Try: ``while rclpy.ok()`` ends at Ctrl-C."""
    ready()
    wait()
    return 'ended'


@program()
def nothing_is_blocked(_: Any) -> object:
    """Try: no signal is held back in the author's thread."""
    return [sorted(signal.pthread_sigmask(signal.SIG_BLOCK, ())), children(os.getpid())]


@program()
def stacks_of_its_own(_: Any) -> object:
    """Try: faulthandler writes where it is told to."""
    with tempfile.TemporaryFile() as file:
        faulthandler.dump_traceback(file)
        file.seek(0)
        return b'stacks_of_its_own' in file.read()
