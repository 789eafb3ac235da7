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

"""The page for Prometheus, and how it is served."""

from __future__ import annotations

from collections.abc import Iterator
import http.client
import math
import re
import socket
import time
from typing import Any
import urllib.error
import urllib.request

from hypothesis import given
from hypothesis import strategies as st
from nevil_health.control.fields import build
from nevil_health.control.monitor import PublishHealth
from nevil_health.monitor.outputs.http import PageServer
from nevil_health.monitor.outputs.metrics import CONTENT_TYPE
from nevil_health.monitor.outputs.metrics import render
from nevil_health.monitor.outputs.metrics import Snapshot
from nevil_health.signals.observations import CheckResult
from nevil_health.signals.observations import Counters
from nevil_health.signals.observations import NodeSample
from nevil_health.signals.observations import SystemSample
import pytest

_SAMPLE = NodeSample(
    generation=1, cpu_percent=12.5, memory_mb=2.0, threads=3, fds=4, fds_limit=1024,
    beat_age_s=0.25, counters=Counters(received=7, errors=1, beats=9, lost_beats=2),
    check=CheckResult(passed=False, failures=1, duration_s=0.5))
_HEALTH: dict[str, Any] = {
    'nodes': [{'node': 'a', 'level': 'degraded', 'state': 'ready', 'pid': 10, 'restarts': 2,
               'uptime': None}],
    'system': {'level': 'degraded'}, 'counters': {'dropped_events': 3, 'Not A Name': 1},
    'alerts': [{'state': 'firing', 'signal': 'cpu', 'severity': 'warning'},
               {'state': 'resolved', 'signal': 'cpu', 'severity': 'warning'}]}


def health_of(**changes: Any) -> PublishHealth:
    """Return what the supervisor says."""
    return build(PublishHealth, {**_HEALTH, **changes})


_LINE = re.compile(r'([a-z_0-9]+)(\{(?:[a-z]+="(?:[^"\\\n]|\\[\\"n])*",?)*\})? (\S+)')


def lines_of(page: str) -> Iterator[tuple[str, str, float]]:
    """Yield name, labels and value of each sample; the rest must be comments."""
    for line in page.split('\n'):
        if line and not line.startswith('# '):
            match = _LINE.fullmatch(line)
            assert match is not None, line
            yield match[1], match[2] or '', float(match[3])


def test_known_numbers_are_on_the_page_in_base_units() -> None:
    """Seconds, bytes and ratios, as Prometheus wants them."""
    values = {(name, labels): value for name, labels, value in lines_of(
        render(Snapshot(nodes={'a': _SAMPLE}, health=health_of(),
                        system=SystemSample(malformed=5))))}
    node = '{node="a"}'
    assert values['nevil_node_up', node] == 1
    assert values['nevil_node_cpu_ratio', node] == 0.125
    assert values['nevil_node_memory_bytes', node] == 2 * 2**20
    assert values['nevil_node_heartbeat_age_seconds', node] == 0.25
    assert values['nevil_node_heartbeat_gaps_total', node] == 2
    assert values['nevil_node_check_success', node] == 0
    assert values['nevil_node_restarts_total', node] == 2
    assert values['nevil_alerts_firing', '{rule="cpu",severity="warning"}'] == 1
    assert values['nevil_system_state', '{state="degraded"}'] == 1
    assert values['nevil_monitor_dropped_total', '{what="malformed"}'] == 5
    assert values['nevil_dropped_events_total', ''] == 3


def test_what_is_not_known_is_not_there() -> None:
    """A missing number is none; it is never 0."""
    names = {name for name, _, _ in lines_of(render(Snapshot(nodes={
        'a': NodeSample(generation=1)})))}
    assert not names & {'nevil_node_cpu_ratio', 'nevil_node_heartbeats_total',
                        'nevil_node_check_success', 'nevil_system_state', 'nevil_node_up'}


def test_every_family_says_what_it_is() -> None:
    """HELP and TYPE come before the samples, once."""
    lines = render(Snapshot(nodes={'a': _SAMPLE}, health=health_of())).split('\n')
    names = [line.split()[2] for line in lines if line.startswith('# TYPE')]
    assert len(names) == len(set(names))
    assert names == [line.split()[2] for line in lines if line.startswith('# HELP')]
    assert {name for name, _, _ in lines_of('\n'.join(lines))} == set(names)


