"""Nothing but `workers/net` opens an outgoing connection: what the code may name, and where.

By the syntax tree, over every package. What runs is watched by
`tests/nightdesk/test_outgoing_connections.py`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("nightdesk", "web", "workers", "executors", "actors", "state")

# Libraries that connect, or carry what could.
CONNECTING_MODULES = frozenset(
    {
        "aiohttp",
        "asyncio",
        "anyio",
        "coredis",
        "ftplib",
        "http.client",
        "httpcore",
        "httpx",
        "imaplib",
        "multiprocessing",
        "niquests",
        "playwright",
        "poplib",
        "pycurl",
        "requests",
        "smtplib",
        "socksio",
        "ssl",
        "subprocess",
        "telnetlib",
        "trio_websocket",
        "urllib.request",
        "urllib3",
        "websockets",
        "xmlrpc",
    }
)

# Calls that connect, send without a connection, look a name up, or start a program that might.
CONNECTING_CALLS = frozenset(
    {
        "connect",
        "connect_ex",
        "create_connection",
        "execv",
        "execve",
        "execvp",
        "execvpe",
        "fork",
        "fork_exec",
        "getaddrinfo",
        "gethostbyaddr",
        "gethostbyname",
        "gethostbyname_ex",
        "getnameinfo",
        "open_connection",
        "open_process",
        "open_ssl_over_tcp_stream",
        "open_tcp_stream",
        "open_unix_socket",
        "popen",
        "posix_spawn",
        "posix_spawnp",
        "run_process",
        "sendmsg",
        "sendto",
        "spawnv",
        "spawnve",
        "urlopen",
        "wrap_bio",
        "wrap_socket",
    }
)

# Where such a name may stand, and why. `*` ends a prefix.
ALLOWED = {
    "workers/net/*": "the egress itself: it resolves, decides, and connects to what was decided on",
    "workers/browser/*": "starts Chromium and drives it; its one way out is the egress's gateway",
    "workers/launch": "starts workers and keepers of commands, which talk over a socket pair",
    "workers/helpers/launch": "starts a net worker's jailed helpers, over a socket pair each",
    "workers/keeper": "starts the worker process that it stands above",
    "workers/minder": "starts the program of the operator's that it stands above",
    "workers/commands/child": "starts the command, in a jail that refuses it every socket",
    "workers/webui/program": "starts that minder, with one pipe to be read",
    "executors/visit/*": "drives pages on the browser's loop, whose one way out is the gateway",
    "executors/notify/compose": "what a service would send, in a jail; the egress sends it",
    "nightdesk/operators": "looks at the operator's targets in a process that connects to nothing",
    "nightdesk/listeners": "looks up the address to serve at, before it serves",
    "nightdesk/client/*": "the user's own program, which talks to the user's server",
    "nightdesk/crashtest/*": "an experiment of the user's, with a server and a target of its own",
}


def modules() -> Iterator[tuple[str, ast.Module]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            name = path.relative_to(ROOT).with_suffix("").as_posix()
            yield name, ast.parse(path.read_text("utf-8"))


def found_in(tree: ast.AST) -> Iterator[str]:
    """What of the two lists it names."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names if connects(alias.name))
            case ast.ImportFrom(module=str(module), names=names):
                full = [module, *(f"{module}.{alias.name}" for alias in names)]
                yield from (name for name in full if connects(name))
                yield from (alias.name for alias in names if alias.name in CONNECTING_CALLS)
            case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)):
                if name in CONNECTING_CALLS:
                    yield f"{name}()"
            case ast.Attribute(attr=name) if name in CONNECTING_CALLS:
                yield name  # handed on, to a thread for instance


def connects(module: str) -> bool:
    return any(module == each or module.startswith(f"{each}.") for each in CONNECTING_MODULES)


def allowance(module: str) -> str | None:
    for place in ALLOWED:
        if module == place or (place.endswith("*") and module.startswith(place[:-1])):
            return place
    return None


def test_nothing_else_can_open_a_connection():
    found = [
        f"{module}: {name}"
        for module, tree in modules()
        if allowance(module) is None
        for name in sorted(set(found_in(tree)))
    ]
    assert found == []


@pytest.mark.parametrize("place", ALLOWED)
def test_each_allowance_is_needed(place):
    assert any(allowance(module) == place and any(found_in(tree)) for module, tree in modules()), (
        "take it off the list"
    )


@pytest.mark.parametrize(
    "code",
    [
        "import httpx",
        "import http.client as h",
        "from urllib import request",
        "from urllib.request import urlopen",
        "from http import client",
        "import subprocess",
        "def f():\n    import asyncio",
        "s.connect(('127.0.0.1', 80))",
        "socket.create_connection(x)",
        "await trio.open_tcp_stream(h, p)",
        "await trio.to_thread.run_sync(socket.getaddrinfo, h, p)",
        "from socket import create_connection as c",
        "context.wrap_socket(s)",
        "os.posix_spawn('curl', [], {})",
        "s.sendto(b'', a)",
    ],
)
def test_the_search_finds(code):
    assert list(found_in(ast.parse(code)))
