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

"""Node processes: how they start, fail, and end, seen from outside."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
import signal
import textwrap
from typing import Any

from nevil_nodes.run import main
from nodelab import NodeProcess
from nodelab import Peer
from nodelab import plan_of
from nodelab import STRING
import pytest

Run = Callable[..., NodeProcess]

# A v3 node, as the public v3 robot has them: no import but this one knows the framework.
V3_SOURCE = """
    '''
    Test Node for the v3 framework
    '''

    import time
    from nevil_framework.base_node import NevilNode


    class CounterNode(NevilNode):

        def __init__(self):
            super().__init__("counter")
            self.counter = 0
            self.error_count = 0
            config = self.config.get('configuration', {})
            self.interval = config.get('interval', 5.0)
            self.executor = None

        def initialize(self):
            self.logger.info(f"Published topics: {list(self.published_topics)}")
            self.logger.info(f"Message bus: {self.message_bus is not None}")

        def main_loop(self):
            self.counter += 1
            if self.publish("text", {"data": f"count {self.counter}", "timestamp": time.time()}):
                self.logger.info(f"Published {self.counter}")
            time.sleep(self.interval)

        def on_text(self, message):
            text = message.data.get("data", "")
            self.logger.info(f"Received {text} from {message.source_node}, {self.status.value}")

        def stop(self, timeout=10.0):
            self.logger.info("Counter stops")
            super().stop(timeout)

        def cleanup(self):
            self.logger.info(f"Cleaned up after {self.counter > 0}")
"""
V3_PLAN: dict[str, Any] = {
    'publishes': {'text': STRING}, 'subscribes': {'text': (STRING, 'on_text')},
    'configuration': {'interval': 0.05}}

LINGERING = """
    import time
    from nevil_nodes.node import NevilNode

    class LingeringNode(NevilNode):
        def __init__(self):
            super().__init__('lingering')

        def cleanup(self):
            print('cleaning up')
            time.sleep(0.5)
            print('cleaned up')
"""


def test_v3_source_runs_unchanged(run: Run) -> None:
    """That is the promise to everybody who has nodes."""
    process = run({'counter': V3_SOURCE}, plan_of('counter', **V3_PLAN))
    process.wait_for('Received count 1 from counter, running')
    assert process.end() == 0
    output = process.output
    assert '[INFO] [counter] [counter_node] Published 1\n' in output
    assert 'Message bus: True' in output
    assert output.count("has no field 'timestamp'") == 1
    assert output.index('Counter stops') < output.index('Cleaned up after True')
    assert output.count('Cleaned up') == 1
    assert 'Traceback' not in output


def test_no_log_file_is_left_with_ros(run: Run, tmp_path: Path) -> None:
    """A robot that is started for years would fill ~/.ros/log; Nevil keeps a node's words."""
    logs = tmp_path / 'ros_log'
    process = run({'counter': V3_SOURCE}, plan_of('counter', **V3_PLAN), ROS_LOG_DIR=str(logs))
    process.wait_for('started, active')
    assert process.end() == 0
    assert not logs.exists() or not list(logs.iterdir())


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_signal_ends_in_order(run: Run, peer: Peer, number: int) -> None:
    """Stopping twenty nodes is twenty times this."""
    plan = plan_of('counter', publishes={'text': STRING}, configuration={'interval': 0.0})
    process = run({'counter': V3_SOURCE}, plan)
    process.wait_for('started, active')
    assert process.end(number) == 0
    assert 'now finalized' in process.output


def test_second_signal_does_not_break_cleanup(run: Run) -> None:
    """An impatient operator must not leave a motor on."""
    process = run({'lingering': LINGERING}, plan_of('lingering'))
    process.wait_for('started, active')
    process.process.send_signal(signal.SIGINT)
    process.wait_for('cleaning up')
    process.process.send_signal(signal.SIGTERM)
    assert process.end(signal.SIGINT) == 0
    assert process.output.count('cleaned up') == 1


