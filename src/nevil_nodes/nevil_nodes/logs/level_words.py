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

"""The words that logs have for levels."""

from __future__ import annotations

__all__ = ['LEVEL_PATTERN', 'LETTERS', 'SYSLOG', 'level_of']

_LEVELS = {
    'DEBUG': 'DEBUG', 'DBG': 'DEBUG', 'TRACE': 'DEBUG', 'VERBOSE': 'DEBUG', 'FINE': 'DEBUG',
    'INFO': 'INFO', 'INF': 'INFO', 'INFORMATION': 'INFO', 'INFORMATIONAL': 'INFO',
    'NOTICE': 'INFO', 'UNSET': 'INFO', 'SUCCESS': 'INFO',
    'WARNING': 'WARNING', 'WARN': 'WARNING', 'WRN': 'WARNING',
    'ERROR': 'ERROR', 'ERR': 'ERROR', 'SEVERE': 'ERROR',
    'CRITICAL': 'CRITICAL', 'CRIT': 'CRITICAL', 'FATAL': 'CRITICAL', 'ALERT': 'CRITICAL',
    'EMERG': 'CRITICAL', 'EMERGENCY': 'CRITICAL', 'PANIC': 'CRITICAL'}
# One of them, as it is written in a head: all in capitals or all small, or `Warning`.
LEVEL_PATTERN = '(?:' + '|'.join(
    form for word in sorted(_LEVELS, key=len, reverse=True)
    for form in (word, word.lower(), word.capitalize())) + ')'
# glog, logcat and others write one letter.
LETTERS = {'T': 'DEBUG', 'V': 'DEBUG', 'D': 'DEBUG', 'I': 'INFO', 'N': 'INFO', 'W': 'WARNING',
           'E': 'ERROR', 'F': 'CRITICAL', 'C': 'CRITICAL', 'A': 'CRITICAL'}
# By the numbers that syslog and journald have for priorities.
SYSLOG = ('CRITICAL', 'CRITICAL', 'CRITICAL', 'ERROR', 'WARNING', 'INFO', 'INFO', 'DEBUG')


def level_of(word: str) -> str | None:
    """Return the level that a word means, None if it means none."""
    return _LEVELS.get(word.strip().upper())
