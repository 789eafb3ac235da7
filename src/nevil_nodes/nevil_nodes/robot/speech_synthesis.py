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

"""Speaks: reports what a voice would say, in the order of priority."""

from __future__ import annotations

from itertools import count
from queue import Empty
from queue import PriorityQueue

from nevil_nodes.node import Message
from nevil_nodes.node import NevilNode


class SpeechSynthesisNode(NevilNode):
    """Publishes ``speaking_status`` when it begins and when it ends to say a ``text_response``."""

    def __init__(self) -> None:
        """Read the configuration."""
        super().__init__('speech_synthesis')
        self.configuration = self.config['configuration']
        self.answers: PriorityQueue[tuple[int, int, str, str]] = PriorityQueue()
        self.order = count()

    def main_loop(self) -> None:
        """Say the most urgent answer."""
        try:
            _, _, text, voice = self.answers.get(timeout=0.1)
        except Empty:
            return
        self.say(text, voice)

    def say(self, text: str, voice: str) -> None:
        """Speak; here that takes the time it would take and is written to the log."""
        status = {'text': text, 'voice': voice}
        self.publish('speaking_status', {**status, 'speaking': True, 'progress': 0.0})
        self.logger.info('says: %s', text)
        speed = self.configuration['words_per_minute']
        if speed > 0:
            self.shutdown_event.wait(60.0 * len(text.split()) / speed)
        self.publish('speaking_status', {**status, 'speaking': False, 'progress': 1.0})

    def on_text_response(self, message: Message) -> None:
        """Take an answer; smaller priorities are said first, equal ones in order."""
        data = message.data
        voice = data['voice'] if data['voice'] != 'default' else self.configuration['voice']
        self.answers.put((data['priority'], next(self.order), data['text'], voice))

    def on_system_mode_change(self, message: Message) -> None:
        """Note the mode of the robot."""
        self.logger.debug('system mode: %s', message.data['mode'])
