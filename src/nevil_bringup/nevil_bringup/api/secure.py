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

"""Make the keys of SROS 2 that the processes of a project join their domain with."""

from __future__ import annotations

from collections.abc import Iterable
import os
from pathlib import Path
import shutil
import subprocess
import tempfile

from nevil_bringup.dds import middleware_env
from nevil_bringup.errors import UserError
from nevil_health.control.names import NODE_VERBS
from nevil_nodes.declarations import Plan
from nevil_nodes.declarations.keystore import enclaves_of
from nevil_nodes.declarations.keystore import HEALTH
from nevil_nodes.declarations.keystore import missing_enclaves
from nevil_nodes.declarations.keystore import OPERATOR

__all__ = ['make_keys', 'policy']

_ALL = '<{0}>/*</{0}>'
_TOLD_BY_HEALTH = ('node_health', 'system_health', 'alerts')
_COMMANDS = (*NODE_VERBS, 'silence', 'ack')


def make_keys(plan: Plan) -> list[str]:
    """
    Make a keystore, where there is none, and the enclaves that are missing in it.

    What is there stays as it is: policies may have been changed, copies of keys be in use.

    :returns: the enclaves made
    :raises UserError: the tools of SROS 2 are missing, or fail; the text says why
    """
    keystore = plan.security.keystore
    missing = missing_enclaves(keystore, enclaves_of(each.name for each in plan.processes))
    if not missing:
        return []
    ros2 = shutil.which('ros2')
    if ros2 is None:
        raise UserError(f'ros2 security is needed: {_install()}')
    try:
        os.makedirs(keystore, exist_ok=True)
        if not os.path.exists(os.path.join(keystore, 'private')):
            os.chmod(keystore, 0o700)  # whoever reads a key may join as its owner
        Path(keystore, '.gitignore').write_text('*\n', encoding='utf-8')
    except OSError as error:
        raise UserError(f'security.keystore: {keystore}: {error.strerror}') from None
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, 'policy.xml')
        file.write_text(policy(missing), encoding='utf-8')
        _run([ros2, 'security', 'generate_artifacts', '-k', keystore, '-p', str(file)],
             {**os.environ, **middleware_env(plan.environment)})
    left = missing_enclaves(keystore, missing)
    if left:
        raise UserError(f'ros2 security made no complete enclave of {", ".join(left)}')
    return missing


def policy(enclaves: Iterable[str]) -> str:
    """
    Return what each enclave may do, as SROS 2 reads it.

    A node may use every topic, service and action, as it may without keys; but to command others
    is the operator's part, and to tell of their health that of the health node.
    """
    return '\n'.join([
        '<?xml version="1.0" encoding="UTF-8"?>', '<policy version="0.2.0">', '<enclaves>',
        *map(_enclave, enclaves), '</enclaves>', '</policy>', ''])


def _enclave(name: str) -> str:
    services, topics = '', ''
    if name not in (HEALTH, OPERATOR):
        services = _rule('services', 'service', 'request="DENY"', _COMMANDS)
        topics = _rule('topics', 'topic', 'publish="DENY"', _TOLD_BY_HEALTH)
    return (
        f'<enclave path="/{name}"><profiles><profile ns="/" node="{name}">{topics}{services}'
        f'<topics publish="ALLOW" subscribe="ALLOW">{_ALL.format("topic")}</topics>'
        f'<services reply="ALLOW" request="ALLOW">{_ALL.format("service")}</services>'
        f'<actions call="ALLOW" execute="ALLOW">{_ALL.format("action")}</actions>'
        '</profile></profiles></enclave>')


def _rule(group: str, kind: str, what: str, names: Iterable[str]) -> str:
    inside = ''.join(f'<{kind}>/nevil/{name}</{kind}>' for name in names)
    return f'<{group} {what}>{inside}</{group}>'


def _run(command: list[str], environ: dict[str, str]) -> None:
    done = subprocess.run(command, env=environ, stdin=subprocess.DEVNULL, capture_output=True,
                          encoding='utf-8', errors='replace')
    if done.returncode:
        last = (done.stderr.strip() or done.stdout.strip() or 'no words').splitlines()[-1]
        raise UserError(f'ros2 security failed: {last} ({_install()})')


def _install() -> str:
    distribution = os.environ.get('ROS_DISTRO') or '$ROS_DISTRO'
    return f'apt install ros-{distribution}-sros2'
