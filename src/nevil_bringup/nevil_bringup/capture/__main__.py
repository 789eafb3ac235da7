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

"""Run the capture process: ``python -m nevil_bringup.capture --socket-fd N``."""

from __future__ import annotations

import argparse
import signal
import socket
import sys

from nevil_bringup.capture.server import Server


def main() -> int:
    """Capture until the supervisor is gone and every pipe has ended; signals do not end it."""
    parser = argparse.ArgumentParser(prog='nevil_bringup.capture', description=main.__doc__)
    parser.add_argument('--socket-fd', type=int, required=True)
    # It has to read the last words of all others, so only the end of its pipes ends it.
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    Server(socket.socket(fileno=parser.parse_args().socket_fd)).serve()
    return 0


if __name__ == '__main__':
    sys.exit(main())
