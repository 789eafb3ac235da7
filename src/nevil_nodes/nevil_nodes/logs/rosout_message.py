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
Messages of ``/rosout`` as they stand in bags: ``rcl_interfaces/msg/Log`` in CDR.

The message has had these fields since ROS 2's first release. Read here, a bag needs no ROS 2.
"""

from __future__ import annotations

import struct

from nevil_nodes.logs.record import level_of
from nevil_nodes.logs.record import Record

__all__ = ['ROSOUT', 'rosout_record']

ROSOUT = '/rosout'
ROSOUT_TYPE = 'rcl_interfaces/msg/Log'
_HEADER = 4


def rosout_record(data: bytes, logged_ns: int) -> Record:
    """
    Return what a message says.

    :param logged_ns: when it was recorded: its time where it has none
    :raises ValueError: it is no such message
    """
    order = '<' if data[1:2] in b'\1\3' else '>'
    try:
        second, rest_ns, level = struct.unpack_from(f'{order}iIB', data, _HEADER)
        at, texts = _HEADER + 9, []
        for _ in range(4):
            at += -(at - _HEADER) % 4
            size, = struct.unpack_from(f'{order}I', data, at)
            texts.append(data[at + 4:at + 4 + max(0, size - 1)])
            if len(texts[-1]) < size - 1:
                raise ValueError('it ends too early')
            at += 4 + size
    except struct.error as error:
        raise ValueError(f'it is not a message of type {ROSOUT_TYPE}: {error}') from None
    name, message, _, function = (text.decode('utf-8', 'replace') for text in texts)
    at_ns = second * 1_000_000_000 + rest_ns
    return Record(at_ns or logged_ns, level_of(level), name, function,
                  message.rstrip('\n').replace('\r\n', '\n'))
