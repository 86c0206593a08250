"""A server on loopback that answers each request with bytes of a test's own, so that it can break every rule of HTTP."""

from __future__ import annotations

import contextlib
import json
import socketserver
import threading


class RawServer:
    """Reads a request, then calls `reply(connection, number)`; numbers begin at 0. requests: (head, body) of each."""

    def __init__(self, reply):
        self.requests = []
        self.closing = threading.Event()
        outer = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                with contextlib.suppress(OSError):
                    head, body = _read_request(self.request)
                    if head:
                        outer.requests.append((head, body))
                        reply(self.request, len(outer.requests) - 1)

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler, bind_and_activate=True)
        self.server.daemon_threads = True
        self.server.block_on_close = False
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/v1"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()


def _read_request(connection):
    data = b""
    while b"\r\n\r\n" not in data:
        if not (piece := connection.recv(65536)):
            return b"", b""
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    length = int(lengths[0].split(b":")[1]) if lengths else 0
    while len(body) < length:
        body += connection.recv(65536)
    return head, body


def response(body, kind="application/json", status="200 OK", **headers):
    """A whole response as bytes; headers with _ for -."""
    data = body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(data)}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + data


def sends(*parts):
    """A reply of these bytes."""

    def reply(connection, number):
        connection.sendall(b"".join(parts))

    return reply


STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"


def events(*values):
    """The beginning of a stream with these events; a text stands as it is."""
    lines = [value if isinstance(value, str) else f"data: {json.dumps(value)}\n\n" for value in values]
    return STREAM + "".join(lines).encode()


def delta(finish=None, **told):
    """An event of a stream."""
    return {"choices": [{"index": 0, "delta": told, "finish_reason": finish}]}
