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

"""Probes by the real health node: every kind, well and not well; none waits for another."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
import http.server
from pathlib import Path
import socket
import threading
from typing import Any

import pytest

rclpy = pytest.importorskip('rclpy')
pytest.importorskip('nevil_msgs.msg')

from quality.waiting import wait_for  # noqa: E402, I100, I201
from stand_in import Process  # noqa: E402, I100, I201
from stand_in import Scene  # noqa: E402, I100, I201
from stand_in import unit_of  # noqa: E402, I100, I201

FAST = {'period_s': 0.4, 'timeout_s': 0.3}


def probe(kind: str, target: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a probe as the supervisor sends it."""
    return {'kind': kind, 'target': target, **FAST, **more}


def topic(name: str, *, min_hz: float | None = None,
          max_age_s: float | None = None) -> dict[str, Any]:
    """Return the target of a probe of a topic."""
    return {'name': name, 'min_hz': min_hz, 'max_age_s': max_age_s}


def reading(stage: Scene, role: str, node: str = 'a') -> dict[str, Any]:
    """Return what a probe of a node came to, as last sent."""
    for one in stage.server.sample(node).get('probes', ()):
        if one['role'] == role:
            return dict(one)
    return {}


def expect(stage: Scene, process: Process, probes: dict[str, Any], **more: Any) -> None:
    """Expect node a, an executable, with these probes."""
    stage.server.expect(unit_of(process, 'a', kind='executable', probes={'a': probes}, **more),
                        interval_s=0.5, logs=str(stage.folder))


def program(stage: Scene, text: str = 'sleep 100') -> Process:
    """Start a program that is no node."""
    return stage.start(['/bin/sh', '-c', text], 'other')


@contextmanager
def page(status: int) -> Iterator[int]:
    """Serve a page with a status; return the port."""
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # noqa: N802 - the name that the library calls
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.parametrize(('kind', 'target'), [
    ('parameters', {'node': 'a'}), ('lifecycle', {'node': 'a', 'state': 'active'}),
    ('service', {'name': '~/get_state'}), ('topic', topic('/nevil/heartbeat', max_age_s=0.5)),
    ('topic', topic('/nevil/heartbeat', min_hz=5))])
def test_a_node_that_hangs_fails_each_probe_over_ros(
        stage: Scene, kind: str, target: dict[str, Any]) -> None:
    """It answers and publishes through its own executor, so its silence proves that it hangs."""
    victim = stage.victim('a')
    expect(stage, victim, {'liveness': probe(kind, target)})
    wait_for(lambda: reading(stage, 'liveness').get('successes', 0) > 0)
    victim.tell('hang')
    wait_for(lambda: reading(stage, 'liveness')['failures'] >= 2)
    victim.tell('go on')
    wait_for(lambda: reading(stage, 'liveness')['successes'] > 0)


def test_readiness_decides_when_an_executable_is_ready(stage: Scene) -> None:
    """Neither its node nor two seconds do, once it says what does."""
    flag = stage.folder / 'flag'
    victim = stage.victim('a')
    expect(stage, victim, {'readiness': probe('exec', {'argv': ['test', '-e', str(flag)]})})
    wait_for(lambda: reading(stage, 'readiness').get('failures', 0) > 10)
    assert stage.server.readings('ready') == []
    assert reading(stage, 'readiness')['text'] == f'exec test -e {flag}: exit 1'
    flag.touch()
    wait_for(lambda: stage.server.readings('ready') == [('ready', 'a', 1)])


def test_readiness_decides_for_a_node_with_heartbeats_too(stage: Scene) -> None:
    """It beats and is active, and others still wait for what its probe waits for."""
    flag = stage.folder / 'flag'
    victim = stage.victim('a')
    stage.server.expect(unit_of(victim, 'a', probes={
        'a': {'readiness': probe('exec', {'argv': ['test', '-e', str(flag)]})}}), interval_s=0.5)
    wait_for(lambda: stage.server.sample('a').get('lifecycle_state') == 'active')
    wait_for(lambda: reading(stage, 'readiness').get('failures', 0) > 10)
    assert stage.server.readings('ready') == []
    flag.touch()
    wait_for(lambda: stage.server.readings('ready') == [('ready', 'a', 1)])


def test_startup_comes_before_the_others(stage: Scene) -> None:
    """As kubelet has it: they are not tried before it has succeeded."""
    flag, tried = stage.folder / 'flag', stage.folder / 'tried'
    expect(stage, program(stage), {
        'startup': probe('exec', {'argv': ['test', '-e', str(flag)]}),
        'readiness': probe('exec', {'argv': ['touch', str(tried)]})})
    wait_for(lambda: reading(stage, 'startup').get('failures', 0) > 5)
    assert not tried.exists() and stage.server.readings('ready') == []
    flag.touch()
    wait_for(lambda: stage.server.readings('ready') == [('ready', 'a', 1)])
    assert tried.exists()


def test_by_default_an_executable_is_ready_when_its_node_answers(stage: Scene) -> None:
    """However long its start takes; a program without a node is ready after a while."""
    implied = probe('parameters', {'node': 'a'}, implied=True)
    slow = stage.start(['/bin/sh', '-c', 'read line; exec "$@"', 'sh', *stage.victim_argv('a')],
                       'slow')
    expect(stage, slow, {'readiness': implied, 'liveness': implied})
    samples = len(stage.server.samples())
    wait_for(lambda: len(stage.server.samples()) >= samples + 8)  # 4 s
    assert stage.server.readings('ready') == []
    slow.tell('go')
    wait_for(lambda: stage.server.readings('ready') == [('ready', 'a', 1)])
    wait_for(lambda: reading(stage, 'liveness')['successes'] > 0)


