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
Which loaded modules an author's folder has in another version.

A node process has rclpy and what it needs loaded before it knows where its node is. What is in
the node's folder, the project or PYTHONPATH would have been found first by hand.
"""

from __future__ import annotations

from collections.abc import Iterable
import importlib.machinery
import os
import sys

__all__ = ['loaded_otherwise']

_OTHERS = sys.stdlib_module_names | {'__main__'}
_ENDINGS = tuple(importlib.machinery.all_suffixes())


def loaded_otherwise(folders: Iterable[str]) -> list[str]:
    """
    Return the modules that are loaded from elsewhere than one of these folders has them.

    The standard library counts as one: a ``queue.py`` of an author must not replace it.

    :param folders: in the order of the search
    """
    found: dict[str, bool] = {}
    for folder in folders:
        try:
            entries = os.listdir(folder)
        except OSError:
            continue
        for entry in entries:
            name = entry.partition('.')[0]
            loaded = getattr(sys.modules.get(name), '__file__', None)
            if not loaded or name in found or name in _OTHERS:
                continue
            path = os.path.join(folder, entry)
            if not entry.endswith(_ENDINGS):
                path = os.path.join(path, '__init__.py')
                if not os.path.isfile(path):
                    continue
            found[name] = os.path.realpath(path) != os.path.realpath(loaded)
    return [name for name, otherwise in found.items() if otherwise]
