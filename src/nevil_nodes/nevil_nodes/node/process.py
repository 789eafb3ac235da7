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

"""A node process: its nodes from the first line to the last, in one executor."""

from __future__ import annotations

import atexit
from collections.abc import Callable
from collections.abc import Sequence
import os
import threading
import time
import traceback
from typing import Any

from nevil_nodes.logs.format import format_record
from nevil_nodes.logs.format import Record
from nevil_nodes.node import current
from nevil_nodes.node.assignment import Assignment
from nevil_nodes.node.author_forks import author_forks_end
from nevil_nodes.node.author_forks import in_author_fork
from nevil_nodes.node.debugging import debug
from nevil_nodes.node.default_context import DefaultContext
from nevil_nodes.node.default_context import offer_executor
from nevil_nodes.node.ending import exit_after
from nevil_nodes.node.errors import NodeError
from nevil_nodes.node.executor import NodeExecutor
from nevil_nodes.node.loader import create_node
from nevil_nodes.node.loader import load_class
from nevil_nodes.node.logs import say
from nevil_nodes.node.logs import say_exit
from nevil_nodes.node.nevil_node import NevilNode
from nevil_nodes.node.output import as_written
from nevil_nodes.node.output import flush_streams
from nevil_nodes.node.output import keep_output
from nevil_nodes.node.prepared import join
from nevil_nodes.node.prepared import meet
from nevil_nodes.node.prepared import settle
from nevil_nodes.node.runtime import exit_code
from nevil_nodes.node.signals import EndRequested
from nevil_nodes.node.signals import interruptible
from nevil_nodes.node.signals import Signals
from nevil_nodes.stacks import write_stacks

__all__ = ['run_process']

# Fast DDS 2.14 sometimes waits without end, holding the GIL, for a listener of the participant
# that is being destroyed (DomainParticipant::set_listener). The node is cleaned up by then, so a
# timer ends the process after this many seconds: of leaving ROS, and of the interpreter's end
# after the last function of the author.
_DESTROY_MAX_S = 1.0
_HERE = os.path.dirname(os.path.abspath(__file__)) + os.sep


class _Process:
    """The nodes of this process, and why it ends."""

    def __init__(self, assignment: Assignment, context: DefaultContext, *, met: bool) -> None:
        self._assignment = assignment
        self._met = met
        self._lock = threading.RLock()  # end() is called from a signal's handler too
        self._context = context
        self._unlimit: Callable[[], None] = lambda: None
        self._ended = False
        self.nodes: list[Any] = []
        self.starting = 'nevil'
        self.code = 0
        self.signals = Signals(self.end)
        self.executor = NodeExecutor(self._on_error, after=self.signals.keep, context=context)
        context.serve(self.end, self.executor.is_ending)
        offer_executor(self.executor)

    def end(self, code: int = 0) -> None:
        """Ask for the end, from any thread; the first reason but 0 is the exit code."""
        with self._lock:
            self.code = self.code or code
        self.executor.end()

    def start(self) -> bool:
        """Create, configure and activate the nodes; False where one of them cannot."""
        for plan in self._assignment.nodes:
            self.starting = plan.name
            with interruptible():
                cls = load_class(plan, self._assignment.directory, NevilNode)
                node = create_node(plan, cls, plan.init_params)
            self.nodes.append(node)
            node._nevil.on_end = self.end
            self.executor.add_node(node)
        settle()
        if not self._met:
            meet(self._context)
        for node in self.nodes:
            self.starting = node.node_name
            if not node._nevil.start():
                node._nevil.log.critical('did not start, see the error above; ending the process')
                return False
        for node in self.nodes:
            node._nevil.begin_beating()
        return True

    def finish(self) -> None:
        """End all nodes in reverse order; once."""
        if self._ended:
            return
        self._ended = True
        for node in reversed(self.nodes):
            try:
                node._nevil.end(failed=self.code != 0)
            except (Exception, SystemExit):
                node._nevil.log.error('failed while ending', exc_info=True)
                self.code = self.code or 1

    def leave(self) -> None:
        """
        Leave ROS, then let the interpreter end.

        What runs then (threads that are no daemons, ``atexit``) is the author's and gets the time
        that a stop has; cut off, it says so.
        """
        flush_streams()
        # See _DESTROY_MAX_S: the timer is set before the first call that may hang.
        keep = exit_after(_DESTROY_MAX_S, self.code)
        for node in reversed(self.nodes):
            node._nevil.close()
        self.executor.shutdown()
        self._context.close()
        keep()
        current.assign(None)
        limit_s = max((node.shutdown_timeout_s for node in self._assignment.nodes), default=0.0)
        self._unlimit = exit_after(limit_s, self.code, as_written(format_record(Record(
            int((time.time() + limit_s) * 1e9), 'ERROR', self.starting, 'process',
            f'has not ended {limit_s:g} s after cleanup() (runtime.shutdown_timeout), cutting it '
            'off: what follows shows the thread or atexit function that still runs'))))

    def limit_libraries(self) -> None:
        """Give what remains, the destructors of libraries, its short time."""
        if not in_author_fork():
            exit_after(_DESTROY_MAX_S, self.code)
            self._unlimit()

    def _on_error(self, node: Any, error: BaseException) -> None:
        """Log what a callback of rclpy raised, for example a timer of the author."""
        if in_author_fork():
            raise error
        owner = node if isinstance(node, NevilNode) else self.nodes[0]
        owner._nevil.count_error()
        owner._nevil.log.error(f'callback failed: {error!r}', exc_info=error)


