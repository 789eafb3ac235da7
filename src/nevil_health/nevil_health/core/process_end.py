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

"""What the end of its process does to a unit."""

from __future__ import annotations

from nevil_health.core.restart import decide
from nevil_health.core.unit import Unit

__all__ = ['end']


def end(unit: Unit, how: str, *, failed: bool, prevented: bool = False) -> None:
    """
    Go on after the process of a unit has ended, or could not be created.

    :param how: it ended
    :param failed: False for exit 0
    :param prevented: its exit code is one that no policy answers with a restart
    """
    unit.last_exit = how
    unit.pid = None
    unit.faults.forget()
    if unit.state == 'unhealthy':
        _unasked(unit, f'{unit.faults.cause}, {how}', failed=True, prevented=prevented)
    elif unit.state != 'stopping':
        _unasked(unit, how, failed=failed, prevented=prevented)
    elif unit.again and not unit.withdrawn and not (unit.desired.held and unit.blames):
        unit.again = False
        unit.start_or_wait('its dependencies are ready' if unit.blames else unit.reason)
    else:
        unit.again = False
        unit.enter('stopped', f'{unit.reason}: {how}')


def _unasked(unit: Unit, cause: str, *, failed: bool, prevented: bool) -> None:
    if unit.system.ending:
        cause += ', while the system stopped'
        unit.enter(*('failed', cause, 'ERROR') if failed else ('stopped', cause),
                   planned=not failed)
    elif unit.withdrawn:
        unit.enter('stopped', f'ended before its turn to stop: {cause}', planned=True)
    elif unit.desired.held:
        unit.enter('stopped', f'ended while held by the operator: {cause}', 'WARN', planned=True)
    elif unit.state == 'paused' and unit.around.unmet(unit) and not failed and (
            unit.spec.restart.policy in ('always', 'unless_stopped')):
        # for the others; that is not charged
        unit.enter('waiting', unit.around.waiting_reason(unit))
    else:
        _decide(unit, cause, failed=failed, prevented=prevented)


def _decide(unit: Unit, cause: str, *, failed: bool, prevented: bool) -> None:
    """Do what the policy says about the end of the process."""
    system = unit.system
    unit.failures = unit.failures_at(system.now)
    decision = decide(
        unit.spec.restart, cause=cause, failed=failed, failures=unit.failures,
        jitter=system.settings.jitter * system.jitter(), prevented=prevented)
    unit.blames = ''
    unit.enter(decision.state, decision.reason, decision.level, planned=False)
    if decision.state == 'backoff':
        unit.restarting = True
        unit.failures += 1
        unit.restarts += 1
        unit.deadline = system.now + decision.delay_s if decision.delay_s else None
    elif decision.state == 'failed' and unit.spec.on_failed == 'shutdown':
        system.given_up = f'{unit.spec.name} failed (on_failed: shutdown)'
