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

"""Serves one page over HTTP, in a thread of its own."""

from __future__ import annotations

from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from http.server import HTTPServer
import ipaddress
import socket
from socketserver import ThreadingMixIn
import threading
from typing import Any

__all__ = ['PageServer']

_PATH = '/metrics'
# A client that sends or reads nothing must hold no thread for long, and many must not hold all.
_REQUEST_S = 2.0
_MAX_OPEN = 32


class PageServer:
    """
    Answers ``GET /metrics``, each request in a thread and with an end.

    Whoever connects and says nothing, or reads too slowly, holds up nobody: of too many
    connections the oldest is closed.

    :param page: returns the page; called in the server's thread
    :raises OSError: the address cannot be listened on
    """

    def __init__(self, address: str, port: int, content_type: str,
                 page: Callable[[], str]) -> None:
        """Listen and serve."""
        kind = _Server6 if _is_6(address) else _Server
        self._server = kind((address, port), _handler(content_type, page))
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.2,), name='metrics', daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingMixIn, HTTPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, *args: Any) -> None:
        """Have no connection yet."""
        self._open: dict[Any, None] = {}
        self._lock = threading.Lock()
        super().__init__(*args)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve a connection in a thread; make room for it where there are too many."""
        with self._lock:
            oldest = next(iter(self._open)) if len(self._open) >= _MAX_OPEN else None
            self._open.pop(oldest, None)
            self._open[request] = None
        if oldest is not None:
            _cut(oldest)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Close a connection."""
        with self._lock:
            self._open.pop(request, None)
        super().shutdown_request(request)

    def server_bind(self) -> None:
        """Bind without asking the resolver for our name, which may take long."""
        super(HTTPServer, self).server_bind()
        self.server_name, self.server_port = 'nevil', int(self.server_address[1])

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a reader that goes away is no event."""


class _Server6(_Server):
    address_family = socket.AF_INET6


def _is_6(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).version == 6
    except ValueError:
        return False


def _cut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # it has ended


def _handler(content_type: str, page: Callable[[], str]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        server_version = 'nevil'
        sys_version = ''
        timeout = _REQUEST_S

        def handle(self) -> None:
            """Serve one connection; it ends in time, however slowly it is used."""
            timer = threading.Timer(_REQUEST_S, _cut, [self.connection])
            timer.daemon = True
            timer.start()
            try:
                super().handle()
            finally:
                timer.cancel()

        def do_GET(self) -> None:  # noqa: N802 (name given by the base class)
            """Answer with the page."""
            if self.path.partition('?')[0] != _PATH:
                self.send_error(404, f'there is only {_PATH}')
                return
            body = page().encode(errors='replace')
            self.send_response(200)
            self.send_header('Content-Type', content_type)
            self.send_header('Content-Length', str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing: each scrape would be a line."""

    return Handler
