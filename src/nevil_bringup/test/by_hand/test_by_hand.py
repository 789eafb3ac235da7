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

"""A node is an ordinary Python program, forked or not: it finds, does and ends as by hand."""

from __future__ import annotations

from pathlib import Path
import sys

import pytest
from quality.ros import DDS
from quality.ros import dds  # noqa: F401  (a fixture)
from quality.ros import reserved_domain

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent / 'programs')]

from programs import MODULES  # noqa: E402, I100, I202
from programs import Program  # noqa: E402
from programs import programs_of  # noqa: E402
from ways import Outcome  # noqa: E402
from ways import run_all  # noqa: E402

pytest.importorskip('rclpy')

Outcomes = dict[tuple[str, str], Outcome]
ALL = {name: each for module in MODULES for name, each in programs_of(module).items()}


@pytest.fixture(scope='module')
def outcomes(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Outcomes:
    """Run the programs of all selected tests, many at a time."""
    chosen = [ALL[item.callspec.params['name']] for item in request.session.items
              if item.path == request.path and hasattr(item, 'callspec')]
    folder = tmp_path_factory.mktemp('by-hand')
    with pytest.MonkeyPatch.context() as patch, reserved_domain() as domain:
        for name, value in {**DDS, 'ROS_DOMAIN_ID': str(domain),
                            'ROS_LOG_DIR': str(folder / 'log')}.items():
            patch.setenv(name, value)
        patch.delenv('NEVIL_PLAN', raising=False)
        return run_all(chosen, folder)


@pytest.mark.timeout(400)
@pytest.mark.parametrize('name', ALL)
def test_a_program_does_what_it_does_by_hand(outcomes: Outcomes, name: str) -> None:
    """Whoever meets one that does not goes back to a launch file."""
    program: Program = ALL[name]
    found = {way: outcomes[name, way] for way in program.ways}
    shown = '\n'.join(f'== {way}: {each.ended}\n{each.output}' for way, each in found.items())
    first = found[program.ways[0]]
    for way, each in found.items():
        assert each.ended == program.ends, f'{way}\n{shown}'
        assert each.notes == first.notes, f'{way}\n{shown}'
        assert each.printed == first.printed, f'{way}\n{shown}'
        if program.expects is not None:
            assert each.notes == program.expects, f'{way}\n{shown}'
        else:
            assert not any('failed: ' in str(value) for value in each.notes), shown
        if 'silenced' in name:
            from speaks import check_silenced
            check_silenced(each.output)
    assert first.notes or first.printed or program.ends, 'a program that shows nothing'


def test_most_kinds_of_programs_are_here() -> None:
    """The suite is the list of what holds."""
    assert len(ALL) > 100
