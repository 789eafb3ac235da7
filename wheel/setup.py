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

"""Put the workspace, without its tests, into a wheel: docs/releasing.md says how to make one."""

from __future__ import annotations

import atexit
import hashlib
from pathlib import Path
import re
import shutil
import tempfile

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parents[1]
VERSION = re.findall(r'<version>(.+)</version>',
                     (ROOT / 'src' / 'nevil_bringup' / 'package.xml').read_text())[0]
LEFT_OUT = shutil.ignore_patterns(
    '__pycache__', '*.egg-info', '.*_cache', 'test', 'logs', 'screenshots.py')


def _left_out(folder: str, names: list[str]) -> set[str]:
    """Return what stays behind; nevil_nodes/logs is code, the logs of a robot are not."""
    kept = {'logs'} if (Path(folder) / 'logs' / '__init__.py').exists() else set()
    return LEFT_OUT(folder, names) - kept


class BuildWithWorkspace(build_py):  # type: ignore[misc]  # setuptools is Any to mypy
    """Copy the workspace too, with what tells it from that of another wheel."""

    def run(self) -> None:
        """Build the package and put the workspace into it."""
        super().run()
        package = Path(self.build_lib, 'nevil_wheel')
        workspace = package / 'workspace'
        shutil.rmtree(workspace, ignore_errors=True)
        for name in ('src', 'scripts'):
            shutil.copytree(ROOT / name, workspace / name, ignore=_left_out)
        digest = hashlib.sha256()
        for path in sorted(path for path in workspace.rglob('*') if path.is_file()):
            digest.update(str(path.relative_to(workspace)).encode() + path.read_bytes())
        (package / 'identity.txt').write_text(f'{VERSION} {digest.hexdigest()[:12]}\n')


_built = tempfile.mkdtemp(prefix='nevil-wheel-')  # not in the checkout
atexit.register(shutil.rmtree, _built, ignore_errors=True)
setup(
    name='nevil',
    version=VERSION,
    packages=['nevil_wheel'],
    description='Starts a ROS 2 robot, keeps it running and says why it fails',
    license='Apache-2.0',
    python_requires='>=3.10,<3.15',
    entry_points={'console_scripts': ['nevil = nevil_wheel:main']},
    cmdclass={'build_py': BuildWithWorkspace},
    options={'build': {'build_base': _built}, 'egg_info': {'egg_base': _built}},
)
