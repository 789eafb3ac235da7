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

"""The last words of a program of C."""

from __future__ import annotations

import os
from pathlib import Path
import subprocess
import sys

from nevil_bringup.supervisor.line_buffering import line_buffered
from nevil_bringup.supervisor.orders import OrderBook
from nevil_nodes.declarations.plan import LogPlan
from nevil_nodes.declarations.plan import Plan
from nevil_nodes.declarations.plan import ProcessPlan
import pytest

CRASHES = """
#include <stdio.h>
#include <stdlib.h>
int main(void) { printf("no more memory for the map\\n"); abort(); }
"""


@pytest.fixture(scope='module')
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build a program that says something and crashes."""
    folder = tmp_path_factory.mktemp('crashes')
    source = folder / 'crashes.cpp'
    source.write_text(CRASHES)
    subprocess.run(['g++', '-o', folder / 'crashes', source], check=True)
    return folder / 'crashes'


def test_last_words_of_a_crashing_program_arrive(program: Path) -> None:
    """They are why it crashed."""
    lost, heard = (subprocess.run([program], env=env, capture_output=True).stdout
                   for env in (dict(os.environ), line_buffered(os.environ)))
    assert (lost, heard) == (b'', b'no more memory for the map\n')


def test_what_the_user_preloads_stays() -> None:
    """A memory checker, for example; and a choice of stdbuf is the user's."""
    assert line_buffered({'LD_PRELOAD': '/lib/checker.so'})['LD_PRELOAD'].startswith(
        '/lib/checker.so:')
    assert line_buffered({'_STDBUF_O': '0'}) == {'_STDBUF_O': '0'}


@pytest.mark.parametrize('wanted', [True, False])
def test_an_order_has_it_where_the_plan_says_so(tmp_path: Path, wanted: bool) -> None:
    """It is a setting of the node."""
    process = ProcessPlan(
        name='lidar', nodes=(), argv=(sys.executable,), fork=False, line_buffered=wanted)
    plan = Plan(project='p', directory=str(tmp_path), messages_package='p_msgs', nodes=(),
                processes=(process,), logs=LogPlan(directory=str(tmp_path)))
    book = OrderBook(plan, environ={}, run_id='x', plans=tmp_path, socket=tmp_path / 'socket',
                     stack_file=lambda unit, generation: tmp_path / unit)
    env = book.order('lidar', 1, muted=False).env
    found = env.get('_STDBUF_O'), 'LD_PRELOAD' in env
    assert found == (('L', True) if wanted else (None, False))
