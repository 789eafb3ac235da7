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

"""Whatever comes in, in whatever order: the evaluation does not raise, and does not contradict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
import sys
from typing import Any

from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from nevil_health.signals import CheckResult
from nevil_health.signals import Counters
from nevil_health.signals import Evaluation
from nevil_health.signals import NODE_SIGNALS
from nevil_health.signals import NodeHealth
from nevil_health.signals import NodeRules
from nevil_health.signals import NodeSample
from nevil_health.signals import SYSTEM_SIGNALS
from nevil_health.signals import SystemRules
from nevil_health.signals import SystemSample
from nevil_health.signals.hysteresis import RANK
from signals_history import Robot
from signals_history import WELL

STATES = ['disabled', 'waiting', 'starting', 'ready', 'paused', 'unhealthy', 'backoff',
          'stopping', 'stopped', 'completed', 'failed', 'ready', 'ready', '', 'unheard of']
OUT = ('stopping', 'stopped', 'disabled', 'completed')
NAMES = ('a', 'b', 'c', 'd')
RULES = {
    'a': NodeRules(name='a', criticality='critical', max_memory_mb=100.0, max_threads=9),
    'b': NodeRules(name='b', requires=('a',), min_messages_per_s=1.0,
                   restart_on=frozenset({'cpu', 'memory', 'lifecycle', 'progress'})),
    'c': NodeRules(name='c', requires=('b', 'a')),
    'd': NodeRules(name='d', criticality='optional', max_cpu_percent=None),
}

GARBAGE = st.one_of(
    st.none(), st.booleans(), st.integers(-10, 10), st.integers(), st.floats(),
    st.sampled_from([float('nan'), float('inf'), -1.0, '95', '', 'active', 'Z', b'x', (), {},
                     10 ** 400, object()]),
    st.text(max_size=3), st.lists(st.integers(), max_size=2))


def sample_of(values: st.SearchStrategy[Any]) -> st.SearchStrategy[NodeSample]:
    """Return samples of which any field may be any of these values."""
    known = {field.name: st.one_of(st.just(WELL.get(field.name)), values)
             for field in fields(NodeSample) if field.name not in ('generation', 'counters',
                                                                   'check')}
    return st.builds(
        NodeSample, generation=st.one_of(st.integers(0, 3), values),
        counters=st.one_of(st.builds(
            Counters, received=values, errors=values, beats=values), values),
        check=st.one_of(st.builds(CheckResult, passed=values, failures=values, text=values),
                        values), **known)


@settings(max_examples=300)
@given(st.lists(sample_of(GARBAGE), max_size=12), st.sampled_from(STATES))
def test_garbage_never_raises_and_is_never_a_number(samples: list[NodeSample], state: str) -> None:
    """The seed's defect: one bad value stopped every check. Unknown is not 0 either."""
    evaluation = Evaluation(SystemRules(nodes=RULES))
    for name in NAMES:
        evaluation.unit_state(name, state, 'x', 0.0, generation=1)
    for index, sample in enumerate(samples):
        for name in NAMES:
            evaluation.sample(name, sample, 5.0 * index)
    for name in NAMES:
        for metric in evaluation.history(name).values():
            assert 0.0 <= metric.min <= metric.average <= metric.max < 1e20
        evaluation.node(name, 99.0)
    evaluation.system(99.0)
    evaluation.advance(1e6)


@given(st.lists(st.builds(SystemSample, **{
    field.name: GARBAGE for field in fields(SystemSample)}), max_size=10))
def test_garbage_about_the_machine_never_raises(samples: list[SystemSample]) -> None:
    """The same for the system's own sample."""
    evaluation = Evaluation(SystemRules(nodes=RULES))
    for index, sample in enumerate(samples):
        evaluation.system_sample(sample, 5.0 * index)
    evaluation.system(99.0)


