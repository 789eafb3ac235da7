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

"""What a record is about, known by its words: trouble, dialogue, a start of a process."""

from __future__ import annotations

import enum
import re

__all__ = ['CRASH_WORDS', 'DIALOGUE_NODES', 'DIALOGUE_WORDS', 'Flag', 'flags_of']

# v3's; found anywhere in a message, in any case. Those that contain another are not named.
CRASH_WORDS = (
    'error', 'failure', 'crash', 'unsuccessful', 'failed', 'exception', 'traceback', 'fatal',
    'abort', 'panic', 'timeout', 'refused', 'unavailable', 'corrupted', 'invalid', 'missing',
    'not found', 'access denied', 'connection lost', 'segmentation fault')
DIALOGUE_WORDS = ('speech', 'tts', 'stt', 'audio', 'voice', 'microphone', 'speaker', 'sound')
DIALOGUE_NODES = frozenset({'speech_recognition', 'speech_synthesis'})

_CRASH = tuple(word.encode() for word in CRASH_WORDS)
_DIALOGUE = tuple(word.encode() for word in DIALOGUE_WORDS)
_CRASH_LEVELS = frozenset({'ERROR', 'CRITICAL'})
_START = re.compile(r'supervising \S|process started with pid |\S+: \S+ -> starting\b')
_STARTERS = frozenset({'nevil', 'system', 'launch'})


class Flag(enum.IntFlag):
    """Marks of a record, found once when it is read."""

    CRASH = 1
    DIALOGUE = 2
    START = 4
    LINES = 8
    CUT = 16


def flags_of(level: str, node: str, message: str) -> Flag:
    """Return the flags of a record."""
    text = message.encode('utf-8', 'replace').lower()
    flags = Flag(0)
    if level in _CRASH_LEVELS or any(word in text for word in _CRASH):
        flags |= Flag.CRASH
    if node in DIALOGUE_NODES or any(word in text for word in _DIALOGUE):
        flags |= Flag.DIALOGUE
    if _START.match(message) and (node in _STARTERS or message.startswith('process started')):
        flags |= Flag.START
    if '\n' in message:
        flags |= Flag.LINES
    return flags
