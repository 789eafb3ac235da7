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
"""What is so after an operation on a node, and what follows from it."""

from __future__ import annotations

from typing import Any

__all__ = ['said']

# done, what was so already, what follows
_WORDS = {
    'start': ('started', 'was already started', ''),
    'stop': ('stopped', 'was already stopped', ''),
    'restart': ('restarted', 'was already restarted', ''),
    'mute': ('muted', 'was already muted', ''),
    'unmute': ('unmuted', 'was already unmuted', ''),
    'pause': ('paused', 'was already paused',
              "it and the nodes that require it are paused until 'nevil node resume {name}'"),
    'resume': ('resumed', 'was not paused by you', ''),
    'hold': ('held', 'was already held',
             "recovery is suspended until 'nevil node release {name}'"),
    'release': ('released', 'was not held', 'recovery is active again'),
    'ack': ('acknowledged', 'has no open alert that is not already acknowledged',
            'still shown, no more notifications until it is resolved'),
    'silence': ('silenced', 'was already silenced until then',
                "alerts are shown and marked, without notifications, until {until} or '{end}'"),
    'end': ('no longer silenced', 'was not silenced', 'notifications are sent again'),
}
_FOLLOWS_ALWAYS = frozenset({'pause', 'hold', 'silence'})


def said(action: str, name: str, result: dict[str, Any], **more: str) -> str:
    """
    Return the line for the user.

    :param result: ``changed`` and ``note`` of the supervisor's answer
    :param more: what the line names besides the node
    """
    done, already, follows = _WORDS[action]
    changed = result['changed']
    line = f'{name} {done if changed else already}'
    if follows and (changed or action in _FOLLOWS_ALWAYS):
        line += f': {follows.format(name=name, **more)}'
    return line + (f' ({result["note"]})' if result.get('note') else '')
