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

"""``nevil dev``: an edit is taken over and told in a line; the supervisor is a stand-in."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
import re
import signal
import subprocess
from typing import Any

from place import Place
import pytest
from quality.waiting import wait_for
from stand_in import document
from stand_in import node
from stand_in import StandIn

Serve = Callable[[dict[str, Any]], StandIn]

READY = {'event': 'settled', 'state': 'ready'}


class Dev:
    """A running ``nevil dev`` and what it has printed."""

    def __init__(self, place: Place, server: StandIn, *args: str) -> None:
        """Start it, and wait until it watches."""
        self.place, self.server = place, server
        self.path = place.root / 'out'
        with open(self.path, 'w') as file:
            self.process = place.begin('dev', *args, stdout=file, stderr=subprocess.STDOUT)
        self.see('watching ')
        self.looked_at()

    def looked_at(self) -> None:
        """Wait until the files are known as they are: what is older than that is no edit."""
        first = self.place.project / 'first.py'
        for number in range(200):
            first.write_text('#' * number)
            try:
                wait_for(lambda: sum(verb == 'take_over' for verb, _ in self.server.asked) > 1,
                         0.5)
                return
            except AssertionError:
                continue
        raise AssertionError(self.text)

    @property
    def text(self) -> str:
        """Return what it has printed, without the times."""
        return re.sub(r'\d+\.\d\d? s|\d\d:\d\d:\d\d', 'T', self.path.read_text())

    def see(self, text: str) -> None:
        """Wait for a text."""
        wait_for(lambda: text in self.text, 20.0)

    def edit(self, name: str, text: str) -> None:
        """Write a file of the project."""
        (self.place.project / name).write_text(text)


@pytest.fixture
def dev(place: Place, serve: Serve) -> Iterator[Dev]:
    """Return one that watches a robot that is ready."""
    server = serve(document('ready', node('camera')))
    server.on_subscribe = [READY]
    dev = Dev(place, server)
    server.on_subscribe = []
    yield dev


def test_an_edit_is_told_with_what_became_of_it(dev: Dev) -> None:
    """A line for each node, when it is ready, or has failed, or is gone."""
    def take(args: dict[str, Any]) -> dict[str, Any]:
        return {'changed': {'camera': 'its code', 'arm': 'its messages'}, 'removed': ['leg']}
    dev.server.handlers['take_over'] = take
    before = len(dev.server.asked)
    dev.edit('more.py', '#')
    wait_for(lambda: len(dev.server.asked) > before + 1)
    dev.server.state('camera', 'starting')
    dev.server.state('camera', 'ready')
    dev.server.state('leg', 'stopped')
    dev.server.state('arm', 'backoff', reason='exit 1, restart 1 of 5 in 2.0 s')
    dev.see('arm')
    assert dev.text.splitlines()[-3:] == [
        'T  camera  changed: its code; ready after T',
        'T  leg  removed; stopped after T',
        'T  arm  changed: its messages; backoff after T: exit 1, restart 1 of 5 in T']


def test_files_with_errors_are_shown_and_change_nothing(dev: Dev) -> None:
    """And the next edit is taken over as ever."""
    dev.edit('.nodes', 'version: [')
    dev.see('not taken over  robbie cannot be started: its files have errors; the system goes on')
    dev.server.handlers['take_over'] = lambda args: {'held': ['camera']}
    dev.edit('.nodes', 'version: "3.0"\n')
    dev.see("camera  changed, but held: 'nevil node restart camera' takes it over")


def test_ctrl_c_ends_the_watching_alone(dev: Dev) -> None:
    """The robot is nobody's child."""
    dev.process.send_signal(signal.SIGINT)
    assert dev.process.wait(20) == 130
    assert dev.text.splitlines()[-1] == "the system goes on; 'nevil stop' stops it"
    assert 'shutdown' not in [verb for verb, _ in dev.server.asked]


def test_a_system_that_was_stopped_ends_it(dev: Dev) -> None:
    """At the next edit."""
    dev.server.close()
    dev.edit('more.py', '#')
    assert dev.process.wait(20) == 0
    assert dev.text.splitlines()[-1] == 'robbie is not running any more'


def test_watching_and_the_foreground_are_two_things(place: Place) -> None:
    """Both would write to the terminal."""
    code, _, err = place.nevil('start', '--watch', '--foreground')
    assert (code, err) == (1, 'nevil: --watch and --foreground: one terminal cannot do both\n')
