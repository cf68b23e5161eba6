"""The site that every fetcher of the tables fetches from, as a process of its own.

Run as a script by `kit.site`: it binds one port on eight loopback addresses (a batch has many
hosts), prints `ready PORT`, and serves until it is stopped. It is a bare asyncio protocol so that
it is not what the tables measure: `/p/N` is answered by 1 kB, `/hang` never, `/served` by the
number of pages served so far. `/c/COUNT/N` is page N of a site of so many, with some 4 kB of text,
links to its ten children and to those that every page of a site links to.
"""

from __future__ import annotations

import asyncio
import signal
import socket

HOSTS = tuple(f"127.0.0.{n}" for n in range(1, 9))
PAGE = (b"<!doctype html><title>page</title><p>" + b"night desk " * 100)[:1024]
REPLY = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"
    b"Content-Length: %d\r\n\r\n%s" % (len(PAGE), PAGE)
)
END = b"\r\n\r\n"
CHILDREN = 10
MENU = 10
TEXT = b"<p>" + b"night desk " * 350 + b"</p>"


class Site(asyncio.Protocol):
    """One connection. `pages` is the count shared by all connections, written by this loop only."""

    def __init__(self, pages: list[int]) -> None:
        self.pages = pages
        self.rest = b""  # written by data_received
        self.transport: asyncio.Transport | None = None  # written by connection_made

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        heads = (self.rest + data).split(END)
        self.rest = heads.pop()
        for head in heads:
            self.answer(head)

    def answer(self, head: bytes) -> None:
        if head.startswith(b"GET /p/"):
            self.pages[0] += 1
            self.transport.write(REPLY)
        elif head.startswith(b"GET /c/"):
            self.pages[0] += 1
            self.transport.write(linked(head))
        elif head.startswith(b"GET /served "):
            body = b"%d" % self.pages[0]
            self.transport.write(
                b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body
            )
        elif not head.startswith(b"GET /hang"):
            self.transport.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        if b"onnection: close" in head:
            self.transport.close()


def linked(head: bytes) -> bytes:
    """A page of a site: a tree, in which every page has a menu too."""
    count, number = (int(part) for part in head.split(b" ")[1].split(b"/")[2:4])
    children = range(number * CHILDREN + 1, min(count, (number + 1) * CHILDREN + 1))
    links = [*range(min(MENU, count)), *children]
    anchors = b"".join(b'<li><a href="/c/%d/%d">page</a></li>' % (count, n) for n in links)
    body = b"<!doctype html><title>page</title><ul>" + anchors + b"</ul>" + TEXT
    return (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"
        b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
    )


def listeners() -> list[socket.socket]:
    """One socket an address, all on the port that the first was given."""
    made: list[socket.socket] = []
    for host in HOSTS:
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, made[0].getsockname()[1] if made else 0))
        made.append(sock)
    return made


async def main() -> None:
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stopped.set)
    pages = [0]
    socks = listeners()
    for sock in socks:
        await loop.create_server(lambda: Site(pages), sock=sock, backlog=4096)
    print(f"ready {socks[0].getsockname()[1]}", flush=True)
    await stopped.wait()


if __name__ == "__main__":
    asyncio.run(main())
