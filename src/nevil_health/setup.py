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

"""Install nevil_health."""

from pathlib import Path

from setuptools import find_packages
from setuptools import setup

PACKAGE = 'nevil_health'


def data_of(package: str) -> list[str]:
    """Return the files of a package that are not its modules: py.typed, schemas, templates."""
    root = Path(package)
    files = [path for path in root.rglob('*') if path.is_file() and path.suffix != '.pyc'
             and not any(part.endswith(('__pycache__', '_cache')) for part in path.parts)]
    return sorted(str(path.relative_to(root)) for path in files
                  if path.suffix != '.py' or 'templates' in path.parts)


setup(
    name=PACKAGE,
    version='0.1.0',
    packages=find_packages(exclude=['test', 'test.*']),
    package_data={PACKAGE: data_of(PACKAGE)},
    data_files=[
        ('share/ament_index/resource_index/packages', [f'resource/{PACKAGE}']),
        (f'share/{PACKAGE}', ['package.xml']),
    ],
    install_requires=['setuptools'],
    extras_require={'test': ['pytest']},
    zip_safe=True,
    maintainer='Nevil contributors',
    maintainer_email='nevil@example.org',
    description='Policy and health monitor of a Nevil robot',
    license='Apache-2.0',
    entry_points={
        'console_scripts': [
            'health_node = nevil_health.monitor:main',
        ],
    },
)
