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

"""The policy core: facts in, commands out. Standard library only."""

from __future__ import annotations

from nevil_health.core.commands import AnnounceState
from nevil_health.core.commands import CollectEvidence
from nevil_health.core.commands import Command
from nevil_health.core.commands import EndSystem
from nevil_health.core.commands import PauseUnit
from nevil_health.core.commands import RememberHeld
from nevil_health.core.commands import RememberStopped
from nevil_health.core.commands import ResumeUnit
from nevil_health.core.commands import SendSignal
from nevil_health.core.commands import SetMuted
from nevil_health.core.commands import StartProcess
from nevil_health.core.commands import UnitsEnded
from nevil_health.core.core import Core
from nevil_health.core.errors import CoreError
from nevil_health.core.errors import ForbiddenTransition
from nevil_health.core.errors import InvalidUnits
from nevil_health.core.errors import UnexpectedEvent
from nevil_health.core.errors import UnitRefused
from nevil_health.core.events import Event
from nevil_health.core.events import EvidenceCollected
from nevil_health.core.events import HoldRequested
from nevil_health.core.events import MemoryLow
from nevil_health.core.events import MonitorAttached
from nevil_health.core.events import MonitorLost
from nevil_health.core.events import MuteRequested
from nevil_health.core.events import Paused
from nevil_health.core.events import PauseRequested
from nevil_health.core.events import ProcessEvent
from nevil_health.core.events import ProcessExited
from nevil_health.core.events import ProcessFailed
from nevil_health.core.events import ProcessStarted
from nevil_health.core.events import ReadyConfirmed
from nevil_health.core.events import ReleaseRequested
from nevil_health.core.events import RestartRequested
from nevil_health.core.events import ResumeRequested
from nevil_health.core.events import ShutdownRequested
from nevil_health.core.events import SignalCleared
from nevil_health.core.events import SignalFailed
from nevil_health.core.events import StartRequested
from nevil_health.core.events import StopRequested
from nevil_health.core.events import SystemStarted
from nevil_health.core.events import UnitEvent
from nevil_health.core.events import UnitsReplaced
from nevil_health.core.events import UnitsWithdrawn
from nevil_health.core.events import UnmuteRequested
from nevil_health.core.spec import CoreSettings
from nevil_health.core.spec import RestartRule
from nevil_health.core.spec import UnitSpec
from nevil_health.core.states import State
from nevil_health.core.states import TRANSITIONS
from nevil_health.core.view import UnitView

__all__ = [
    'AnnounceState', 'CollectEvidence', 'Command', 'Core', 'CoreError', 'CoreSettings',
    'EndSystem', 'Event', 'EvidenceCollected', 'ForbiddenTransition', 'HoldRequested',
    'InvalidUnits', 'MemoryLow', 'MonitorAttached', 'MonitorLost', 'MuteRequested', 'Paused',
    'PauseRequested', 'PauseUnit', 'ProcessEvent', 'ProcessExited', 'ProcessFailed',
    'ProcessStarted', 'ReadyConfirmed',
    'ReleaseRequested', 'RememberHeld', 'RememberStopped', 'RestartRequested', 'RestartRule',
    'ResumeRequested', 'ResumeUnit', 'SendSignal', 'SetMuted', 'ShutdownRequested',
    'SignalCleared', 'SignalFailed', 'StartProcess', 'StartRequested', 'State',
    'StopRequested', 'SystemStarted', 'TRANSITIONS', 'UnexpectedEvent', 'UnitEvent',
    'UnitRefused', 'UnitSpec', 'UnitView', 'UnitsEnded', 'UnitsReplaced', 'UnitsWithdrawn',
    'UnmuteRequested',
]
