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

"""Several batches, each in order, as one in order of time."""

from __future__ import annotations

from nevil_logscope.store import Batch
import numpy as np

__all__ = ['merged']


def merged(batches: list[Batch]) -> Batch:
    """
    Return the entries of all batches by time.

    Entries of one batch keep their order, also where its clock was set back.
    """
    if len(batches) == 1:
        return batches[0]
    keys = [np.maximum.accumulate(batch.at_ns) for batch in batches]
    whole = Batch.joined(batches)
    together = np.concatenate(keys)
    if bool((together[1:] >= together[:-1]).all()):
        return whole
    return whole.take(np.argsort(together, kind='stable'))
