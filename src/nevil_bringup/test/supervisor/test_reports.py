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

"""What is known of the robot's health is put together from those who know it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from nevil_health.control import insight
from nevil_health.core import ProcessExited
from nevil_health.signals import NodeSample
import pytest
from supervised import in_memory
from supervised import Supervised


def test_explanation_leads_to_the_root(tmp_path: Path) -> None:
    """Whoever asks about the detector hears of the camera."""
    async def body(supervised: Supervised) -> None:
        supervised.all_ready()
        del supervised.running['camera']
        supervised.health.exited('camera', 1, 'exit code 3', True)
        supervised.robot.feed(ProcessExited(
            at=supervised.robot.now(), unit='camera', generation=1, code=3))
        found = supervised.ask(insight.Explain(name='camera'))
        assert found.state == 'backoff'
        assert any('exit code 3' in step.detail for step in found.steps)
        assert supervised.ask(insight.Explain()).level != 'healthy'
    in_memory(tmp_path, body)


def test_a_node_is_reported_with_its_process_and_its_newest_sample(tmp_path: Path) -> None:
    """Of one that does not run, numbers would be those of the last process."""
    async def body(supervised: Supervised) -> None:
        supervised.all_ready()
        supervised.observed.samples['camera'] = NodeSample(
            generation=1, cpu_percent=12.0, memory_mb=30.0)
        await asyncio.sleep(2.5)
        camera, detector = supervised.health.reports.nodes()
        assert (camera.pid, camera.generation, camera.uptime, camera.cpu_percent,
                camera.memory_mb) == (101, 1, 2.5, 12.0, 30.0)
        assert (detector.pid, detector.cpu_percent) == (102, None)
        del supervised.running['camera']
        camera, _ = supervised.health.reports.nodes()
        assert (camera.uptime, camera.cpu_percent, camera.memory_mb) == (None, None, None)
    in_memory(tmp_path, body)


def test_an_explanation_ends_with_the_crash_record(tmp_path: Path) -> None:
    """The next thing that an author wants to see."""
    async def body(supervised: Supervised) -> None:
        supervised.all_ready()
        supervised.crash_records['camera'] = Path('/logs/crash/camera-1.txt')
        steps = supervised.health.reports.explain('camera').steps
        assert (steps[-1].what, steps[-1].detail) == ('crash record', '/logs/crash/camera-1.txt')
        assert all(step.what != 'crash record'
                   for step in supervised.health.reports.explain('detector').steps)
    in_memory(tmp_path, body)


def test_steps_have_their_age_and_what_can_be_done_has_none(tmp_path: Path) -> None:
    """By the clock of the wall, as logs have it."""
    async def body(supervised: Supervised) -> None:
        supervised.all_ready()
        supervised.health.late('camera', 1, 'camera', 3.0, 'S')
        await asyncio.sleep(1.0)
        explained = supervised.health.reports.explain('camera')
        assert (explained.node, explained.state, explained.level) == (
            'camera', 'unhealthy', 'unhealthy')
        ages = {step.what == 'do': (step.age_s is None, step.at is None)
                for step in explained.steps}
        assert ages[False] == (False, False)
        assert ages.get(True, (True, True)) == (True, True)
    in_memory(tmp_path, body)


def test_history_has_each_metric_with_its_values(tmp_path: Path) -> None:
    """As many as there were samples."""
    async def body(supervised: Supervised) -> None:
        supervised.all_ready()
        for cpu in (10.0, 30.0):
            supervised.health.samples({'camera': NodeSample(
                generation=1, process_state='S', beat_age_s=0.1, cpu_percent=cpu)}, None)
            await asyncio.sleep(5.0)
        cpu_history = supervised.health.reports.history('camera')['cpu']
        assert (cpu_history.current, cpu_history.average, cpu_history.min, cpu_history.max,
                cpu_history.count) == (30.0, 20.0, 10.0, 30.0, 2)
        assert len(cpu_history.values) == 2
    in_memory(tmp_path, body)


def test_the_robot_counts_its_nodes_by_level(tmp_path: Path) -> None:
    """And an explanation of the whole names the causes."""
    async def body(supervised: Supervised) -> None:
        supervised.all_ready()
        supervised.health.late('camera', 1, 'camera', 3.0, 'S')
        system = supervised.health.reports.system()
        assert (system.project, system.unhealthy, system.level) == ('robot', 1, 'degraded')
        assert 'camera' in supervised.health.reports.explain('').cause
    in_memory(tmp_path, body)


def test_what_is_not_there_is_not_explained(tmp_path: Path) -> None:
    """Whoever asks has checked the name."""
    async def body(supervised: Supervised) -> None:
        with pytest.raises(KeyError):
            supervised.health.reports.explain('moon')
    in_memory(tmp_path, body)


def test_a_dependency_of_a_unit_is_explained_by_its_first_node(tmp_path: Path) -> None:
    """Two failures in a chain are told as one."""
    async def body(supervised: Supervised) -> None:
        supervised.all_ready()
        supervised.robot.feed(ProcessExited(
            at=supervised.robot.now(), unit='camera', generation=1, code=3))
        await asyncio.sleep(1.5)
        assert any(step.node == 'camera' for step in supervised.ask(
            insight.Explain(name='detector')).steps)
    in_memory(tmp_path, body)
