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

"""Rows of what a node uses, and of how it performs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from row import row
from stage import SCALED
from stage import Stage
from stage import VICTIM


def _nodes(**keys: Any) -> dict[str, dict[str, Any]]:
    return {VICTIM: keys}


# On a busy machine nobody gets a whole core.
_BUSY = _nodes(resources={'max_cpu_percent': 25})
_EVERY_5_S = SCALED.replace('health_check_interval: 0.5', 'health_check_interval: 5.0')


@row('37', 'CPU of a core used up by a thread', signal='cpu', restarts=0, within_s=2.6,
     nodes=_BUSY)
def busy_thread(stage: Stage) -> None:
    """Be over the limit for three samples."""
    stage.order('loop')


@row('37b', 'the same, defaults: fired once, resolved once', signal='cpu', restarts=0,
     within_s=21.0, control_s=15.0, root=_EVERY_5_S, nodes=_BUSY)
def busy_for_a_while(stage: Stage) -> Iterator[None]:
    """One incident from its beginning to its end, whatever the samples between say."""
    stage.order('burn', seconds=40)
    yield
    over = stage.watch.wait(
        lambda event: event['event'] == 'alert' and event['alert']['node'] == VICTIM
        and event['kind'] == 'resolved', 120, stage.injected_at)
    assert over is not None, 'not resolved'


@row('38', 'CPU spikes of a second', signal='', alerts=0, restarts=0, within_s=60.0,
     root=_EVERY_5_S, nodes=_BUSY)
def spikes(stage: Stage) -> None:
    """Work comes in bursts."""
    stage.order('spikes', on_s=1.0, off_s=9.0)
    stage.watch.wait(lambda event: False, 60.0)


@row('40', 'memory over its limit', signal='memory', restarts=0, within_s=2.6, quick=True,
     nodes=_nodes(resources={'max_memory_mb': 150}))
def big(stage: Stage) -> None:
    """Told; a restart would have to be asked for."""
    stage.order('allocate', mb=200)


@row('40b', 'memory over its limit, restart asked for', signal='memory', within_s=2.6,
     nodes=_nodes(resources={'max_memory_mb': 150, 'on_exceeded': 'restart'}))
def big_and_restarted(stage: Stage) -> None:
    """Asked for with resources.on_exceeded."""
    stage.order('allocate', mb=200)


@row('41', 'memory leak of 1 MB/s', signal='memory_trend', restarts=0, within_s=60.0,
     control_s=15.0, nodes=_nodes(resources={'max_memory_mb': 300}))
def leak(stage: Stage) -> None:
    """Told a minute at least before the limit is reached."""
    stage.order('leak', mb_per_s=1.0)


@row('43', 'file descriptor leak', signal='fds_trend', restarts=0, within_s=60.0, control_s=15.0,
     nodes=_nodes(resources={'max_file_descriptors': 500}))
def file_leak(stage: Stage) -> None:
    """Told before the limit is reached."""
    stage.order('leak_files', per_s=2.0, most=120)


@row('43b', 'file descriptors over the limit', signal='fds', restarts=0, within_s=3.6,
     nodes=_nodes(resources={'max_file_descriptors': 100}))
def many_files(stage: Stage) -> None:
    """Told as it is reached."""
    stage.order('leak_files', per_s=500.0, most=200)


@row('44', 'thread leak', signal='threads_trend', restarts=0, within_s=60.0, control_s=15.0,
     nodes=_nodes(resources={'max_threads': 200}))
def thread_leak(stage: Stage) -> None:
    """Told before the limit is reached."""
    stage.order('leak_threads', per_s=1.0, most=60)


@row('44b', 'threads over the limit', signal='threads', restarts=0, within_s=3.6,
     nodes=_nodes(resources={'max_threads': 60}))
def many_threads(stage: Stage) -> None:
    """Told as it is reached."""
    stage.order('leak_threads', per_s=200.0, most=100)


@row('45', 'a child burns the CPU', signal='cpu', restarts=0, within_s=2.6, quick=True,
     nodes=_BUSY)
def busy_child(stage: Stage) -> None:
    """Count what a node starts as its own."""
    stage.order('burn')


@row('46', 'errors of every fifth message', signal='error_rate', restarts=0, within_s=5.0,
     quick=True)
def errors(stage: Stage) -> None:
    """One in ten is tolerated."""
    stage.order('set', errors=0.35)


@row('46b', 'errors of 8 % of the messages', signal='', alerts=0, restarts=0, within_s=20.0)
def few_errors(stage: Stage) -> None:
    """Below the threshold there is silence."""
    stage.order('set', errors=0.15)
    stage.watch.wait(lambda event: False, 20.0)


@row('47', 'too few messages', signal='throughput', restarts=0, within_s=4.0,
     nodes=_nodes(monitoring={'thresholds': {'min_messages_per_s': 5.0}}))
def quiet(stage: Stage) -> None:
    """Beat, turn the main loop, and let nothing come out of it."""
    stage.order('set', quiet=True)


@row('48', 'slow callbacks', signal='response_time', restarts=0, within_s=5.0,
     nodes=_nodes(monitoring={'thresholds': {'max_response_time_ms': 50}}))
def slow(stage: Stage) -> None:
    """Go by the 95th percentile."""
    stage.order('set', callback_s=0.09)


_CHECK = {'enabled': True, 'method': 'check', 'interval': 0.5, 'timeout': 1.0,
          'failure_threshold': 3}


@row('49', 'health check says no', signal='health_check', within_s=3.5, quick=True,
     nodes=_nodes(health_check=_CHECK))
def unwell(stage: Stage) -> None:
    """Three times in a row."""
    stage.order('set', check_result=False)


@row('49b', 'health check says no, alert asked for', signal='health_check', within_s=3.5,
     restarts=0, nodes=_nodes(health_check={**_CHECK, 'on_failure': 'alert'}))
def unwell_and_left_alone(stage: Stage) -> None:
    """Asked for with health_check.on_failure."""
    stage.order('set', check_result=False)


@row('50', 'health check raises', signal='health_check', within_s=3.5, cause='made by the test',
     nodes=_nodes(health_check=_CHECK))
def check_raises(stage: Stage) -> None:
    """Give what it raised as the reason."""
    stage.order('set', check_result='raise')


@row('50b', 'health check returns None', signal='health_check', within_s=3.5, cause='None',
     nodes=_nodes(health_check=_CHECK))
def check_without_answer(stage: Stage) -> None:
    """Take a forgotten return for no yes."""
    stage.order('set', check_result=None)


@row('50c', 'health check hangs', signal='health_check', within_s=6.0, quick=True,
     nodes=_nodes(health_check=_CHECK))
def check_hangs(stage: Stage) -> None:
    """Let the node work on meanwhile."""
    stage.order('set', check_delay_s=600)
