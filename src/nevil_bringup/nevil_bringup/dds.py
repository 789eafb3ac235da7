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


"""Where nothing else is set: nodes find each other on this host only, and soon (ADR 5)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

__all__ = ['middleware_env', 'profile', 'run_env', 'security_env']

_RANGE = 'ROS_AUTOMATIC_DISCOVERY_RANGE'
_OTHER_RANGE = ('ROS_LOCALHOST_ONLY', 'ROS_STATIC_PEERS', 'ROS_DISCOVERY_SERVER')
# The older name is the one Fast DDS 2 reads, the newer that of Fast DDS 3.
_PROFILES = ('FASTRTPS_DEFAULT_PROFILES_FILE', 'FASTDDS_DEFAULT_PROFILES_FILE')
_TRANSPORTS = 'FASTDDS_BUILTIN_TRANSPORTS'
_MIDDLEWARE = ('ROS_', 'RMW_', 'FASTRTPS_', 'FASTDDS_', 'CYCLONEDDS_', 'ZENOH_')


def middleware_env(environ: Mapping[str, str]) -> dict[str, str]:
    """Return those variables that decide which nodes communicate."""
    return {name: value for name, value in environ.items() if name.startswith(_MIDDLEWARE)}


def run_env(environ: Mapping[str, str], declared: Mapping[str, str]) -> dict[str, str]:
    """
    Return the variables that all processes of a run need on top of an environment.

    The health node is one of them: it must be in the domain where the project's files send nodes.

    :param environ: the environment of the command, with AMENT_PREFIX_PATH
    :param declared: what the project's files declare for all nodes
    """
    chosen = middleware_env(declared)
    return {**chosen, **dds_env({**environ, **chosen})}


def security_env(keystore: str, enclave: str) -> dict[str, str]:
    """
    Return the variables by which a process joins with keys of its own.

    rcl takes the enclave from a variable before any argument, whatever the program is.

    :param keystore: '' for none
    """
    if not keystore:
        return {}
    return {'ROS_SECURITY_ENABLE': 'true', 'ROS_SECURITY_STRATEGY': 'Enforce',
            'ROS_SECURITY_KEYSTORE': keystore, 'ROS_SECURITY_ENCLAVE_OVERRIDE': f'/{enclave}'}


def dds_env(environ: Mapping[str, str]) -> dict[str, str]:
    """
    Return the variables that nodes need on top of an environment; what the user chose stays.

    The profile keeps to this host by itself. It comes with the range SYSTEM_DEFAULT, because
    with LOCALHOST rmw_fastrtps adds its shared memory transport to any profile.

    :param environ: the environment that the nodes inherit, with AMENT_PREFIX_PATH
    """
    if environ.get(_RANGE, '') not in ('', 'LOCALHOST') or any(
            environ.get(name) for name in _OTHER_RANGE):
        return {}
    middleware = environ.get('RMW_IMPLEMENTATION') or 'rmw_fastrtps_cpp'
    path = profile(environ)
    if not middleware.startswith('rmw_fastrtps') or path is None or any(
            environ.get(name) for name in (*_PROFILES, _TRANSPORTS)):
        return {} if environ.get(_RANGE) else {_RANGE: 'LOCALHOST'}
    return {_RANGE: 'SYSTEM_DEFAULT', **dict.fromkeys(_PROFILES, str(path))}


def profile(environ: Mapping[str, str]) -> Path | None:
    """Return Nevil's Fast DDS profile: beside the sources, or in the share of the package."""
    name = Path('config', 'fastdds.xml')
    prefixes = [part for part in environ.get('AMENT_PREFIX_PATH', '').split(':') if part]
    folders = [Path(__file__).resolve().parents[1],
               *(Path(prefix, 'share', 'nevil_bringup') for prefix in prefixes)]
    return next((folder / name for folder in folders if (folder / name).is_file()), None)