@given(st.text(max_size=20), st.floats())
def test_no_name_and_no_number_breaks_the_page(name: str, value: float) -> None:
    """What is shown comes from outside."""
    page = render(Snapshot(nodes={name: NodeSample(generation=1, beat_age_s=value)},
                           health=health_of(nodes=[{'node': name, 'state': name}])))
    shown = [one for line, _, one in lines_of(page)
             if line == 'nevil_node_heartbeat_age_seconds']
    assert shown == [value] or math.isnan(shown[0]) and math.isnan(value)


def test_the_parser_of_prometheus_reads_it() -> None:
    """The real one, names with everything that must be escaped."""
    parser = pytest.importorskip('prometheus_client.parser')
    name = 'a"b\\c\nd'
    page = render(Snapshot(
        nodes={name: _SAMPLE, 'b': NodeSample(generation=1, beat_age_s=math.inf)},
        health=health_of()))
    families = {family.name: family for family in parser.text_string_to_metric_families(page)}
    assert families['nevil_node_heartbeats'].type == 'counter'
    assert families['nevil_node_cpu_ratio'].samples[0].labels == {'node': name}
    ages = {one.labels['node']: one.value
            for one in families['nevil_node_heartbeat_age_seconds'].samples}
    assert ages == {name: 0.25, 'b': math.inf}
    assert sum(len(family.samples) for family in families.values()) == len(
        list(lines_of(page)))


@pytest.fixture
def server() -> Iterator[PageServer]:
    """Return a server of a page of 8 MB on a free port."""
    one = PageServer('127.0.0.1', 0, CONTENT_TYPE, lambda: 'x 1\n' * (2 << 20))
    yield one
    one.close()


def test_the_page_is_served_on_its_path_only(server: PageServer) -> None:
    """Nothing else of this machine is."""
    base = f'http://127.0.0.1:{server.port}'
    with urllib.request.urlopen(f'{base}/metrics', timeout=10) as answer:
        assert answer.headers['Content-Type'] == CONTENT_TYPE
        assert len(answer.read()) == 8 << 20
    for path in ('/', '/../etc/passwd'):
        with pytest.raises(urllib.error.HTTPError, match='404'):
            urllib.request.urlopen(base + path, timeout=10)


def test_who_says_nothing_or_reads_nothing_does_not_stop_the_others(server: PageServer) -> None:
    """Each connection has an end; who waits is served then."""
    with socket.create_connection(('127.0.0.1', server.port)), \
            socket.create_connection(('127.0.0.1', server.port)) as deaf:
        deaf.sendall(b'GET /metrics HTTP/1.0\r\n\r\n')
        began = time.monotonic()
        connection = http.client.HTTPConnection('127.0.0.1', server.port, timeout=20)
        connection.request('GET', '/metrics')
        assert connection.getresponse().status == 200
        assert time.monotonic() - began < 10
        connection.close()


def test_many_that_connect_and_say_nothing_hold_up_nobody(
    monkeypatch: pytest.MonkeyPatch, server: PageServer,
) -> None:
    """However long each of them may last: the page is served beside them."""
    monkeypatch.setattr('nevil_health.monitor.outputs.http._REQUEST_S', 600.0)
    silent = [socket.create_connection(('127.0.0.1', server.port)) for _ in range(60)]
    try:
        for _ in range(3):
            connection = http.client.HTTPConnection('127.0.0.1', server.port, timeout=60)
            connection.request('GET', '/metrics')
            assert connection.getresponse().status == 200
            connection.close()
        silent[0].settimeout(60)
        assert silent[0].recv(1) == b'', 'the oldest has made room'
        assert len(server._server._open) <= 32
    finally:
        for one in silent:
            one.close()


def test_a_port_that_is_taken_is_an_error_with_a_reason(server: PageServer) -> None:
    """The caller says it; nobody guesses."""
    with pytest.raises(OSError, match='in use'):
        PageServer('127.0.0.1', server.port, CONTENT_TYPE, str)
