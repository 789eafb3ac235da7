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

"""The limits of a node in numbers: resources, their growth, its performance."""

from __future__ import annotations

from math import inf

from nevil_health.signals.history import History
from nevil_health.signals.hysteresis import Finding
from nevil_health.signals.hysteresis import Words
from nevil_health.signals.observations import NodeRules
from nevil_health.signals.rates import Rates
from nevil_health.signals.reading import Look
from nevil_health.signals.trend import forecast
from nevil_health.signals.trend import HORIZON_S
from nevil_health.signals.views import Level

__all__ = ['LIMIT_WORDS', 'MEMORY_CLEAR', 'over', 'PERCENT_CLEAR', 'performance', 'resources']

PERCENT_CLEAR = 0.875       # 70 % for 80 %
MEMORY_CLEAR = 80 / 85
ERROR_CLEAR = 0.5
RESPONSE_CLEAR = 0.8        # 4 s for 5 s
THROUGHPUT_CLEAR = 1.1
FDS_SHARE = 0.8             # of RLIMIT_NOFILE, where the operator declared no limit

LIMIT_WORDS: dict[str, Words] = {
    'cpu': Words('CPU {} of a core', '{:.0f} %'),
    'memory': Words('memory {}', '{:.0f} MB'),
    'threads': Words('{} threads', '{:.0f}'),
    'fds': Words('{} open files', '{:.0f}'),
    'memory_trend': Words('memory no longer grows towards its limit', lasting=False),
    'threads_trend': Words('threads no longer grow towards their limit', lasting=False),
    'fds_trend': Words('open files no longer grow towards their limit', lasting=False),
    'error_rate': Words('errors in {} of messages', '{:.1f} %', 100.0),
    'response_time': Words('response time (p95) {}', '{:.2f} s'),
    'throughput': Words('{} messages a second', '{:.1f}', beyond='less than', within='above'),
}
_GROWTH = {
    'memory': ('memory grows {:.1f} MB/s, reaches {:.0f} MB in {}', 5.0),
    'threads': ('threads grow by {:.2f}/s, reach {:.0f} in {}', 5.0),
    'fds': ('open files grow by {:.2f}/s, reach {:.0f} in {}', 10.0),
}

Found = list[tuple[str, Finding | None]]


def over(value: float, soft: float | None, hard: float | None, clear: float) -> Finding:
    """
    Evaluate a number by its limits.

    :param soft: above it is degraded
    :param hard: above it is unhealthy
    :param clear: share of a limit below which the number must fall to be good again
    """
    base = hard if soft is None else soft
    if hard is not None and value > hard:
        return Finding('unhealthy', 'unhealthy', value, hard, None)
    if soft is not None and value > soft:
        held: Level = 'unhealthy' if hard is not None and value > hard * clear else 'degraded'
        return Finding('degraded', held, value, soft, None)
    hold: Level = 'healthy'
    if hard is not None and value > hard * clear:
        hold = 'unhealthy'
    elif soft is not None and value > soft * clear:
        hold = 'degraded'
    return Finding('healthy', hold, value, base, None if base is None else base * clear)


def resources(look: Look, rules: NodeRules, history: History, machine_mb: float | None) -> Found:
    """
    Evaluate what the node uses.

    A limit that the operator declared is hard, a threshold by default soft, unless the node is to
    be restarted for it. The share ``max_memory_percent`` is of the declared limit, else of the
    node's cgroup, else of the machine.
    """
    found: Found = []
    if look.cpu is not None and rules.max_cpu_percent is not None:
        found.append(('cpu', _soft('cpu', look.cpu, rules.max_cpu_percent, rules, PERCENT_CLEAR)))
    hard = rules.max_memory_mb
    budget = hard or look.memory_limit or machine_mb
    share = rules.max_memory_percent
    soft = budget * share / 100 if budget and share is not None else None
    if look.memory is not None and (soft or hard):
        found.append(('memory', over(look.memory, soft, hard, MEMORY_CLEAR)
                      if hard or not soft else
                      _soft('memory', look.memory, soft, rules, MEMORY_CLEAR)))
        found.append(_growth('memory', history, hard or look.memory_limit or soft))
    if look.threads is not None and rules.max_threads is not None:
        found.append(('threads', over(look.threads, None, rules.max_threads, PERCENT_CLEAR)))
        found.append(_growth('threads', history, rules.max_threads))
    most = rules.max_fds or look.fds_limit
    if look.fds is not None and most:
        found.append(('fds', over(look.fds, None, most, PERCENT_CLEAR) if rules.max_fds else
                      _soft('fds', look.fds, FDS_SHARE * most, rules, PERCENT_CLEAR)))
        found.append(_growth('fds', history, most))
    return found


def performance(look: Look, rules: NodeRules, rates: Rates) -> Found:
    """Evaluate how the node does its work; one that is inactive (muted) owes no messages."""
    found: Found = []
    if rates.error_rate is not None and rules.max_error_rate is not None:
        found.append(('error_rate', _soft(
            'error_rate', rates.error_rate, rules.max_error_rate, rules, ERROR_CLEAR)))
    if look.response is not None and rules.max_response_s is not None:
        found.append(('response_time', _soft(
            'response_time', look.response, rules.max_response_s, rules, RESPONSE_CLEAR)))
    least = rules.min_messages_per_s
    active = look.lifecycle_state in (None, 'active')
    if rates.messages_per_s is not None and least is not None and active:
        found.append(('throughput', _throughput(rates.messages_per_s, least, rules)))
    return found


def _soft(signal: str, value: float, limit: float, rules: NodeRules, clear: float) -> Finding:
    if signal in rules.restart_on:
        return over(value, None, limit, clear)
    return over(value, limit, None, clear)


def _throughput(value: float, least: float, rules: NodeRules) -> Finding:
    bad: Level = 'unhealthy' if 'throughput' in rules.restart_on else 'degraded'
    if value < least:
        return Finding(bad, bad, value, least)
    enough = least * THROUGHPUT_CLEAR
    return Finding('healthy', bad if value < enough else 'healthy', value, least, enough)


def _growth(
    metric: str, history: History, limit: float | None,
) -> tuple[str, Finding | None]:
    signal = f'{metric}_trend'
    ring = history.ring(metric)
    words, least_rise = _GROWTH[metric]
    trend = forecast(ring, limit, least_rise) if ring and limit else None
    if trend is None or limit is None:
        return signal, None
    left = trend.reaches_in_s
    if left > HORIZON_S:
        return signal, Finding('healthy', 'healthy', None if left == inf else left, HORIZON_S)
    text = words.format(trend.per_s, limit, _span(left))
    return signal, Finding('degraded', 'degraded', left, HORIZON_S, text=text)


def _span(seconds: float) -> str:
    return f'{seconds:.0f} s' if seconds < 90 else f'{seconds / 60:.0f} min'