def test_a_program_without_a_node_is_not_blamed_for_what_nobody_asked(stage: Scene) -> None:
    """It is ready in the end, and has no liveness."""
    implied = probe('parameters', {'node': 'a'}, implied=True)
    expect(stage, program(stage), {'readiness': implied, 'liveness': implied})
    wait_for(lambda: stage.server.readings('ready'))
    samples = len(stage.server.samples())
    wait_for(lambda: len(stage.server.samples()) >= samples + 4)
    assert reading(stage, 'liveness')['failures'] == 0


def test_a_port_is_open_or_not(stage: Scene) -> None:
    """The connection alone counts."""
    with socket.create_server(('127.0.0.1', 0)) as server:
        port = server.getsockname()[1]
        expect(stage, program(stage), {
            'liveness': probe('tcp', {'host': '127.0.0.1', 'port': port})})
        wait_for(lambda: reading(stage, 'liveness').get('successes', 0) > 0)
    wait_for(lambda: reading(stage, 'liveness')['failures'] >= 2)
    assert reading(stage, 'liveness')['text'].startswith(f'tcp 127.0.0.1:{port}: ')


@pytest.mark.parametrize(('status', 'well'), [(200, True), (302, True), (404, False),
                                              (503, False)])
def test_a_page_answers_with_a_status(stage: Scene, status: int, well: bool) -> None:
    """From 200 to 399 is well, as for kubelet."""
    with page(status) as port:
        url = f'http://127.0.0.1:{port}/health'
        expect(stage, program(stage), {'liveness': probe('http', {'url': url})})
        found = wait_for(lambda: (one := reading(stage, 'liveness')) and (
            one['successes'] or one['failures']) and one)
        assert bool(found['successes']) is well
        assert found['text'] == ('' if well else f'http {url}: status {status}')


def test_a_line_of_the_log_makes_it_ready(stage: Scene) -> None:
    """Only one that this process has written: the log has those of the runs before."""
    log = stage.folder / 'a.log'
    head = '[2026-01-01 00:00:00.000000+00:00] [INFO] [a] [stdout]'
    log.write_text(f'{head} server listens\n')
    expect(stage, program(stage), {'readiness': probe('log', {'pattern': '^server li.tens$'})})
    wait_for(lambda: reading(stage, 'readiness').get('failures', 0) > 5)
    assert stage.server.readings('ready') == []
    with log.open('a') as file:
        file.write(f'{head.replace("2026", "2999")} server listens\n')
    wait_for(lambda: stage.server.readings('ready') == [('ready', 'a', 1)])


def test_what_hangs_holds_up_no_other_probe(stage: Scene) -> None:
    """A program that never ends, a port that never answers: each fails alone, and is cleared."""
    marks = [stage.folder / name for name in ('one', 'two')]
    with socket.create_server(('127.0.0.1', 0), backlog=1) as server:
        port = server.getsockname()[1]
        expect(stage, program(stage), {
            'readiness': probe('exec', {'argv': ['touch', str(marks[0])]}),
            'liveness': probe('exec', {'argv': [
                '/bin/sh', '-c', f'touch {marks[1]}; sleep 1000']})})
        wait_for(lambda: reading(stage, 'liveness').get('failures', 0) >= 2)
        text = reading(stage, 'liveness')['text']
        assert text.endswith('no answer within 0.3 s')
        other = stage.start(['/bin/sleep', '100'], 'b')
        stage.server.expect(
            unit_of(other, 'b', kind='executable', probes={'b': {
                'readiness': probe('http', {'url': f'http://127.0.0.1:{port}/'})}}),
            interval_s=0.5)
        wait_for(lambda: reading(stage, 'readiness', 'b').get('failures', 0) > 2)
    wait_for(lambda: not _running(f'touch {marks[1]}'))


def test_a_probe_that_cannot_be_tried_fails_with_the_reason(stage: Scene) -> None:
    """It does not end the health node, nor the other probes."""
    victim = stage.victim('a')
    expect(stage, victim, {
        'readiness': probe('service', {'name': '/no such name'}),
        'liveness': probe('parameters', {'node': 'a'})})
    wait_for(lambda: reading(stage, 'readiness').get('failures', 0) >= 2)
    expect(stage, victim, {'liveness': probe('exec', {'argv': ['/no/such/program']})},
           generation=2)
    wait_for(lambda: reading(stage, 'liveness').get('failures', 0) >= 2)
    assert reading(stage, 'liveness')['text'] == (
        'exec /no/such/program: /no/such/program cannot be run: No such file or directory')


def test_an_inactive_node_owes_no_messages(stage: Scene) -> None:
    """Muted, it publishes nothing, as it should."""
    victim = stage.victim('a', 1, '--bring-up', 'none')
    victim.tell('silent')
    expect(stage, victim, {'liveness': probe('topic', topic('/nothing', max_age_s=0.3))},
           muted=True)
    wait_for(lambda: stage.server.readings('ready'))
    samples = len(stage.server.samples())
    wait_for(lambda: len(stage.server.samples()) >= samples + 4)
    assert reading(stage, 'liveness')['failures'] == 0


def _running(words: str) -> bool:
    """Return whether a process with these words in its command line is there."""
    for file in Path('/proc').glob('[0-9]*/cmdline'):
        try:
            if words.encode() in file.read_bytes().replace(b'\0', b' '):
                return True
        except OSError:
            continue
    return False
