"""A site on a loopback port of its own that counts who came: what tabs are to open."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Target:
    """`visits` are (path, Referer or None), written by the server's threads as they came."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.visits: list[tuple[str, str | None]] = []

    def url(self, number: int) -> str:
        return f"{self.origin}/{number}"

    def paths(self) -> list[str]:
        return [path for path, _ in self.visits]


@contextmanager
def target() -> Iterator[Target]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path != "/favicon.ico":
                site.visits.append((self.path, self.headers["Referer"]))
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<title>here</title>")

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: what came is in `visits`."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site = Target(f"http://localhost:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
