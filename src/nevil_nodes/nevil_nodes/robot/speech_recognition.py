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

"""Hears: sentences from a text file or from the topic ``speech_text`` become voice commands."""

from __future__ import annotations

import os
from pathlib import Path
import time
from typing import TextIO

from nevil_nodes.node import Message
from nevil_nodes.node import NevilNode


class SpeechRecognitionNode(NevilNode):
    """Publishes ``voice_command`` for each sentence, and ``listening_status``."""

    def __init__(self) -> None:
        """Read the configuration."""
        super().__init__('speech_recognition')
        self.source = self.config['configuration']['source']
        self.path: Path | None = None
        self.lines: TextIO | None = None
        self.next_line_at = 0.0
        self.busy = False

    def initialize(self) -> None:
        """Open the text file, if one is configured."""
        if self.source['file']:
            self.path = Path(os.environ.get('NEVIL_PROJECT', '.'), self.source['file'])
            self.lines = self.path.open(encoding='utf-8')
            self.logger.info('reads sentences from %s', self.path)
        self.publish('listening_status', {'listening': True, 'reason': 'started'})

    def main_loop(self) -> None:
        """Take the next line of the file when it is time and the robot is not speaking."""
        if self.lines and not self.busy and time.monotonic() >= self.next_line_at:
            self.next_line_at = time.monotonic() + self.source['interval_s']
            self.hear(self.lines.readline())
        self.shutdown_event.wait(0.05)

    def cleanup(self) -> None:
        """Close the file."""
        if self.lines:
            self.lines.close()

    def check_source(self) -> tuple[bool, str]:
        """Return whether sentences can still come: the health check that .nodes declares."""
        if self.path is None or self.lines is None:
            return True, 'receives the topic speech_text'
        try:
            same = os.path.samestat(self.path.stat(), os.fstat(self.lines.fileno()))
        except OSError as error:
            return False, f'{self.path}: {error.strerror}'
        return same, f'reads {self.path}' if same else f'{self.path} was replaced by another file'

    def on_dependency_lost(self, node: str) -> None:
        """Publish, before the pause, that nobody would answer now."""
        self.publish('listening_status', {'listening': False, 'reason': f'{node} is lost'})

    def on_dependency_restored(self, node: str) -> None:
        """Listen again; a node lost while it spoke has not published that it is silent."""
        self.busy = False
        self.publish('listening_status', {'listening': True, 'reason': f'{node} is back'})

    def hear(self, text: str) -> None:
        """Publish what was said; silence is not published."""
        text = text.strip()
        if text and self.publish('voice_command', {'text': text, 'confidence': 1.0}):
            self.logger.info('heard: %s', text)

    def on_speech_text(self, message: Message) -> None:
        """Take a sentence that somebody gave as text."""
        self.hear(message.data['data'])

    def on_speaking_status_change(self, message: Message) -> None:
        """Listen only while the robot itself is silent."""
        if message.data['speaking'] != self.busy:
            self.busy = message.data['speaking']
            self.publish('listening_status', {
                'listening': not self.busy,
                'reason': 'the robot speaks' if self.busy else 'the robot is silent'})

    def on_system_mode_change(self, message: Message) -> None:
        """Note the mode of the robot."""
        self.logger.debug('system mode: %s', message.data['mode'])
