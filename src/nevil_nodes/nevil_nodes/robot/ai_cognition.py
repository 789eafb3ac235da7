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

"""Thinks: answers each voice command as the mode ``echo``, ``reverse`` or ``parrot`` says."""

from __future__ import annotations

from collections.abc import Callable

from nevil_nodes.node import Message
from nevil_nodes.node import NevilNode

ANSWERS: dict[str, Callable[[str], str]] = {
    'echo': lambda text: text,
    'reverse': lambda text: text[::-1],
    'parrot': lambda text: f'Squawk! {text}',
}


class AiCognitionNode(NevilNode):
    """Publishes ``text_response`` for each ``voice_command``, and the robot's ``system_mode``."""

    def __init__(self) -> None:
        """Read the configuration; ``ros2 param set /ai_cognition mode parrot`` changes it."""
        super().__init__('ai_cognition')
        self.configuration = self.config['configuration']

    def initialize(self) -> None:
        """Refuse a mode that does not exist."""
        mode = self.configuration['mode']
        if mode not in ANSWERS:
            raise ValueError(f'configuration.mode: {mode!r} is not one of {", ".join(ANSWERS)}')
        self.set_mode('idle', 'started')

    def on_voice_command(self, message: Message) -> None:
        """Answer a voice command."""
        self.set_mode('thinking', 'heard a voice command')
        mode = self.configuration['mode']
        if mode not in ANSWERS:
            self.logger.warning('unknown mode %r, using echo', mode)
            mode = 'echo'
        answer = ANSWERS[mode](message.data['text'])
        if self.publish('text_response', {'text': answer}):
            self.logger.info('answers: %s', answer)
        else:
            self.set_mode('error', 'the answer was refused')

    def on_speaking_status_change(self, message: Message) -> None:
        """Follow the robot's voice."""
        if message.data['speaking']:
            self.set_mode('speaking', 'says the answer')
        else:
            self.set_mode('idle', 'the answer is said')

    def on_dependency_lost(self, node: str) -> None:
        """Publish, before the pause, that answers would not be spoken."""
        self.set_mode('error', f'{node} is lost')

    def on_dependency_restored(self, node: str) -> None:
        """Be ready again; this is sent when the pause is over."""
        self.set_mode('idle', f'{node} is back')

    def set_mode(self, mode: str, reason: str) -> None:
        """Publish what the robot is doing."""
        self.publish('system_mode', {'mode': mode, 'reason': reason})