EVENTS = st.lists(st.tuples(
    st.sampled_from([0.0, 0.3, 1.0, 5.0, 5.0, 5.0, 20.0]), st.sampled_from(NAMES),
    st.one_of(
        st.tuples(st.just('state'), st.sampled_from(STATES), st.booleans()),
        st.tuples(st.just('sample'), sample_of(st.sampled_from(
            [0, 1, 2.0, 50.0, 99.0, 400.0, None, 'inactive', 'T', 'Z', True]))),
        st.tuples(st.just('exited'), st.booleans()), st.tuples(st.just('late')),
        st.tuples(st.just('back')), st.tuples(st.just('blame'), st.sampled_from(['', *NAMES])),
        st.tuples(st.just('monitor'), st.booleans()), st.tuples(st.just('network'), st.booleans()),
        st.tuples(st.just('system'), st.sampled_from([10.0, 99.0])))), max_size=60)


def happen(evaluation: Evaluation, generation: dict[str, int], at: float, name: str,
           event: Any) -> list[Any]:
    """Let one of the events happen."""
    match event:
        case ('state', state, planned):
            generation[name] += state == 'starting'
            return evaluation.unit_state(
                name, state, 'why', at, generation=generation[name], planned=planned)
        case ('sample', sample):
            return evaluation.sample(name, sample, at)
        case ('exited', failed):
            return evaluation.exited(
                name, 'gone', at, generation=generation[name], failed=failed)
        case ('late', ):
            return evaluation.late(name, 30.0, at, generation=generation[name])
        case ('back', ):
            return evaluation.back(name, at, generation=generation[name])
        case ('blame', root):
            return evaluation.blame(name, root, at)
        case ('monitor', attached):
            return evaluation.monitor(attached, at)
        case ('network', silent):
            return evaluation.network(silent, at)
        case ('system', cpu):
            return evaluation.system_sample(SystemSample(cpu_percent=cpu), at)
    raise AssertionError(event)


def naive_system(evaluation: Evaluation, planned: dict[str, bool]) -> str:
    """Return the system's level by its snapshots, the slow way; '' where it depends on blame."""
    nodes = evaluation.nodes(0.0)
    ended = [name for name, one in nodes.items() if one.state in OUT and one.state != 'stopping']
    unclear = [name for name, one in nodes.items() if name not in ended and planned[name]
               and one.level != 'unhealthy' and one.state not in ('', 'ready', 'starting')]
    sure = [one for name, one in nodes.items() if name not in (*ended, *unclear)]
    bad = [one.criticality for one in sure if one.level == 'unhealthy']
    if bad and any(one.criticality == 'critical' and one.state in ('paused', 'waiting')
                   for one in sure):
        return ''  # unhealthy if it is paused for one of those
    count = [one.criticality for one in sure].count('important')
    most = count + [nodes[name].criticality for name in unclear].count('important')
    if 'critical' in bad or bad.count('important') > most / 2:
        return 'unhealthy'
    if unclear and (bad.count('important') > count / 2 or not bad):
        return ''
    ready = [one for one in sure if one.level == 'healthy' and one.state == 'ready']
    signals = evaluation.system(0.0).signals.values()
    if any(RANK[one.level] > 0 for one in signals) or len(ready) < len(sure) or not sure:
        return 'degraded'
    return 'healthy'


def check_nodes(nodes: Mapping[str, NodeHealth], told: Mapping[tuple[str, str], str]) -> None:
    """Check: a node is as bad as the worst of its signals, and was told to be."""
    for node, health in nodes.items():
        worst = max((RANK[one.level] for one in health.signals.values()), default=-1)
        assert RANK[health.level] == worst or RANK[health.level] <= 0 >= worst
        assert told.get((node, ''), 'unknown') == health.level
        assert health.cause or health.level == 'healthy'
        for signal, view in health.signals.items():
            known = told.get((node, signal), 'unknown')
            assert known == view.level or {known, view.level} == {'unknown', 'healthy'}
        if health.state in ('failed', 'backoff', 'unhealthy'):
            assert health.level == 'unhealthy'
        if health.state in OUT:
            assert health.level == 'unknown'


