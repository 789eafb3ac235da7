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

"""Processes that a node starts."""

from __future__ import annotations

import asyncio
from concurrent.futures import ProcessPoolExecutor
import multiprocessing
from multiprocessing import shared_memory
import os
import signal
import subprocess
import sys
import time
from typing import Any

from programs import in_a_fork
from programs import NEVIL_WAYS
from programs import note
from programs import program
from programs import until

fork = multiprocessing.get_context('fork')
DISPOSITIONS = (
    'import re; text = open("/proc/self/status").read(); '
    'print([(name, re.search(name + ":\\t(.*)", text)[1]) for name in ("SigBlk", "SigIgn")])')


def square(number: int) -> int:
    """Work for a pool."""
    return number * number


def sleep() -> None:
    """Wait for the end."""
    note('asleep')
    time.sleep(60)


def interrupted() -> None:
    """Note how SIGINT arrives."""
    try:
        note('asleep')  # from now on it may come
        time.sleep(60)
    except KeyboardInterrupt:
        note('KeyboardInterrupt')
        os._exit(4)


def put(queue: Any) -> None:
    """Answer from another interpreter."""
    queue.put([square(3), __name__])


def until_asleep() -> None:
    """Wait for the note of a child."""
    until(lambda: 'asleep' in open(os.environ['NOTES']).read())


def notes_file() -> None:
    """Let the notes exist."""
    open(os.environ['NOTES'], 'a').close()


@program()
def runs_and_ends(_: Any) -> object:
    """Try: fork, run, join."""
    process = fork.Process(target=note, args=('in the child',))
    process.start()
    process.join(30)
    return process.exitcode


@program(where='callback')
def runs_in_a_callback(_: Any) -> object:
    """Try: the same in the thread that spins."""
    process = fork.Process(target=note, args=('in the child',))
    process.start()
    process.join(30)
    return process.exitcode


# By hand a fork inherits rclpy's own handler of SIGTERM, and does not end.
@program(ways=NEVIL_WAYS, expects=['asleep', -15, 'alive', 'cleanup'])
def terminates(_: Any) -> object:
    """Try: terminate() ends the child, not the node."""
    notes_file()
    process = fork.Process(target=sleep)
    process.start()
    until_asleep()
    process.terminate()
    process.join(30)
    note(process.exitcode)
    time.sleep(0.2)
    return 'alive'


@program(ways=NEVIL_WAYS, expects=[[-15] * 10, 'cleanup'])
def terminates_at_once(_: Any) -> object:
    """Try: a signal that meets the child before its first line is the child's, too."""
    found = []
    for _number in range(10):
        process = fork.Process(target=time.sleep, args=(60,))
        process.start()
        process.terminate()
        process.join(30)
        found.append(process.exitcode)
    return found


@program(where='start')
def interrupts(_: Any) -> object:
    """Try: SIGINT is a KeyboardInterrupt there."""
    notes_file()
    process = fork.Process(target=interrupted)
    process.start()
    until_asleep()
    assert process.pid is not None
    os.kill(process.pid, signal.SIGINT)
    process.join(30)
    return process.exitcode


def child_signals() -> None:
    """Note what a child has of signals."""
    note([signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler)
          for number in (signal.SIGINT, signal.SIGTERM)])
    note(signal.set_wakeup_fd(-1))
    note(sorted(signal.pthread_sigmask(signal.SIG_BLOCK, ())))


@program()
def has_its_own_signals(_: Any) -> None:
    """Try: nothing of the node's."""
    process = fork.Process(target=child_signals)
    process.start()
    process.join(30)


@program()
def pool(_: Any) -> object:
    """Try: Pool.map, and its end by terminate()."""
    with fork.Pool(2) as workers:
        return workers.map(square, range(5))


@program()
def pool_of_futures(_: Any) -> object:
    """Try: ProcessPoolExecutor."""
    with ProcessPoolExecutor(2, mp_context=fork) as workers:
        return list(workers.map(square, range(5)))


@program()
def spawn(_: Any) -> object:
    """Try: another interpreter, which imports this module."""
    return _through_a_queue(multiprocessing.get_context('spawn'))


@program()
def forkserver(_: Any) -> object:
    """Try: a server of its own that forks."""
    return _through_a_queue(multiprocessing.get_context('forkserver'))


def _through_a_queue(context: Any) -> object:
    queue = context.Queue()
    process = context.Process(target=put, args=(queue,))
    process.start()
    found = queue.get(timeout=30)
    process.join(30)
    return [found, process.exitcode]


@program()
def manager(_: Any) -> object:
    """Try: a list in another process."""
    with fork.Manager() as server:
        numbers = server.list([1])
        process = fork.Process(target=numbers.append, args=(2,))
        process.start()
        process.join(30)
        return list(numbers)


def fill(name: str) -> None:
    """Write into the memory of another."""
    block: Any = shared_memory.SharedMemory(name)
    block.buf[0] = 7
    block.close()


@program()
def memory(_: Any) -> object:
    """Try: shared memory, and its removal."""
    block: Any = shared_memory.SharedMemory(create=True, size=16)
    process = fork.Process(target=fill, args=(block.name,))
    process.start()
    process.join(30)
    found = block.buf[0]
    block.close()
    block.unlink()
    return found


@program()
def names(_: Any) -> object:
    """Try: what multiprocessing says of this process."""
    return [multiprocessing.current_process().name, multiprocessing.parent_process() is None,
            multiprocessing.get_start_method(allow_none=True)]


@program()
def plain_fork(_: Any) -> object:
    """Try: os.fork() and os._exit()."""
    return in_a_fork(lambda: os._exit(3))


@program()
def child_dispositions(_: Any) -> object:
    """Try: what an executed child has of signals."""
    return subprocess.run(
        [sys.executable, '-S', '-c', DISPOSITIONS], capture_output=True, text=True).stdout


@program()
def child_ends(_: Any) -> object:
    """Try: Popen.terminate()."""
    process = subprocess.Popen(['sleep', '60'])
    process.terminate()
    return process.wait(30)


@program(where='start')
def child_with_preparation(_: Any) -> object:
    """Try: preexec_fn runs Python between fork and exec."""
    process = subprocess.Popen(['sleep', '60'], preexec_fn=os.setsid)
    alone = os.getsid(process.pid) == process.pid
    process.terminate()
    return [alone, process.wait(30)]


@program(where='start')
def child_of_asyncio(_: Any) -> object:
    """Try: create_subprocess_exec() in the main thread."""
    async def body() -> object:
        process = await asyncio.create_subprocess_exec(
            'echo', 'hello', stdout=asyncio.subprocess.PIPE)
        output, _ = await process.communicate()
        return [output.decode(), process.returncode]
    return asyncio.run(body())


@program()
def shell(_: Any) -> object:
    """Try: os.system() and os.popen()."""
    return [os.system('exit 3'), os.popen('echo hello').read()]
