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

"""Processes that are hard to get rid of; each prints the pids it leaves about, then lives on."""

from __future__ import annotations

import atexit
import os
import signal
import sys
import time


def main(argv: list[str]) -> int:
    """Run as ``zoo ANIMAL``."""
    animal = argv[0]
    if animal == 'dies':
        return 1
    if animal == 'flood':
        while True:
            print('all work and no play' * 20)
    if animal == 'stubborn':
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        print(os.getpid())
    elif animal == 'group':
        print(_child(escape=False))
    elif animal == 'daemon':
        print(_child(escape=True))
    elif animal == 'deaf_daemon':
        print(_child(escape=True, deaf=True))
    elif animal == 'new_program':
        print(_child(escape=True, deaf=True, program=True, env=dict(os.environ)))
    elif animal == 'new_program_without_environment':
        print(_child(escape=True, program=True, env={}))
    elif animal == 'forks_on_exit':
        atexit.register(lambda: print(_child(escape=True), flush=True))
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        print(os.getpid())
    sys.stdout.flush()
    while True:
        time.sleep(60)


def _child(*, escape: bool, deaf: bool = False, program: bool = False,
           env: dict[str, str] | None = None) -> int:
    """Return the pid of a child that sleeps; of a grandchild in its own session if it escapes."""
    tell, told = os.pipe()
    if os.fork() == 0:
        if escape:
            os.setsid()
            if os.fork() != 0:
                os._exit(0)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        os.write(told, b'%d' % os.getpid())
        if deaf:
            os.closerange(0, 1024)
        if program:
            os.set_inheritable(2, True) if not deaf else None
            os.execve('/bin/sleep', ['sleep', '1000'], env or {})
        while True:
            time.sleep(60)
    os.close(told)
    return int(os.read(tell, 100))


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