def test_signal_interrupts_a_long_initialize(run: Run) -> None:
    """A node that loads a model for a minute can be stopped before."""
    process = run({'slow': """
        import time
        from nevil_nodes.node import NevilNode

        class SlowNode(NevilNode):
            def __init__(self):
                super().__init__('slow')

            def initialize(self):
                print('loading')
                time.sleep(60)

            def cleanup(self):
                print('given back')
    """}, plan_of('slow'))
    process.wait_for('loading')
    assert process.end(signal.SIGINT) == 0
    assert process.output.count('given back') == 1


def test_ten_errors_in_a_row_exit_with_1_after_cleanup(run: Run) -> None:
    """The supervisor's policy takes over from there."""
    process = run({'broken': """
        from nevil_nodes.node import NevilNode

        class BrokenNode(NevilNode):
            error_pause_s = 0.0

            def __init__(self):
                super().__init__('broken')

            def main_loop(self):
                raise RuntimeError('no sensor')

            def cleanup(self):
                print('given back')
    """}, plan_of('broken'))
    assert process.process.wait(20) == 1
    assert "main_loop() failed, 10 of 10 in a row: RuntimeError('no sensor')" in process.output
    assert '[CRITICAL] [broken]' in process.output
    assert process.output.count('given back') == 1


@pytest.mark.parametrize(('body', 'code'), [
    ('self.stop()', 0), ('sys.exit(5)', 5), ('sys.exit()', 0)])
def test_node_that_has_done_its_work_ends_itself(run: Run, body: str, code: int) -> None:
    """stop() and sys.exit() are how v3 nodes say so."""
    process = run({'done': f"""
        import sys
        import time
        from nevil_nodes.node import NevilNode

        class DoneNode(NevilNode):
            def __init__(self):
                super().__init__('done')

            def main_loop(self):
                {body}
                time.sleep(0.05)

            def cleanup(self):
                print('given back')
    """}, plan_of('done'))
    assert process.process.wait(20) == code
    assert process.output.count('given back') == 1


def test_failed_initialize_exits_with_1(run: Run) -> None:
    """With the traceback, and after cleanup()."""
    process = run({'failing': """
        from nevil_nodes.node import NevilNode

        class FailingNode(NevilNode):
            def __init__(self):
                super().__init__('failing')

            def initialize(self):
                raise OSError('no microphone')

            def cleanup(self):
                print('given back')
    """}, plan_of('failing'))
    assert process.process.wait(20) == 1
    assert "on_configure() from state 'unconfigured' failed: OSError('no microphone')" \
        in process.output
    assert process.output.count('Traceback') == 1
    assert process.output.count('given back') == 1


@pytest.mark.parametrize(('source', 'says'), [
    ('import nowhere_to_be_found\n', 'lost_node.py:1: cannot start: ModuleNotFoundError'),
    ('def broken(:\n', 'lost_node.py:1: cannot start: SyntaxError'),
    ('class OtherNode:\n    pass\n', "lost_node.py: no class 'LostNode'; rename it"),
    ('from nevil_nodes.node import NevilNode\nclass Lots(NevilNode):\n    pass\n',
     "no class 'LostNode'; it has Lots: rename it, or name it in creation.class_name"),
    ('class LostNode:\n    pass\n', 'LostNode is not derived from NevilNode'),
    ('from nevil_nodes.node import NevilNode\nclass LostNode(NevilNode):\n'
     '    def __init__(self):\n        self.x = 1\n',
     "LostNode.__init__ does not call super().__init__('lost')"),
    ('from nevil_nodes.node import NevilNode\nclass LostNode(NevilNode):\n'
     '    def __init__(self):\n        self.logger.info("x")\n',
     "LostNode has no 'logger' yet: its __init__ must first call super().__init__('node_name')"),
    ('from nevil_nodes.node import NevilNode\nclass LostNode(NevilNode):\n'
     '    def __init__(self):\n        super().__init__("found")\n',
     "super().__init__('found'): this process runs lost"),
    ('from nevil_nodes.node import NevilNode\nclass LostNode(NevilNode):\n'
     '    def __init__(self):\n        super().__init__("lost")\n        1 / 0\n',
     'lost_node.py:5: cannot start: ZeroDivisionError'),
])
def test_mistakes_of_the_author_are_named(run: Run, source: str, says: str) -> None:
    """Each with its file, once; what no restart cures with the exit code that allows none."""
    process = run({'lost': source}, plan_of('lost'))
    cured = 'ZeroDivisionError' in says or "has no 'logger' yet" in says
    assert process.process.wait(20) == (1 if cured else 78)
    assert says in process.output
    assert '[CRITICAL] [lost]' in process.output
    assert process.output.count('Traceback') <= 1
    assert 'importlib' not in process.output and 'loader.py' not in process.output