@settings(max_examples=300, deadline=None)
@given(EVENTS)
def test_any_history_is_consistent(events: list[Any]) -> None:
    """
    Any history of events keeps the promises.

    Each change changes a level, from the one told before; the node is as bad as the worst of
    its signals; the system is what a naive model says; unhealthy has a cause.
    """
    evaluation = Evaluation(SystemRules(nodes=RULES))
    generation, planned = dict.fromkeys(NAMES, 0), dict.fromkeys(NAMES, False)
    told: dict[tuple[str, str], str] = {('', ''): 'degraded'}
    at, count = 0.0, 0
    for step, name, event in events:
        at += step
        due = evaluation.next_deadline()
        said = evaluation.advance(at)
        assert not said or (due is not None and due <= at)
        said = said + happen(evaluation, generation, at, name, event)
        if event[0] == 'state':
            planned[name] = event[2]
        for one in said:
            count += 1
            assert one.sequence == count
            assert one.old != one.new or (one.signal, one.new) == ('process', 'unhealthy')
            assert one.signal in (*NODE_SIGNALS, '') if one.node else (*SYSTEM_SIGNALS, '')
            before = told.get((one.node, one.signal), 'unknown')
            assert one.old == before or {one.old, before} == {'unknown', 'healthy'}
            assert one.cause
            told[one.node, one.signal] = one.new
        check_nodes(evaluation.nodes(at), told)
        system = evaluation.system(at)
        assert told['', ''] == system.level
        assert naive_system(evaluation, planned) in (system.level, '')
        assert bool(system.causes) == (system.level != 'healthy')


@settings(max_examples=30, deadline=None)
@given(looks=st.integers(1, 150), cpu=st.floats(0, 80), memory=st.floats(0, 3000),
       wave=st.floats(0, 1))
def test_a_clean_run_says_nothing(looks: int, cpu: float, memory: float, wave: float) -> None:
    """However long a robot works well, there is no change from healthy: no false alarm."""
    robot = Robot(*RULES.values()).start().well(1)
    del robot.said[:]
    for index in range(looks):
        robot.at += 5.0
        for name in NAMES:
            robot.see(name, cpu_percent=cpu, threads=8 + index % 2, fds=20 + index % 7,
                      memory_mb=min(memory, 80.0) + wave * (index % 5),
                      counters=Counters(received=50 * index, errors=index // 2, beats=5 * index))
    assert robot.said == []


def test_memory_is_bounded() -> None:
    """Names that nobody declared leave nothing behind, and a long run no more than a short one."""
    robot = Robot().start()

    def weigh(thing: object, seen: set[int]) -> int:
        if id(thing) in seen or isinstance(thing, type):
            return 0
        seen.add(id(thing))
        inner: list[object] = []
        if isinstance(thing, dict):
            inner += [*thing.keys(), *thing.values()]
        elif hasattr(thing, '__iter__') and not isinstance(thing, (str, bytes)):
            inner += list(thing)
        for kind in type(thing).__mro__:
            for slot in getattr(kind, '__slots__', ()):
                inner.append(getattr(thing, slot, None))
        inner += vars(thing).values() if hasattr(thing, '__dict__') else ()
        return sys.getsizeof(thing) + sum(weigh(part, seen) for part in inner)

    def run(looks: int) -> int:
        for index in range(looks):
            robot.look(cpu_percent=96.0 if index % 20 < 8 else 5.0,
                       counters=Counters(received=index, errors=index // 9))
            if index % 10 == 0:
                robot.exit()
                robot.state('camera', 'backoff')
                robot.start()
            for bogus in range(5):
                name = f'bogus{index}.{bogus}'
                robot.evaluation.sample(name, NodeSample(generation=1), robot.at)
                robot.evaluation.unit_state(name, 'ready', '', robot.at)
                robot.evaluation.late(name, 1.0, robot.at, generation=1)
                robot.evaluation.exited(name, '', robot.at, generation=1, failed=True)
                robot.evaluation.blame(name, 'camera', robot.at)
        return weigh(robot.evaluation, set())

    first = run(1000)
    assert run(3000) < 1.05 * first
    assert first < 300_000
