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

"""Make the CMake files of the ROS 2 wheels name this machine's Python and numpy headers."""

from __future__ import annotations

from pathlib import Path
import re
import sys
import sysconfig

import numpy

# Where the machine that built the wheels had them, whatever its Python.
PYTHON_HEADERS = re.compile(r'/opt/[^;" ]*?/include/python3\.\d+')
NUMPY_HEADERS = re.compile(r'/(?:opt|tmp)/[^;" ]*?/numpy/_?core/include')


def corrected(text: str) -> str:
    """Return the text of a CMake file with the paths of this machine."""
    text = NUMPY_HEADERS.sub(lambda _: numpy.get_include(), text)
    return PYTHON_HEADERS.sub(lambda _: sysconfig.get_path('include'), text)


def main(folder: str) -> None:
    """Correct every CMake file below a folder."""
    for file in Path(folder).rglob('*.cmake'):
        text = file.read_text(encoding='utf-8')
        if corrected(text) != text:
            file.write_text(corrected(text), encoding='utf-8')


if __name__ == '__main__':
    main(sys.argv[1])