def run_process(assignment: Assignment, ros_args: Sequence[str] = ()) -> int:
    """
    Run the nodes until they end or are asked to.

    :param ros_args: arguments for rclpy, ``--ros-args`` included
    :returns: exit code: 0 for an ordered end, 1 for a failed node, else what the node asked for
    """
    # First of all, so that a crash in rclpy.init() leaves its stacks too.
    write_stacks()
    keep_output()
    try:
        context, met = join(ros_args)
    except RuntimeError as error:
        say(f'--ros-args: {error}', 'CRITICAL')
        return 2
    process = _Process(assignment, context, met=met)
    current.assign(assignment, context=context)
    # Functions registered later run earlier: this is after all of the author's.
    atexit.register(process.limit_libraries)
    process.signals.install()
    try:
        _run(process)
    finally:
        process.signals.starting = False
        process.finish()
        process.leave()
    return process.code


def _run(process: _Process) -> None:
    """Start and spin, turning what goes wrong into an exit code."""
    try:
        with author_forks_end():
            if not process.start():
                process.end(1)
                return
            process.signals.starting = False
            process.executor.spin()
    except EndRequested:
        process.end(0)
    except SystemExit as error:
        process.end(exit_code(error))
        say_exit(error, process.starting)
    except NodeError as error:
        say(str(error), 'CRITICAL', process.starting)
        process.end(error.exit_code)
    except Exception as error:
        say(_author_traceback(error), 'CRITICAL', process.starting)
        debug(error)
        # A module that is missing or no Python is so at the next start too.
        process.end(NodeError.exit_code if isinstance(error, (ImportError, SyntaxError)) else 1)


def _author_traceback(error: BaseException) -> str:
    """Return what the author's code raised, without the frames of this package and the import."""
    shown = traceback.TracebackException.from_exception(error)
    own = [frame for frame in shown.stack if not frame.filename.startswith((_HERE, '<frozen'))]
    place = f'{own[-1].filename}:{own[-1].lineno}: ' if own else ''
    if isinstance(error, SyntaxError) and not own:
        place = f'{error.filename}:{error.lineno}: '
    if place:
        shown.stack = traceback.StackSummary.from_list(own)
    return f'{place}cannot start: {error!r}\n' + ''.join(shown.format()).rstrip()