def test_missing_file_is_named(run: Run) -> None:
    """And the key that would name another."""
    process = run({}, plan_of('lost'))
    assert process.process.wait(20) == 78
    assert 'lost_node.py: there is no such file' in process.output
    assert 'creation.module_path' in process.output


def test_init_params_are_keyword_arguments(run: Run) -> None:
    """creation.init_params."""
    source = """
        from nevil_nodes.node import NevilNode

        class ParamsNode(NevilNode):
            def __init__(self, colour):
                super().__init__('params')
                print('colour', colour)
    """
    process = run({'params': source}, plan_of('params', init_params={'colour': 'red'}))
    process.wait_for('colour red')
    assert process.end() == 0
    process = run({'params': source}, plan_of('params', init_params={'size': 3}))
    assert process.process.wait(20) == 78
    assert 'creation.init_params of params disagree' in process.output


def test_parameters_of_the_command_line_win(run: Run) -> None:
    """--ros-args reach the node, also under the name of one of several."""
    process = run({'counter': V3_SOURCE.replace('self.executor = None', 'print(self.config)')},
                  plan_of('counter', publishes={'text': STRING}, configuration={'interval': 0.2}),
                  ros_args=('--ros-args', '-p', 'interval:=0.05'))
    process.wait_for("{'interval': 0.05}")
    assert process.end() == 0


def test_composed_nodes_share_a_process(run: Run, peer: Peer) -> None:
    """Each has its heartbeat, its main loop and its lines."""
    other = V3_SOURCE.replace('CounterNode', 'OtherNode').replace('"counter"', '"other"')
    process = run({'counter': V3_SOURCE, 'other': other},
                  plan_of('counter', **V3_PLAN), plan_of('other', **V3_PLAN))
    peer.until(lambda: {beat.node for beat in peer.beats} == {'/counter', '/other'}, 20)
    assert {beat.pid for beat in peer.beats} == {process.process.pid}
    peer.until(lambda: {beat.node for beat in peer.beats if beat.main_loop_count > 2}
               == {'/counter', '/other'})
    assert process.end() == 0
    assert process.output.count('Cleaned up after True') == 2
    assert '[INFO] [other] [other_node] Published' in process.output


def test_composed_process_fails_with_one_of_its_nodes(run: Run) -> None:
    """The others are ended in order, and the process is started again as a whole."""
    bad = V3_SOURCE.replace('CounterNode', 'OtherNode').replace('"counter"', '"other"').replace(
        'self.counter += 1', 'raise RuntimeError("no sensor")').replace(
        'self.counter = 0', 'self.counter = 0; self.error_pause_s = 0.0')
    process = run({'counter': V3_SOURCE, 'other': bad},
                  plan_of('counter', **V3_PLAN), plan_of('other', **V3_PLAN))
    assert process.process.wait(20) == 1
    assert process.output.count('Cleaned up after') == 2


def test_muted_process_says_inactive(run: Run, peer: Peer) -> None:
    """A muted node is ready when it is inactive."""
    process = run({'counter': V3_SOURCE}, plan_of('counter', status='muted', **V3_PLAN))
    peer.until(lambda: peer.beats, 20)
    assert {beat.lifecycle_state for beat in peer.beats} == {'inactive'}
    assert peer.beats[-1].main_loop_count == 0
    assert process.end() == 0


