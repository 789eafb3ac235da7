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

"""Write down everything that a process can see of how it was started, then end as told."""

from __future__ import annotations

import atexit
import json
import os
import random
import signal
import sys


def main(argv: list[str]) -> int | None:
    """Run as ``probe FILE HOW``."""
    path, how = argv
    dispositions = {int(number): _handler_name(number) for number in signal.valid_signals()}
    with open('/proc/self/status') as file:
        status = dict(line.rstrip('\n').split(':\t', 1) for line in file if ':\t' in line)
    with open('/proc/self/cmdline') as file:
        command = file.read().replace('\0', ' ').strip()
    with open(path, 'w') as file:
        json.dump({
            'argv': sys.argv, 'orig_argv': sys.orig_argv, 'path': sys.path, 'command': command,
            'env': dict(os.environ), 'cwd': os.getcwd(), 'umask': status['Umask'],
            'signals': dispositions, 'blocked': status['SigBlk'], 'ignored': status['SigIgn'],
            'caught': status['SigCgt'],
            'input': os.readlink('/proc/self/fd/0'), 'same_output': _same(1, 2),
            'descriptors': [int(name) for name in os.listdir('/proc/self/fd')
                            if os.path.exists(f'/proc/self/fd/{name}')
                            and int(name) != file.fileno()],
            'leads_session': os.getsid(0) == os.getpid() == os.getpgid(0),
            'nice': os.nice(0), 'encoding': [sys.stdout.encoding, sys.stderr.encoding],
            'main_module': sys.modules['__main__'].__file__, 'threads': status['Threads'],
        }, file)
    with open(path + '.random', 'w') as file:
        file.write(str(random.random()))
    atexit.register(print, 'atexit ran')
    print('output without its newline', end='')
    return _end(how)


def _handler_name(number: int) -> str:
    handler = signal.getsignal(number)
    return getattr(handler, '__name__', str(handler))


def _same(first: int, second: int) -> bool:
    return os.path.sameopenfile(first, second)


def _end(how: str) -> int | None:
    if how == 'exception':
        raise RuntimeError('as told')
    if how == 'text':
        sys.exit('these words')
    if how == 'kill':
        os.kill(os.getpid(), signal.SIGKILL)
    if how == 'interrupt':
        os.kill(os.getpid(), signal.SIGINT)
    if how == 'abort':
        os.abort()
    if how == '_exit':
        os._exit(7)
    return None if how == 'none' else int(how)


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
