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

"""
The loggers of a node: lines in Nevil's format on stderr, and the same on /rosout for ROS tools.

There are two. The author's is one of Python's ``logging``, and obeys what the author and the
libraries do with that. Nevil's own words take no notice of it: ``dictConfig()``, ``disable()`` and
the like must not hide why a node ended.
"""

from __future__ import annotations

from collections import deque
import logging
import os
import sys
import threading
import time
from typing import Any

from nevil_nodes.logs.format import created_ns
from nevil_nodes.logs.format import format_record
from nevil_nodes.logs.format import NevilFormatter
from nevil_nodes.logs.format import normal_level
from nevil_nodes.logs.format import Record
from nevil_nodes.node.output import frame
from nevil_nodes.node.output import frames_records
from nevil_nodes.node.output import write_record
from rcl_interfaces.msg import Log
from rclpy.logging import LoggingSeverity
from rclpy.qos import DurabilityPolicy
from rclpy.qos import HistoryPolicy
from rclpy.qos import QoSProfile
from rclpy.qos import ReliabilityPolicy

__all__ = ['OwnLogger', 'Rosout', 'loggers_for', 'say', 'say_exit', 'set_ros_level']

_ROSOUT_QOS = QoSProfile(
    reliability=ReliabilityPolicy.RELIABLE, durability=DurabilityPolicy.TRANSIENT_LOCAL,
    history=HistoryPolicy.KEEP_LAST, depth=1000)


def component(record: logging.LogRecord) -> str:
    """Return the part of the node that speaks: a thread of its own, else the module."""
    thread = record.threadName or 'MainThread'
    return record.module if thread == 'MainThread' or thread.endswith('_main') else thread


class Rosout:
    """
    Publishes records on /rosout.

    rclpy's own logger would print each of them a second time. The publisher is made late, by
    ``open()``, since it does not have to delay the node's start; records wait for it.
    """

    def __init__(self) -> None:
        """Collect records until ``open()``."""
        self._lock = threading.RLock()
        self._publisher: Any = None
        self._waiting: deque[Log] | None = deque(maxlen=1000)
        self._pid = os.getpid()

    def open(self, node: Any) -> None:  # noqa: A003
        """Create the publisher and send what has waited."""
        publisher = node.create_publisher(Log, '/rosout', _ROSOUT_QOS)
        with self._lock:
            for message in self._waiting or ():
                publisher.publish(message)
            self._waiting = None
            self._publisher = publisher

    def publish(self, record: logging.LogRecord) -> None:
        """Publish one record; not from a fork of the author, whose middleware is the node's."""
        if os.getpid() != self._pid:
            return
        try:
            message = Log(
                level=_level_number(record.levelno), name=record.name, msg=_text(record),
                file=record.pathname, function=record.funcName or '', line=record.lineno)
            message.stamp.sec, message.stamp.nanosec = divmod(created_ns(record), 10 ** 9)
            with self._lock:
                if self._waiting is not None:
                    self._waiting.append(message)
                elif self._publisher is not None:
                    self._publisher.publish(message)
        except Exception:  # a middleware that is going down must not make a log call fail
            self._publisher = None

    def close(self) -> None:
        """Stop publishing."""
        self._publisher = None
        self._waiting = None


def _text(record: logging.LogRecord) -> str:
    text = record.getMessage()
    if record.exc_info:
        text = f'{text}\n{logging.Formatter().formatException(record.exc_info)}'
    return text


def _level_number(number: int) -> int:
    return max(10, min(50, number // 10 * 10))


class _StderrHandler(logging.StreamHandler[Any]):
    """Writes to whatever sys.stderr is now (tests and forks replace it)."""

    def __init__(self, node: str) -> None:
        logging.Handler.__init__(self)
        self.setFormatter(NevilFormatter(node, component))

    def format(self, record: logging.LogRecord) -> str:  # noqa: A003
        text = super().format(record)
        return frame(text) if frames_records(self.stream) else text

    @property
    def stream(self) -> Any:
        return sys.stderr

    @stream.setter
    def stream(self, value: Any) -> None:
        pass


class _RosoutHandler(logging.Handler):
    """Hands records on; closing it, as ``dictConfig()`` does, changes nothing."""

    def __init__(self, rosout: Rosout) -> None:
        super().__init__()
        self._rosout = rosout

    def emit(self, record: logging.LogRecord) -> None:
        self._rosout.publish(record)


class OwnLogger(logging.Logger):
    """
    Nevil's own words about a node; no setting of ``logging`` silences them.

    Handlers that the author has added to ``self.logger`` get them too.

    :param author: the author's logger of the node
    """

    def __init__(self, author: logging.Logger, level: int, rosout: Rosout) -> None:
        """Stand beside the logger tree."""
        super().__init__(author.name, level)
        self._author = author
        self._rosout = rosout
        self._formatter = NevilFormatter(author.name, component)

    def isEnabledFor(self, level: int) -> bool:  # noqa: N802 - logging's name
        """Return whether the level is shown, by the node's own level alone."""
        return level >= self.level

    def makeRecord(  # noqa: N802 - logging's name
        self, name: str, level: int, fn: str, lno: int, msg: object, args: Any, exc_info: Any,
        func: str | None = None, extra: Any = None, sinfo: str | None = None,
    ) -> logging.LogRecord:
        """Return a plain record, whatever ``setLogRecordFactory()`` was given."""
        return logging.LogRecord(name, level, fn, lno, msg, args, exc_info, func, sinfo)

    def handle(self, record: logging.LogRecord) -> None:
        """Write and publish."""
        write_record(self._formatter.format(record))
        self._rosout.publish(record)
        for handler in self._author.handlers:
            if not isinstance(handler, (_StderrHandler, _RosoutHandler)):
                try:
                    handler.handle(record)
                except Exception:  # noqa: B902 - whatever the author has put there
                    pass


def loggers_for(node: str, level: str) -> tuple[logging.Logger, OwnLogger, Rosout]:
    """
    Return the author's logger of a node, Nevil's, and what publishes for both.

    :param level: the lowest level that is shown
    """
    logger = logging.getLogger(node)
    for handler in list(logger.handlers):  # those of an earlier node of this process
        if isinstance(handler, (_StderrHandler, _RosoutHandler)):
            logger.removeHandler(handler)
            handler.close()
    rosout = Rosout()
    logger.addHandler(_StderrHandler(node))
    logger.addHandler(_RosoutHandler(rosout))
    logger.setLevel(normal_level(level) or 'INFO')
    logger.propagate = False
    return logger, OwnLogger(logger, logger.level, rosout), rosout


def set_ros_level(logger: Any, level: str) -> None:
    """Give rclpy's logger of a node the level too; the usual one leaves ``--log-level`` alone."""
    level = normal_level(level) or 'INFO'
    if level != 'INFO':
        logger.set_level(LoggingSeverity(getattr(logging, level)))


def say(text: str, level: str = 'INFO', node: str = 'nevil') -> None:
    """Write one line about the process itself, where no node exists (yet)."""
    write_record(format_record(Record(
        time.time_ns(), level, node, threading.current_thread().name, text)))


def say_exit(error: SystemExit, node: str) -> None:
    """Write what ``sys.exit('no camera')`` says, as the interpreter does."""
    if error.code is not None and not isinstance(error.code, int):
        say(str(error.code), 'CRITICAL', node)