def test_wrong_command_line_is_2(capsys: pytest.CaptureFixture[str]) -> None:
    """And the usage is shown."""
    assert main([]) == 2
    assert main(['--nodes', 'x']) == 2
    assert main(['--node']) == 2
    assert 'usage: ' in capsys.readouterr().err
    assert main(['--help']) == 0


def test_unreadable_plan_is_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:
    """With the path and the reason."""
    path = tmp_path / 'plan.json'
    monkeypatch.setenv('NEVIL_PLAN', str(path))
    assert main(['--node', 'x']) == 1
    path.write_text('{')
    assert main(['--node', 'x']) == 1
    path.write_text('{"project": "p", "directory": "/", "nodes": [{"name": "y"}]}')
    assert main(['--node', 'x']) == 1
    errors = capsys.readouterr().err
    assert errors.count(str(path)) == 2
    assert "node 'x' is not in the plan, which has y" in errors


def test_ros_args_that_ros_refuses_are_2(run: Run) -> None:
    """A wrong command line, in ROS's words."""
    process = run({'counter': V3_SOURCE}, plan_of('counter', **V3_PLAN),
                  ros_args=('--ros-args', '-r'))
    assert process.process.wait(20) == 2
    assert '--ros-args: ' in process.output


def test_without_a_supervisor_the_files_are_read(run: Run, tmp_path: Path) -> None:
    """`python -m nevil_nodes.run` in a project is enough to try a node."""
    folder = tmp_path / 'robot'
    node = folder / 'nodes' / 'counter'
    node.mkdir(parents=True)
    (folder / '.nodes').write_text('version: "3.0"\n', encoding='utf-8')
    (node / '.messages').write_text(textwrap.dedent("""
        node_name: counter
        version: "1.0"
        publishes:
          - {topic: text, message_type: std_msgs/msg/String}
        subscribes:
          - {topic: text, message_type: std_msgs/msg/String, callback: on_text}
        configuration: {interval: 0.05}
    """), encoding='utf-8')
    (node / 'counter_node.py').write_text(textwrap.dedent(V3_SOURCE), encoding='utf-8')
    process = run({}, plan_of('counter', **V3_PLAN), NEVIL_PLAN='')
    assert process.process.wait(20) == 1 and 'there is no .nodes file here' in process.output
    process = run({}, plan_of('counter', **V3_PLAN), NEVIL_PLAN='', project=folder)
    process.wait_for('Received count 1 from counter, running')
    assert process.end() == 0


def test_what_is_gone_of_v3_says_where_it_went() -> None:
    """There is no message bus in the process any more; its message types are still named."""
    from nevil_framework.base_node import NodeStatus
    from nevil_framework.message_bus import Message
    from nevil_framework.message_bus import MessagePriority
    assert NodeStatus.RUNNING.value == 'running' and MessagePriority.HIGH
    assert isinstance(Message, type)
    with pytest.raises(ImportError, match='declare the topic in .messages'):
        from nevil_framework.message_bus import MessageBus  # noqa: F401


@pytest.mark.parametrize(('ending', 'code'), [('self.stop()', 0), ('sys.exit(5)', 5)])
@pytest.mark.parametrize('hanging', [
    'atexit.register(ctypes.PyDLL(None).sleep, 60)',
    'threading.Thread(target=time.sleep, args=(60,)).start()'], ids=['gil', 'thread'])
def test_what_hangs_after_the_end_does_not_change_the_exit_code(
    run: Run, ending: str, code: int, hanging: str,
) -> None:
    """A library that waits for ever, with the GIL, is no failure of a node that has cleaned up."""
    process = run({'done': f"""
        import atexit
        import ctypes
        import sys
        import threading
        import time
        from nevil_nodes.node import NevilNode

        class DoneNode(NevilNode):
            def __init__(self):
                super().__init__('done')
                {hanging}

            def main_loop(self):
                {ending}
    """}, plan_of('done', shutdown_timeout_s=1.0))
    assert process.process.wait(20) == code
    assert 'now finalized' in process.output
    assert '[ERROR] [done] [process] has not ended 1 s after cleanup()' in process.output
    assert 'Thread 0x' in process.output
