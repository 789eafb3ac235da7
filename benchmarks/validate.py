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

"""
Measure how long a project takes to validate, and the ways to check its files.

Prints a table: seconds of wall time in a fresh interpreter, imports included, best of three; then
what the check against the schemas takes with this project's checker, jsonschema, fastjsonschema.

    scripts/nevil shell python3 benchmarks/validate.py [NODES ...]
"""

from __future__ import annotations

from pathlib import Path
import subprocess
import sys
import tempfile

REPEAT = 3
ROOT = """version: "3.0"
name: benchmark_robot
system: {log_level: INFO}
nodes:
  global_overrides:
    all: {runtime: {max_restarts: 7}}
launch: {parallel_launch: true}
"""
NODE = """node_name: @NODE@
version: "1.0"
description: One of many
creation:
  auto_start: true
  init_params: {rate: 10, label: "@NODE@"}
runtime:
  status: live
  priority: medium
  restart_policy: on-failure
  restart_delay: 1.5
environment:
  DEVICE: "${DEVICE:-/dev/null}"
resources: {max_memory_mb: 200, max_threads: 10}
dependencies:
  requires: [@REQUIRES@]
  provides: [@NODE@_service]
health_check: {enabled: true, method: check, interval: 10.0}
"""
MESSAGES = """node_name: @NODE@
version: "1.0"
publishes:
  - topic: @NODE@_out
    message_type: Number
    qos: {reliability: reliable, depth: 5}
    schema:
      value: {type: float, required: true, min: 0.0}
subscribes: []
"""
SOURCE = """from nevil_framework.base_node import NevilNode


class @CLASS@Node(NevilNode):

    def __init__(self):
        super().__init__('@NODE@')

    def initialize(self):
        self.count = 0

    def main_loop(self):
        self.count += 1
        self.publish('@NODE@_out', {'value': float(self.count)})
"""
LOAD = """
import os, sys, time
from pathlib import Path
began = time.perf_counter()
from nevil_nodes.declarations import load_project
imported = time.perf_counter()
result = load_project(Path(sys.argv[1]), environ=os.environ)
done = time.perf_counter()
assert result.plan is not None, result.problems[:3]
print(imported - began, done - imported)
"""
CHECK = """
import json, sys, time
from pathlib import Path
how, count, file = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
from nevil_msggen.source import read_document
from nevil_nodes.declarations.schema import NODE_SCHEMA, check, load_schema
from nevil_nodes.declarations.layers import Layer
document = read_document(file, 'x')[0]
schema = load_schema(NODE_SCHEMA)
began = time.perf_counter()
if how == 'own':
    validate = lambda: check(Layer(document, (), document.data), NODE_SCHEMA)
elif how == 'jsonschema':
    import jsonschema
    validator = jsonschema.Draft202012Validator(schema)
    validate = lambda: list(validator.iter_errors(document.data))
else:
    import fastjsonschema
    compiled = fastjsonschema.compile({**schema, '$schema': ''})
    validate = lambda: compiled(document.data)
ready = time.perf_counter()
for _ in range(count):
    validate()
print(ready - began, time.perf_counter() - ready)
"""


def make_project(folder: Path, count: int) -> None:
    """Write a project of ``count`` nodes, every one of which requires the one ten before."""
    (folder / '.nodes').write_text(ROOT)
    for index in range(count):
        name = f'node_{index:04}'
        words = {'@NODE@': name, '@CLASS@': f'Node{index:04}',
                 '@REQUIRES@': f'node_{index - 10:04}' if index >= 10 else ''}
        node = folder / 'nodes' / name
        node.mkdir(parents=True)
        for file, text in (('.nodes', NODE), ('.messages', MESSAGES), (f'{name}_node.py', SOURCE)):
            for word, value in words.items():
                text = text.replace(word, value)
            (node / file).write_text(text)


def measure(code: str, *args: str) -> tuple[float, float]:
    """Return the two times that a program prints, from the fastest of a few runs."""
    runs = []
    for _ in range(REPEAT):
        done = subprocess.run([sys.executable, '-c', code, *args], stdout=subprocess.PIPE,
                              text=True, check=True)
        first, second = map(float, done.stdout.split())
        runs.append((first, second))
    return min(runs, key=sum)


def main(arguments: list[str]) -> int:
    """Print both tables."""
    counts = [int(argument) for argument in arguments] or [3, 100, 1000]
    with tempfile.TemporaryDirectory() as temporary:
        print('nodes  import s  load s  ms per node')
        for count in counts:
            folder = Path(temporary) / f'robot_{count}'
            folder.mkdir()
            make_project(folder, count)
            imported, loaded = measure(LOAD, str(folder))
            print(f'{count:5}  {imported:8.3f}  {loaded:6.3f}  {loaded / count * 1000:11.2f}')
        print('\nchecking one node file against its schema')
        print('with            ready after s  1000 files s')
        file = Path(temporary) / f'robot_{counts[0]}' / 'nodes' / 'node_0000' / '.nodes'
        for how in ('own', 'jsonschema', 'fastjsonschema'):
            try:
                ready, checked = measure(CHECK, how, '1000', str(file))
            except subprocess.CalledProcessError:
                print(f'{how:14}  not installed')
                continue
            print(f'{how:14}  {ready:13.3f}  {checked:12.3f}')
    return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
