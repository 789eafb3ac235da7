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

"""Logging and printing."""

from __future__ import annotations

from collections.abc import Callable
import contextlib
import io
import logging
import logging.config
import os
import sys
import threading
from typing import Any

from programs import NEVIL_WAYS
from programs import note
from programs import program

CONFIGURATION = {
    'version': 1,
    'handlers': {'file': {'class': 'logging.FileHandler', 'filename': 'own.log'}},
    'root': {'handlers': ['file'], 'level': 'INFO'}}


@program()
def state_of_logging(_: Any) -> object:
    """Try: nobody has configured anything."""
    root = logging.getLogger()
    return [root.level, [type(each).__name__ for each in root.handlers], root.manager.disable,
            logging.getLogger('mine').getEffectiveLevel(), logging.getLoggerClass().__name__,
            logging.getLevelName(40), logging.raiseExceptions]


@program()
def own_configuration(_: Any) -> object:
    """Try: dictConfig() for the author's own loggers."""
    logging.config.dictConfig(CONFIGURATION)
    logging.getLogger('mine').info('written')
    logging.shutdown()
    with open('own.log') as file:
        return file.read()


@program()
def last_resort(_: Any) -> None:
    """Try: a warning without any handler is printed."""
    logging.getLogger('mine').warning('OUT a warning')
    logging.getLogger('mine').info('OUT never')


@program()
def basic_configuration(_: Any) -> None:
    """Try: basicConfig() prints."""
    logging.basicConfig(level=logging.DEBUG, format='OUT %(name)s %(message)s')
    logging.getLogger('mine').debug('words')


@program()
def redirected(_: Any) -> object:
    """Try: what is printed can be caught."""
    text = io.StringIO()
    with contextlib.redirect_stdout(text), contextlib.redirect_stderr(text):
        print('caught')
        print('too', file=sys.stderr)
    return text.getvalue()


@program()
def from_everywhere(_: Any) -> None:
    """Try: both streams, with and without Python."""
    print('OUT print')
    print('OUT stderr', file=sys.stderr)
    os.write(1, b'OUT write\n')
    os.system('echo OUT echo')


@program()
def exceptions_of_threads(_: Any) -> object:
    """Try: threading.excepthook."""
    caught = []
    threading.excepthook = lambda found: caught.append(found.exc_type.__name__)
    thread = threading.Thread(target=lambda: 1 / 0)
    thread.start()
    thread.join()
    return caught


SILENCERS: dict[str, Callable[[], Any]] = {
    'dict': lambda: logging.config.dictConfig({'version': 1}),
    'disable': lambda: logging.disable(logging.CRITICAL),
    'handlers': logging.getLogger('probe').handlers.clear,
    'level': lambda: logging.getLogger('probe').setLevel(100),
    'factory': lambda: logging.setLogRecordFactory(lambda *_: 1 / 0),  # type: ignore[arg-type]
    'shutdown': logging.shutdown,
    'none': lambda: setattr(sys, 'stderr', None),
    'closed': lambda: sys.stderr.close(),
    'elsewhere': lambda: os.dup2(os.open('/dev/null', os.O_WRONLY), 2)}


def _silent(way: str) -> Any:
    def work(node: Any) -> None:
        SILENCERS[way]()
        node.max_errors = 1
        node.main_loop = lambda: 1 / 0
    work.__name__ = f'silenced_by_{way}'
    work.__module__ = __name__
    return work


for _way in SILENCERS:
    program(where='start', ways=NEVIL_WAYS, ends=1)(_silent(_way))


def check_silenced(output: str) -> None:
    """Check that the reason of the end is told."""
    assert "main_loop() failed, 1 of 1 in a row: ZeroDivisionError('division by zero')" in output
    assert 'Traceback (most recent call last):' in output
    assert '[CRITICAL] [probe]' in output


@program(where='start', ways=NEVIL_WAYS)
def own_handlers_hear(node: Any) -> None:
    """Try: a handler that the author adds to self.logger gets Nevil's words, too."""
    class Notes(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.getMessage().startswith('started'):
                note(record.getMessage())
    node.logger.addHandler(Notes())
