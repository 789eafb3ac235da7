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
The control socket: JSON lines over a Unix socket, version 1, additive only.

Request: ``{"version": 1, "id": 7, "verb": "stop_node", "args": {"name": "camera"}}``.
Answer: ``{"id": 7, "ok": true, "result": {...}}`` or ``{"id": 7, "ok": false, "error": "..."}``.
After ``subscribe`` (or ``attach_health``) the server also sends events, lines with ``event``
instead of ``id``.

Verbs of a client::

    ping            {}                    -> {"pid", "project", "directory", "version",
                                             "middleware": variables that decide who hears whom}
    status          {}                    -> the object of ``nevil status --json``
    start_node      {"name"}              -> {"changed": bool, "note": str}
    stop_node       {"name"}              -> the same
    restart_node    {"name"}              -> the same
    mute_node       {"name"}              -> the same; with "pending" the event ``transitioned``
                                             follows
    unmute_node     {"name"}              -> the same
    pause_node      {"name"}              -> the same; like mute_node, but its dependents pause too
    resume_node     {"name"}              -> the same
    hold_node       {"name"}              -> the same; no automatic recovery of it until released
    release_node    {"name"}              -> the same
    ack             {"alert", "reason"}   -> {"changed", "note"}; id of an alert, or a node's name
    silence         {"name", "duration_s", "reason"} -> the same; name '' for all, duration 0 ends
    why             {"name"}              -> {"node", "state", "level", "since_s", "steps":
                                             [{"age_s", "at", "node", "what", "detail"}]}; the
                                             newest first, '' for the system
    history         {"names": [...]}      -> {"nodes": {name: {metric: {"current", "average",
                                             "min", "max", "count", "unit", "values"}}}}
    register        {"plan": JSON of a plan} -> {}; its nodes, each a process, join those that run
    shutdown        {"hurry": bool}       -> {}; every client gets the event ``ended`` at the end
    subscribe       {}                    -> {}; then events ``state``, ``settled`` and ``ended``

Events of ``subscribe``::

    {"event": "state", "at", "node", "old", "new", "reason", "level"}
    {"event": "process", "nodes": [...], "pid" [, "returncode": minus the signal, or exit code]}
                                          it has started; with a returncode: it has ended
    {"event": "alert", "kind": "firing" | "repeated" | "resolved" | "changed", "loud", "alert"}
    {"event": "transitioned", "nodes": [...], "label", "problem"}   '' or why it has failed
    {"event": "settled", "state": "ready" | "degraded", "reason"}   every node ready or given up
    {"event": "ended", "status": int}

The health node (one at a time)::

    attach_health   {"pid"}               -> {}; then the events ``expect`` and ``transition``
    verdict         {"kind": "ready" | "late" | "resumed", "unit", "generation", "silent_for_s"
                     [, "node", "process_state"]}
                    {"kind": "network_silent" | "network_back"}
    transitioned    {"unit", "generation", "label", "problem"}     of the newest order only
    alive           {}                    its executor turns: once a second
    samples         {"nodes": {name: fields of NodeSample}, "system": fields of SystemSample}
                                          (nevil_health.signals.observations); some nodes only,
                                          out of turn, when there is news of them

    {"event": "expect", "units": [{"unit", "generation", "pid", "nodes": [...], "kind",
     "namespace", "muted", "ready", "muted_nodes", "paused", "held",
     "heartbeat_timeouts": {node: s}}],
     "heartbeat_timeout_s", "health_check_interval_s", "project", "logs",
     "prometheus": {"address", "port"} | null}                      whole list, at each change
    {"event": "transition", "unit", "generation", "nodes": [...], "label": "activate" | ...,
     "lost": [...], "restored": [...]}    nodes it is paused for, or resumed after; tells them
    {"event": "health", "nodes": [fields of NodeHealth.msg], "system": fields of SystemHealth.msg,
     "alerts": [fields of Alert.msg], "counters": {...}}  whole, at each change and each interval
"""

from __future__ import annotations

import json
from typing import Any

__all__ = ['MAX_LINE_BYTES', 'VERSION', 'decode', 'encode']

VERSION = 1
MAX_LINE_BYTES = 4 * 1024 * 1024


def encode(message: dict[str, Any]) -> bytes:
    """Return one message as a line; names of files that are no UTF-8 stay what they are."""
    return json.dumps(message, separators=(',', ':')).encode() + b'\n'


def decode(line: bytes) -> dict[str, Any]:
    """
    Return the message of a line.

    :raises ValueError: the line is not a JSON object
    """
    message = json.loads(line)
    if not isinstance(message, dict):
        raise ValueError('not a JSON object')
    return message
